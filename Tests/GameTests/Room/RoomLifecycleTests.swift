import Game
import NIOCore
import SocketIO
import Testing

@Suite struct RoomLifecycleTests {
    private func states(_ fixture: RoomFixture) -> [String] {
        fixture.events.filter { $0.kind == .state }.compactMap { $0.data.json?["to"]?.string }
    }

    @Test func roundStartsWhenAllAreReady() throws {
        var fixture = try RoomFixture(.nim)
        try fixture.join("a")
        try fixture.ready(.a)
        #expect(fixture.room.info.state == .lobby)
        try fixture.join("b")
        try fixture.ready(.b)
        #expect(fixture.room.info.state == .countdown)
        #expect(fixture.events.last?.data.json?["at"]?.int == 3_000)
        fixture.pass(2_999)
        #expect(fixture.room.info.state == .countdown)
        fixture.pass(1)
        #expect(fixture.room.info.state == .live)
    }

    @Test func beginningOfARoundTellsWhatItTakesToPlayItAgain() throws {
        let fixture = try RoomFixture.live(.nim, #"{"options":{"seed":"18446744073709551615"}}"#)
        let live = fixture.events.last { $0.kind == .state }?.data.json
        #expect(live?["round"]?.int == 0)
        #expect(live?["seed"]?.string == "18446744073709551615")
        #expect(live?["seats"]?.elements == [0, 1])
    }

    @Test func hostStartsWithoutWaitingForAllButGivesThemFiveSeconds() throws {
        var fixture = try RoomFixture(.nim)
        try fixture.join("a")
        #expect(fixture.refusal { try $0.room.start(by: .a, at: $0.now) } == .notReady)
        try fixture.join("b")
        #expect(fixture.refusal { try $0.room.start(by: .b, at: $0.now) } == .notHost)
        try fixture.room.start(by: .a, at: fixture.now)
        fixture.pass(4_999)
        #expect(fixture.room.info.state == .countdown)
        fixture.pass(1)
        #expect(fixture.room.info.state == .live)
        #expect(fixture.refusal { try $0.room.start(by: .a, at: $0.now) } == .wrongState)
    }

    @Test func lateReadinessEndsTheWaitAtOnce() throws {
        var fixture = try RoomFixture(.nim)
        try fixture.join("a")
        try fixture.join("b")
        try fixture.room.start(by: .a, at: fixture.now)
        fixture.pass(3_500)
        try fixture.ready(.a, .b)
        #expect(fixture.room.info.state == .live)
    }

    @Test func countdownIsCalledOffWhenSomebodyBacksOut() throws {
        var fixture = try RoomFixture(.nim)
        try fixture.join("a")
        try fixture.join("b")
        try fixture.ready(.a, .b)
        try fixture.room.setReady(false, by: .b, at: fixture.now)
        fixture.drain()
        #expect(self.states(fixture) == ["countdown", "lobby"])
        fixture.pass(10_000)
        #expect(fixture.room.info.state == .lobby)
        try fixture.ready(.b)
        try fixture.room.leave(.b, at: fixture.now)
        #expect(fixture.room.info.state == .lobby)
    }

    @Test func lastOneWhoWasNotReadyLeavesAndTheOthersBegin() throws {
        var fixture = try RoomFixture(.nim)
        for name in ["a", "b", "c"] { try fixture.join(name) }
        try fixture.ready(.a, .b)
        try fixture.room.leave(.c, at: fixture.now)
        #expect(fixture.room.info.state == .countdown)
    }

    @Test func roundThatIsWonEndsWithHashOutcomeAndState() throws {
        var fixture = try RoomFixture.live()
        let before = fixture.events.count
        var members: [MemberID] = [.a, .b]
        for number in 1...15 {
            try fixture.move(UInt32((number + 1) / 2), Nim.taking(1), by: members[0])
            members.swapAt(0, 1)
        }
        #expect(fixture.kinds(since: before) == [UInt8](repeating: 32, count: 15) + [13, 11, 7])
        let end = fixture.events.last { $0.kind == .end }?.data.json
        #expect(end?["winner"]?.int == 0)
        #expect(end?["draw"] == nil)
        #expect(end?["scores"] == [[0, 1], [1, 0]])
        #expect(end?["why"]?.string == "finished")
        #expect(fixture.room.info.players.allSatisfy { !$0.isReady })
        #expect(fixture.refusal { try $0.move(9, Nim.taking(1), by: .b) } == .gameOver)
    }

    @Test func rematchKeepsSeatsAndNumbersAndSwapsWhoBegins() throws {
        var fixture = try RoomFixture.live()
        try fixture.join("c", as: .spectator)
        try fixture.move(1, Nim.taking(1), by: .a)
        #expect(fixture.refusal { try $0.room.rematch(by: .a, at: $0.now) } == .wrongState)
        for (number, member) in [(1, MemberID.b), (2, .a), (2, .b), (3, .a)] {
            try fixture.move(UInt32(number), Nim.taking(3), by: member)
        }
        try fixture.move(3, Nim.taking(2), by: .b)
        #expect(fixture.room.info.state == .ended)
        #expect(fixture.refusal { try $0.room.rematch(by: .b, at: $0.now) } == .notHost)
        try fixture.room.rematch(by: .a, at: fixture.now)
        #expect(fixture.room.info.state == .lobby)
        try fixture.ready(.a, .b)
        fixture.passOnTime(3_000)
        #expect(fixture.room.info.players.map(\.seat) == [.zero, .one])
        #expect(fixture.refusal { try $0.move(4, Nim.taking(1), by: .a) } == .notYourTurn)
        #expect(try fixture.move(4, Nim.taking(1), by: .b).isDuplicate == false)
        let seeds = fixture.events.compactMap { $0.data.json?["seed"]?.string }
        #expect(seeds.count == 2 && seeds[0] != seeds[1])
    }

    @Test func whoLeavesARoundOfTwoLosesIt() throws {
        var fixture = try RoomFixture.live()
        try fixture.room.leave(.a, at: fixture.now)
        fixture.drain()
        let end = fixture.events.last { $0.kind == .end }?.data.json
        #expect(end?["winner"]?.int == 1)
        #expect(end?["why"]?.string == "abandoned")
    }

    @Test func relayingRoomOfAGameEndsItsRoundWhenTooFewAreLeft() throws {
        var fixture = try RoomFixture.live(.nim, #"{"mode":"relay"}"#)
        try fixture.move(1, .say(1), by: .b)
        try fixture.room.leave(.b, at: fixture.now)
        fixture.drain()
        #expect(fixture.room.info.state == .ended)
        #expect(fixture.events.last { $0.kind == .end }?.data.json?["winner"]?.int == 0)
    }

    // MARK: Turns

    @Test func rulesMoveForAPlayerWhoseTimeIsUp() throws {
        var fixture = try RoomFixture.live(.nim, #"{"options":{"turnMs":500}}"#)
        #expect(fixture.events.last?.kind == .timer)
        #expect(fixture.events.last?.data == .json(["turn": 0, "deadline": 3_500]))
        fixture.pass(500)
        let move = fixture.events.last { $0.kind == Nim.take }
        #expect(move?.seat == .zero)
        #expect(move?.moveNumber == 0)
        #expect(fixture.events.last?.data == .json(["turn": 1, "deadline": 4_000]))
        #expect(fixture.room.info.players.count == 2)
    }

    @Test func timerThatWasSetForAnEarlierTurnMeansNothing() throws {
        var fixture = try RoomFixture.live(.nim, #"{"options":{"turnMs":500}}"#)
        fixture.pass(499)
        try fixture.move(1, Nim.taking(2), by: .a)
        let moves = fixture.events.count { $0.kind == Nim.take }
        fixture.pass(499)
        #expect(fixture.events.count { $0.kind == Nim.take } == moves)
    }

    @Test func seatThatWasGivenUpIsPlayedToTheEndOfTheRound() throws {
        var fixture = try RoomFixture.live(.nim, #"{"options":{"onAbsent":"auto","graceMs":1000}}"#)
        fixture.room.lost(.a, at: fixture.now)
        fixture.passOnTime(1_000)
        #expect(fixture.room.info.players.map(\.state) == [.bot, .on])
        fixture.passOnTime(1_000)
        #expect(fixture.events.last { $0.kind == Nim.take }?.seat == .zero)
        for (number, count) in [(1, 3), (2, 3), (3, 3), (4, 2)] {
            try fixture.move(UInt32(number), Nim.taking(count), by: .b)
            fixture.passOnTime(1_000)
        }
        #expect(fixture.room.info.state == .ended)
        #expect(fixture.room.info.players.map(\.seat) == [.one])
    }

    @Test func nobodyIsLeftForWhomTheRulesWouldPlay() throws {
        var fixture = try RoomFixture.live(.nim, #"{"options":{"onAbsent":"auto","graceMs":1000}}"#)
        fixture.room.lost(.a, at: fixture.now)
        fixture.passOnTime(1_500)
        try fixture.room.leave(.b, at: fixture.now)
        #expect(fixture.room.info.players.isEmpty)
    }

    // MARK: The host

    @Test func hostMovesToTheLowestConnectedSeatAfterThreeSecondsAndDoesNotComeBack() throws {
        var fixture = try RoomFixture(.relay)
        let joined = try fixture.join("a")
        for name in ["b", "c"] { try fixture.join(name) }
        fixture.room.lost(.a, at: fixture.now)
        fixture.pass(2_999)
        #expect(fixture.room.info.host == .zero)
        fixture.pass(1)
        #expect(fixture.room.info.host == .one)
        #expect(fixture.events.last?.data == .json(["seat": 1]))
        let token = fixture.token()
        _ = try fixture.room.resume(joined.token, after: 0, member: .a, newToken: token, at: fixture.now)
        #expect(fixture.room.info.host == .one)
    }

    @Test func roleOfHostIsHandedOn() throws {
        var fixture = try RoomFixture(.relay)
        for name in ["a", "b", "c"] { try fixture.join(name) }
        #expect(fixture.refusal { try $0.room.appoint(.one, by: .b, at: $0.now) } == .notHost)
        try fixture.room.appoint(.two, by: .a, at: fixture.now)
        #expect(fixture.room.info.host == .two)
        fixture.room.lost(.b, at: fixture.now)
        #expect(fixture.refusal { try $0.room.appoint(.one, by: .c, at: $0.now) } == .noSeat)
        try fixture.room.leave(.c, at: fixture.now)
        #expect(fixture.room.info.host == .zero)
    }
}
