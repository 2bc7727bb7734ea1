import Game
import SocketIO
import Testing

@testable import GameRoom

/// Every violation of the log that the views are to find, planted and found; and none in a log that is right.
@Suite struct LogViewTests {
    private var view = LogView(
        Roster(seats: [(0, true), (1, true)], host: 0, state: "live", maximumPlayers: 3), lastNumber: 10)

    private mutating func receive(_ events: LogEvent..., at time: UInt32 = 0) -> [Violation] {
        guard let first = events.first else { return [] }
        return self.view.receive(TickFrame(tick: 1, time: time, firstNumber: first.number, events: events)).violations
    }

    @Test mutating func aLogThatIsRightIsLeftAlone() {
        #expect(
            self.receive(
                .join(11, 2), .move(12, 0, n: 1), .move(13, 1, n: 1), .move(14, 0, n: 3), .leave(15, 1),
                .plain(16, .chat, 0)
            ).isEmpty)
        #expect(self.receive(.plain(17, .away, 0), at: 100).isEmpty)
        #expect(self.receive(.plain(18, .host, 2), at: 3_100).isEmpty)
        #expect(self.receive(.plain(19, .back, 0), at: 3_200).isEmpty)
        #expect(self.view.counts == LogView.Counts(received: 9, duplicated: 0, missing: 0))
        #expect(self.view.roster.seats == [0, 2])
        #expect(self.view.roster.host == 2)
    }

    @Test mutating func aGapIsFoundAndTheViewGoesOnBehindIt() {
        #expect(self.receive(.move(13, 0, n: 1)).map(\.invariant) == [.contiguousLog])
        #expect(self.view.counts.missing == 2)
        #expect(self.receive(.move(14, 0, n: 2)).isEmpty)
    }

    @Test mutating func anEventThatComesAgainIsFound() {
        #expect(self.receive(.move(11, 0, n: 1), .move(12, 0, n: 2)).isEmpty)
        #expect(self.receive(.move(12, 0, n: 2), .move(13, 0, n: 3)).map(\.invariant) == [.contiguousLog])
        #expect(self.view.counts == LogView.Counts(received: 3, duplicated: 1, missing: 0))
    }

    @Test mutating func eventsOutOfOrderAreFound() {
        #expect(self.receive(.move(12, 0, n: 2)).map(\.invariant) == [.contiguousLog])
        #expect(self.receive(.move(11, 0, n: 1)).map(\.invariant) == [.contiguousLog])
    }

    @Test mutating func aMoveThatIsInTheLogTwiceIsFound() {
        #expect(self.receive(.move(11, 0, n: 4), .move(12, 0, n: 4)).map(\.invariant) == [.onceInTheLog])
    }

    @Test mutating func movesThatDoNotRiseAreFound() {
        #expect(self.receive(.move(11, 0, n: 4), .move(12, 0, n: 3)).map(\.invariant) == [.risingMoves])
    }

    @Test mutating func holesHaveTheirMoveNumbersToo() {
        let hole = LogEvent(number: 12, kind: .hole, seat: 0, moveNumber: 4, data: .json(.null))
        #expect(self.receive(.move(11, 0, n: 4), hole).map(\.invariant) == [.onceInTheLog])
    }

    @Test mutating func anEventOfASeatThatHasLeftIsFound() {
        #expect(self.receive(.leave(11, 1), .move(12, 1, n: 1)).map(\.invariant) == [.nothingAfterLeaving])
    }

    @Test mutating func anEventOfASeatThatNeverJoinedIsFound() {
        #expect(self.receive(.plain(11, .chat, 2)).map(\.invariant) == [.nothingAfterLeaving])
    }

    @Test mutating func aSeatGivenTwiceIsFound() {
        #expect(self.receive(.leave(11, 1), .join(12, 1)).map(\.invariant) == [.seats])
    }

    @Test mutating func aSeatTooManyIsFound() {
        #expect(self.receive(.join(11, 2), .join(12, 3)).map(\.invariant) == [.seats])
    }

    @Test mutating func aHostWhoIsAwayIsFound() {
        #expect(self.receive(.plain(11, .away, 1), .plain(12, .host, 1)).map(\.invariant) == [.oneHost])
    }

    @Test mutating func aHostAppointedTwiceIsFound() {
        #expect(self.receive(.plain(11, .host, 0)).map(\.invariant) == [.oneHost])
    }

    @Test mutating func aRoomThatStaysWithoutHostIsFoundOnce() {
        #expect(self.receive(.leave(11, 0), at: 1_000).isEmpty)
        #expect(self.receive(.move(12, 1, n: 1), at: 4_000).isEmpty)
        #expect(self.receive(.move(13, 1, n: 2), at: 4_300).map(\.invariant) == [.oneHost])
        #expect(self.receive(.move(14, 1, n: 3), at: 4_400).isEmpty)
    }

    @Test mutating func aRoomInWhichNobodyIsNeedsNoHost() {
        #expect(self.receive(.plain(11, .away, 0), .plain(12, .away, 1), at: 0).isEmpty)
        #expect(self.receive(.plain(13, .back, 1), at: 60_000).isEmpty)
    }

    @Test mutating func timeThatGoesBackIsFound() {
        #expect(self.receive(.move(11, 0, n: 1), at: 50).isEmpty)
        #expect(self.receive(.move(12, 0, n: 2), at: 49).map(\.invariant) == [.contiguousLog])
    }

    @Test mutating func aStateThatDoesNotFollowIsFound() {
        let states = { (number: UInt32, from: String, to: String) in
            LogEvent(
                number: number, kind: .state, seat: .server, data: .json(["from": JSON(from), "to": JSON(to)]))
        }
        #expect(self.receive(states(11, "live", "ended"), states(12, "ended", "lobby")).isEmpty)
        #expect(self.receive(states(13, "ended", "closed")).map(\.invariant) == [.oneLog])
    }

    @Test mutating func lowNumbersAreWidenedByWhatCameBefore() {
        #expect(self.receive(.move(11, 0, n: 65_530)).isEmpty)
        let low = [LogEvent.move(12, 0, n: 65_535), .move(13, 0, n: 0), .move(14, 0, n: 1), .move(15, 0, n: 65_535)]
        let reception = self.view.receive(
            TickFrame(tick: 1, time: 0, firstNumber: 12, events: low), hasLowNumbers: true)
        #expect(reception.events.map(\.moveNumber) == [65_535, 65_536, 65_537, 65_535])
        #expect(reception.violations.map(\.invariant) == [.risingMoves])
    }
}

extension Seat: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: UInt8) { self.init(rawValue: value) }
}

extension LogEvent {
    static func move(_ number: UInt32, _ seat: Seat, n: UInt32, _ data: JSON = [:]) -> LogEvent {
        LogEvent(number: number, kind: .firstOfGame, seat: seat, moveNumber: n, data: .json(data))
    }

    static func plain(_ number: UInt32, _ kind: EventKind, _ seat: Seat) -> LogEvent {
        LogEvent(number: number, kind: kind, seat: seat, data: .json([:]))
    }

    static func join(_ number: UInt32, _ seat: Seat) -> LogEvent { .plain(number, .join, seat) }
    static func leave(_ number: UInt32, _ seat: Seat) -> LogEvent { .plain(number, .leave, seat) }
}
