import Game
import NIOCore
import SocketIO
import Testing

@Suite struct ResumeTokenTests {
    @Test func tokenReadsBackFromItsText() throws {
        var generator = Counting()
        for _ in 0..<100 {
            let token = ResumeToken(using: &generator)
            #expect(token.description.utf8.count == 22)
            #expect(ResumeToken(token.description) == token)
        }
    }

    @Test func noTwoTextsAreTheSameToken() throws {
        var generator = Counting()
        let text = ResumeToken(using: &generator).description
        #expect(["A", "Q", "g", "w"].contains(text.last.map(String.init)))
        for last in "BCDEFGHIJKLMNOPRSTUVWXYZ" { #expect(ResumeToken(text.dropLast() + String(last)) == nil) }
    }

    @Test(arguments: ["", "short", String(repeating: "A", count: 23), String(repeating: "=", count: 22), "ééééééééééé"])
    func otherTextIsNoToken(_ text: String) {
        #expect(ResumeToken(text) == nil)
    }
}

@Suite struct RoomNameTests {
    @Test func codesAreReadAsTheyAreMeant() {
        #expect(RoomName.code(typed: "k7m2qx") == "K7M2QX")
        #expect(RoomName.code(typed: "OIL0il") == "011011")
        #expect(RoomName.code(typed: "ABCDEU") == nil)
        #expect(RoomName.code(typed: "ABCDE") == nil)
        #expect(RoomName.code(typed: "ﬁABCD") == nil)
        var generator = Counting()
        let code = RoomName.code(using: &generator)
        #expect(RoomName.code(typed: code) == code)
    }

    @Test func idsOfTheirOwnAreValid() {
        var generator = Counting()
        #expect(RoomName.isID(RoomName.id(using: &generator)))
        for text in ["abc", "a b c", "lobby", "cmd", "é123", String(repeating: "a", count: 33), "a/b/c"] {
            #expect(!RoomName.isID(text), "\(text)")
        }
    }
}

@Suite struct HostElectionTests {
    private let all: (Seat) -> Bool = { _ in true }

    @Test func firstConnectedSeatIsHost() {
        var election = HostElection()
        #expect(election.elect(among: [], isSeated: self.all, at: .at(0)) == nil)
        #expect(election.elect(among: [.one, .two], isSeated: self.all, at: .at(0)) == .one)
        #expect(election.elect(among: [.zero, .one], isSeated: self.all, at: .at(0)) == nil)
    }

    @Test func hostWhoIsBackInTimeStays() {
        var election = HostElection()
        _ = election.elect(among: [.zero, .one], isSeated: self.all, at: .at(0))
        #expect(election.elect(among: [.one], isSeated: self.all, at: .at(0)) == nil)
        #expect(election.deadline == .at(3_000))
        #expect(election.elect(among: [.zero, .one], isSeated: self.all, at: .at(2_999)) == nil)
        #expect(election.deadline == nil)
        #expect(election.host == .zero)
    }

    @Test func hostWhoLeftIsReplacedAtOnce() {
        var election = HostElection()
        _ = election.elect(among: [.zero, .one], isSeated: self.all, at: .at(0))
        #expect(election.elect(among: [.one], isSeated: { $0 != .zero }, at: .at(1)) == .one)
    }

    @Test func firstOneBackIsHostWhenTheHostHasBeenAwayForLong() {
        var election = HostElection()
        _ = election.elect(among: [.zero], isSeated: self.all, at: .at(0))
        #expect(election.elect(among: [], isSeated: self.all, at: .at(0)) == nil)
        #expect(election.elect(among: [], isSeated: self.all, at: .at(9_000)) == nil)
        #expect(election.elect(among: [.one], isSeated: self.all, at: .at(9_001)) == .one)
    }
}

@Suite struct TickClockTests {
    @Test(arguments: [1, 3, 7, 10, 30, 60]) func everyTickPassesOnceAndOnTime(_ hz: Int) {
        var clock = TickClock(hz: hz, origin: .at(0))
        var count = 0
        for tick in 1...(hz * 5) {
            let next = clock.next
            #expect(clock.pass(until: next - .nanoseconds(1)).count == 0, "tick \(tick)")
            count += clock.pass(until: next).count
        }
        #expect(count == hz * 5)
        #expect(clock.next > .at(5_000))
        #expect(clock.pass(until: .at(5_000)).count == 0)
    }

    @Test func lateCallSaysHowManyHavePassed() {
        var clock = TickClock(hz: 20, origin: .at(0))
        let passed = clock.pass(until: .at(1_049))
        #expect(passed.count == 20)
        #expect(passed.last == .at(1_000))
        #expect(clock.next == .at(1_050))
    }

    @Test func beyondTheLimitTheClockIsPutBack() {
        var clock = TickClock(hz: 20, origin: .at(0))
        let passed = clock.pass(until: .at(10_020), limit: 20)
        #expect(passed.count == 20)
        #expect(passed.last == .at(10_000))
        #expect(clock.next == .at(10_050))
    }
}

@Suite struct MoveNumberingTests {
    @Test func numbersAreTakenOnceAndHolesCounted() {
        var numbering = MoveNumbering(isStrict: false)
        #expect(!numbering.isTaken(1))
        numbering.take(3, event: 9)
        #expect(numbering.isTaken(1) && numbering.isTaken(3) && !numbering.isTaken(4))
        #expect(numbering.skipped == 2)
        numbering.take(.max, event: nil)
        #expect(numbering.isTaken(.max))
        numbering.take(.max, event: nil)
        #expect(numbering.skipped == UInt32.max - 2)
    }

    @Test func strictNumberingSaysWhatItExpects() throws {
        var numbering = MoveNumbering(isStrict: true)
        numbering.take(1, event: 1)
        try numbering.check(2)
        #expect(throws: Refusal(.gap, "move 2 comes first", details: [("expect", 2)])) { try numbering.check(3) }
    }
}

@Suite struct InputQueueTests {
    @Test func oldestIsTrimmed() {
        var queue = InputQueue()
        for number in 1...5 { queue.append(UInt32(number), Race.running(1), at: .at(number)) }
        #expect(queue.trimmed == 2)
        #expect(queue.next(at: .at(10))?.number == 3)
        #expect(queue.wait == 7)
        #expect(queue.next(at: .at(100_000))?.number == 4)
        #expect(queue.wait == .max)
        queue.removeAll()
        #expect(queue.next(at: .at(0)) == nil)
        #expect(queue.applied == 4)
    }
}

@Suite struct TurnTimerTests {
    @Test func newTurnSetsItAndTheSameOneDoesNot() {
        var timer = TurnTimer()
        let turn = TurnTimer.Turn(seat: .zero, ply: 0, time: .milliseconds(100))
        #expect(timer.set(turn, at: .at(0)) == .at(100))
        #expect(timer.set(turn, at: .at(50)) == nil)
        #expect(timer.expire(at: .at(99)) == nil)
        #expect(timer.set(TurnTimer.Turn(seat: .zero, ply: 1, time: .milliseconds(100)), at: .at(60)) == .at(160))
        #expect(timer.expire(at: .at(100)) == nil)
        #expect(timer.expire(at: .at(160)) == .zero)
        #expect(timer.expire(at: .at(161)) == nil)
        #expect(timer.set(nil, at: .at(170)) == nil)
        #expect(timer.deadline == nil)
    }
}

@Suite struct TurnOrderTests {
    @Test func turnsGoRoundAndPassOverThoseWhoLeft() {
        var order = TurnOrder()
        order.update([])
        #expect(order.turn == nil)
        order.update([.zero, .one, .two])
        #expect(order.turn == .zero)
        order.pass(in: [.zero, .one, .two])
        #expect(order.turn == .one)
        order.update([.zero, .two])
        #expect(order.turn == .two)
        order.pass(in: [.zero, .two])
        #expect(order.turn == .zero)
    }
}

@Suite struct PropertyStoreTests {
    @Test func changesAreMadeTogetherOrNotAtAll() throws {
        var store = PropertyStore(capacity: 20)
        try store.apply([.init("b", 1), .init("a", 2), .init("b", 3)])
        #expect(store.properties.map(\.name) == ["a", "b"])
        #expect(store["b"] == 3)
        let before = store
        #expect(throws: Refusal.self) { try store.apply([.init("a", nil)], expecting: [.init("b", 1)]) }
        #expect(throws: Refusal.self) { try store.apply([.init("c", .init(String(repeating: "x", count: 20)))]) }
        #expect(store == before)
        try store.apply([.init("a", nil)], expecting: [.init("b", json("3.0")), .init("c", nil)])
        #expect(store.properties.map(\.name) == ["b"])
    }
}

@Suite struct ChatHistoryTests {
    @Test func onlyTheLastAreKept() {
        var history = ChatHistory(capacity: 2)
        for number in 1...3 {
            history.append(.init(number: UInt32(number), time: 0, seat: .zero, name: "a", text: "\(number)"))
        }
        #expect(history.messages.map(\.number) == [2, 3])
    }
}

@Suite struct RoomSettingsTests {
    private func settings(_ game: GameDefinition, _ text: String) throws -> RoomSettings {
        try RoomSettings(CreateRoom(json(text)), game: game, id: "ROOM", code: "ABC123", seed: 7)
    }

    @Test func gameSaysWhatNobodyAskedFor() throws {
        let nim = try self.settings(.nim, #"{"game":"nim"}"#)
        #expect(nim.mode == .authoritative)
        #expect(nim.maximumPlayers == 4)
        #expect(nim.isStrict)
        #expect(nim.grace == .seconds(120))
        #expect(nim.emptyTTL == .seconds(600))
        let race = try self.settings(.race, #"{"game":"race"}"#)
        #expect(race.hz == 10)
        #expect(!race.isStrict)
        #expect(race.grace == .seconds(15))
        #expect(race.emptyTTL == .seconds(15))
        #expect(try self.settings(.relay, #"{"game":"relay"}"#).maximumPlayers == 8)
    }

    @Test(arguments: [
        #"{"game":"nim","mode":"authoritative","options":{"hz":10}}"#, #"{"game":"nim","max":5}"#,
        #"{"game":"nim","max":1}"#, #"{"game":"nim","options":{"guards":{}}}"#,
        #"{"game":"nim","mode":"relay","options":{"guards":{"kinds":{"hop":{}}}}}"#,
        #"{"game":"nim","mode":"relay","options":{"guards":{"turn":"random"}}}"#,
    ])
    func contradictionsAreRefused(_ text: String) throws {
        #expect(throws: Refusal.self) { try self.settings(.nim, text) }
    }
}
