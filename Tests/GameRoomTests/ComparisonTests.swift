import Game
import NIOCore
import SocketIO
import Testing

@testable import GameRoom

@Suite struct ComparisonTests {
    private var comparison = RoomComparison()

    @Test mutating func membersWhoAreToldTheSameAgree() {
        for member in 0..<3 {
            #expect(self.comparison.observe(.move(1, 0, n: 1, ["c": 4]), by: member) == nil)
            #expect(self.comparison.observe(.leave(2, 1), by: member) == nil)
        }
        #expect(self.comparison.lastNumber == 2)
        #expect(self.comparison.chained == 2)
    }

    @Test(arguments: [
        LogEvent.move(1, 1, n: 1, ["c": 4]), .move(1, 0, n: 2, ["c": 4]), .move(1, 0, n: 1, ["c": 5]), .leave(1, 0),
    ])
    mutating func anotherSeatNumberContentOrKindIsFound(other: LogEvent) {
        _ = self.comparison.observe(.move(1, 0, n: 1, ["c": 4]), by: 0)
        #expect(self.comparison.observe(other, by: 1)?.invariant == .oneLog)
    }

    @Test mutating func bytesAndTheirTextAgree() {
        _ = self.comparison.observe(.move(1, 0, n: 1, ["c": 4]), by: 0)
        let binary = LogEvent(
            number: 1, kind: .firstOfGame, seat: 0, moveNumber: 1,
            data: .binary(ByteBuffer(string: #"{"c":4}"#)))
        #expect(self.comparison.observe(binary, by: 1) == nil)
    }

    @Test mutating func aHoleAgreesWithWhatIsInItsPlaceButNotWithAnotherSeat() {
        let hole = { (seat: Seat) in LogEvent(number: 1, kind: .hole, seat: seat, moveNumber: 1, data: .json(.null)) }
        _ = self.comparison.observe(hole(0), by: 0)
        #expect(self.comparison.observe(.move(1, 0, n: 1), by: 1) == nil)
        #expect(self.comparison.observe(.move(1, 0, n: 1, ["c": 4]), by: 2)?.invariant == .oneLog)
        #expect(self.comparison.observe(hole(1), by: 3)?.invariant == .oneLog)
    }

    @Test mutating func anAcknowledgementOfAnotherEventIsFound() {
        _ = self.comparison.observe(.move(7, 0, n: 3), by: 0)
        let right = RoomComparison.Acknowledged(event: 7, kind: .firstOfGame, seat: 0, number: 3)
        #expect(self.comparison.contradiction(to: right) == nil)
        let wrong = RoomComparison.Acknowledged(event: 7, kind: .firstOfGame, seat: 0, number: 4)
        #expect(self.comparison.contradiction(to: wrong)?.invariant == .acknowledgedIsLogged)
        let unseen = RoomComparison.Acknowledged(event: 8, kind: .firstOfGame, seat: 0, number: 4)
        #expect(self.comparison.contradiction(to: unseen) == nil)
    }

    @Test mutating func whatIsForgottenIsNotCompared() {
        _ = self.comparison.observe(.move(1, 0, n: 1), by: 0)
        let later = UInt32(RoomComparison.capacity) + 1
        _ = self.comparison.observe(.move(later, 0, n: 2), by: 0)
        #expect(self.comparison.observe(.move(1, 1, n: 9), by: 1) == nil)
        #expect(self.comparison.observe(.move(later, 1, n: 2), by: 1)?.invariant == .oneLog)
    }

    @Test func statesThatDifferAreFound() {
        var states = StateComparison()
        var (one, other) = (ArenaView(), ArenaView())
        one.apply(.at(1))
        other.apply(.at(2))
        #expect(states.observe(one, at: 5, by: 0) == nil)
        #expect(states.observe(one, at: 5, by: 1) == nil)
        #expect(states.observe(other, at: 5, by: 2)?.invariant == .state)
        // A round that ends in a tick is told of twice.
        #expect(states.observe(other, at: 5, isRepeated: true, by: 0) == nil)
        #expect(states.observe(other, at: 5, by: 2) == nil)
    }

    @Test func theFastestTickSaysWhenTheOthersWereDue() {
        var punctuality = Punctuality()
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
        #expect(punctuality.lateness(of: 0, at: start + .milliseconds(7)) == .zero)
        #expect(punctuality.lateness(of: 50, at: start + .milliseconds(52)) == .zero)
        #expect(punctuality.lateness(of: 100, at: start + .milliseconds(110)) == .milliseconds(8))
    }
}

extension ArenaUpdate {
    /// One coin at x.
    fileprivate static func at(_ x: Int) -> ArenaUpdate {
        let json: JSON = ["players": [], "coins": [[0, JSON(x), 0]]]
        guard let update = try? ArenaUpdate(.json(json)) else { preconditionFailure("an update of one coin") }
        return update
    }
}
