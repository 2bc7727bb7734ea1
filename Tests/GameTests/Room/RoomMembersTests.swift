import Game
import NIOCore
import SocketIO
import Testing

@Suite struct RoomMembersTests {
    @Test func seatsAreGivenInOrderAndNeverAgain() throws {
        var fixture = try RoomFixture(.relay)
        #expect(try fixture.join("a").seat == .zero)
        #expect(try fixture.join("b").seat == .one)
        try fixture.room.leave(.a, at: fixture.now)
        #expect(try fixture.join("a").seat == .two)
    }

    @Test func answerToAJoinHoldsEverythingUpToItsNumber() throws {
        var fixture = try RoomFixture(.relay)
        let joined = try fixture.join("a")
        #expect(fixture.kinds() == [7, 1, 5])
        #expect(joined.number == 3)
        #expect(joined.info.host == .zero)
        #expect(fixture.frames.allSatisfy { $0.copies.isEmpty })
        try fixture.join("b")
        #expect(fixture.frames.last?.copies.map(\.members) == [[.a]])
    }

    @Test func fullRoomTakesSpectatorsOnly() throws {
        var fixture = try RoomFixture(.relay, #"{"max":1}"#)
        try fixture.join("a")
        #expect(fixture.refusal { try $0.join("b") } == .roomFull)
        #expect(try fixture.join("b", as: .spectator).seat == nil)
        #expect(fixture.room.info.spectators == 1)
        #expect(!fixture.room.info.isOpen)
    }

    @Test func samePlayerIsInARoomOnce() throws {
        var fixture = try RoomFixture(.relay)
        try fixture.join("a")
        #expect(fixture.refusal { try $0.join("a", member: 5) } == .alreadyIn)
        #expect(fixture.refusal { try $0.join("a", as: .spectator, member: 5) } == .alreadyIn)
    }

    @Test func passwordIsAskedOfEverybody() throws {
        var fixture = try RoomFixture(.relay, #"{"password":"sesame"}"#)
        #expect(fixture.refusal { try $0.join("a") } == .password)
        #expect(fixture.refusal { try $0.join("a", as: .spectator, password: "sesam") } == .password)
        #expect(try fixture.join("a", password: "sesame").seat == .zero)
    }

    @Test func whoComesDuringARoundThatTakesNobodyWatches() throws {
        var fixture = try RoomFixture.live()
        #expect(try fixture.join("c").seat == nil)
        #expect(fixture.refusal { try $0.join("d", as: .player) } == .locked)
    }

    @Test func whoComesLateIsInTheRoundWhereTheGameAllowsIt() throws {
        var fixture = try RoomFixture.live(.race)
        #expect(try fixture.join("c").seat == .two)
        try fixture.move(1, Race.running(2), by: .c)
        fixture.passOnTime(100)
        #expect(fixture.states.last?.frame(as: .json).progress.last?.moveNumber == 1)
    }

    @Test func spectatorsHaveNoSay() throws {
        var fixture = try RoomFixture.live()
        try fixture.join("c", as: .spectator)
        #expect(fixture.refusal { try $0.move(1, Nim.taking(1), by: .c) } == .spectator)
        #expect(fixture.refusal { _ = try $0.room.say("hi", by: .c, at: $0.now) } == .spectator)
        #expect(fixture.refusal { try $0.room.start(by: .c, at: $0.now) } == .spectator)
        #expect(fixture.refusal { try $0.room.start(by: .d, at: $0.now) } == .notIn)
    }

    @Test func spectatorsAreLimited() throws {
        var limits = GameLimits()
        limits.spectators = 1
        var fixture = try RoomFixture(.relay, limits: limits)
        try fixture.join("a", as: .spectator)
        #expect(fixture.refusal { try $0.join("b", as: .spectator) } == .roomFull)
    }

    @Test func kickedPlayerMayComeBackAndBannedOneMayNot() throws {
        var fixture = try RoomFixture(.relay)
        try fixture.join("a")
        try fixture.join("b")
        #expect(fixture.refusal { try $0.room.kick(.zero, by: .b, at: $0.now) } == .notHost)
        #expect(fixture.refusal { try $0.room.kick(.two, by: .a, at: $0.now) } == .noSeat)
        #expect(fixture.refusal { try $0.room.kick(.zero, by: .a, at: $0.now) } == .badInput)
        try fixture.room.kick(.one, by: .a, at: fixture.now)
        #expect(try fixture.join("b").seat == .two)
        try fixture.room.kick(.two, bans: true, by: .a, at: fixture.now)
        #expect(fixture.refusal { try $0.join("b") } == .banned)
        #expect(fixture.refusal { try $0.join("b", as: .spectator) } == .banned)
        fixture.drain()
        #expect(fixture.departures.map(\.reason) == [.kicked, .banned])
    }

    @Test func departedMemberIsToldNothingMore() throws {
        var fixture = try RoomFixture(.relay)
        try fixture.join("a")
        try fixture.join("b")
        try fixture.room.kick(.one, by: .a, at: fixture.now)
        fixture.drain()
        try fixture.move(1, .say(1), by: .a)
        #expect(fixture.frames.suffix(2).allSatisfy { $0.copies.map(\.members) == [[.a]] })
    }

    // MARK: Losing and coming back

    @Test func seatIsKeptForTheGraceAndThenGivenUp() throws {
        var fixture = try RoomFixture(.relay, #"{"options":{"graceMs":1000}}"#)
        let joined = try fixture.join("a")
        try fixture.join("b")
        fixture.room.lost(.a, at: fixture.now)
        #expect(fixture.room.info.players.map(\.state) == [.away, .on])
        fixture.pass(1_000)
        #expect(fixture.room.info.players.map(\.seat) == [.one])
        #expect(fixture.events.contains { $0.kind == .leave && $0.data == .json(["why": "timeout"]) })
        let token = fixture.token()
        #expect(
            fixture.refusal {
                _ = try $0.room.resume(joined.token, after: 0, member: .a, newToken: token, at: $0.now)
            } == .token)
    }

    @Test func goodTokenTakesTheSeatOverFromALivingConnection() throws {
        var fixture = try RoomFixture(.relay)
        let joined = try fixture.join("a")
        try fixture.move(1, .say(1), by: .a)
        let token = fixture.token()
        let resumed = try fixture.room.resume(joined.token, after: 0, member: .d, newToken: token, at: fixture.now)
        fixture.drain()
        #expect(fixture.departures == [RoomOutput.Departure(.a, .replaced)])
        #expect(resumed.joined.seat == .zero)
        #expect(resumed.lastMove == 1)
        #expect(resumed.replay?.flatMap(\.events).map(\.kind.rawValue) == [7, 1, 5, 40, 4])
        #expect(fixture.refusal { try $0.move(2, .say(2), by: .a) } == .notIn)
        #expect(try fixture.move(2, .say(2), by: .d).event == 6)
    }

    @Test(arguments: [Room.Role.player, .spectator])
    func tokenIsGoodUntilALaterOneIsUsed(role: Room.Role) throws {
        var fixture = try RoomFixture(.relay)
        let joined = try fixture.join("a", as: role)
        let tokens = [fixture.token(), fixture.token(), fixture.token(), fixture.token()]
        func resume(_ token: ResumeToken, _ new: Int, _ fixture: inout RoomFixture) throws {
            _ = try fixture.room.resume(token, after: 0, member: .a, newToken: tokens[new], at: fixture.now)
        }
        // The answer to the first was lost: the client comes once more by what it has.
        try resume(joined.token, 0, &fixture)
        try resume(joined.token, 1, &fixture)
        #expect(fixture.refusal { try resume(tokens[0], 2, &$0) } == .token)
        try resume(tokens[1], 2, &fixture)
        #expect(fixture.refusal { try resume(joined.token, 3, &$0) } == .token)
        try resume(tokens[2], 3, &fixture)
    }

    @Test func whoeverMadeTheRoomCanComeInHoweverShortItStaysEmpty() throws {
        var fixture = try RoomFixture(.relay, #"{"options":{"emptyTtlMs":0}}"#)
        fixture.pass(999)
        try fixture.join("a")
        try fixture.room.leave(.a, at: fixture.now)
        fixture.pass(0)
        #expect(fixture.room.isClosed)
        var abandoned = try RoomFixture(.relay, #"{"options":{"emptyTtlMs":0}}"#)
        abandoned.pass(1_000)
        #expect(abandoned.room.isClosed)
    }

    @Test func badTokenChangesNothing() throws {
        var fixture = try RoomFixture.live()
        fixture.room.lost(.a, at: fixture.now)
        let before = fixture.room
        let (bad, new) = (fixture.token(), fixture.token())
        #expect(
            fixture.refusal { _ = try $0.room.resume(bad, after: 0, member: .d, newToken: new, at: $0.now) } == .token)
        #expect(fixture.room == before)
    }

    @Test func whatIsNoLongerKnownIsToldByASnapshot() throws {
        var limits = GameLimits()
        limits.loggedEvents = 4
        var fixture = try RoomFixture.live(limits: limits)
        let joined = try fixture.join("c", as: .spectator)
        let token = fixture.token()
        let resumed = try fixture.room.resume(joined.token, after: 1, member: .d, newToken: token, at: fixture.now)
        #expect(resumed.replay == nil)
        #expect(resumed.joined.snapshot?["pile"]?.int == 15)
        #expect(resumed.joined.number == fixture.room.lastNumber)
    }

    @Test func numberFromTheFutureIsAnsweredByASnapshot() throws {
        var fixture = try RoomFixture(.relay)
        let joined = try fixture.join("a")
        let token = fixture.token()
        let resumed = try fixture.room.resume(joined.token, after: 1_000, member: .a, newToken: token, at: fixture.now)
        #expect(resumed.replay == nil)
    }

    @Test func leavingIsForGood() throws {
        var fixture = try RoomFixture(.relay)
        let joined = try fixture.join("a")
        try fixture.join("b")
        try fixture.room.leave(.a, at: fixture.now)
        let token = fixture.token()
        #expect(
            fixture.refusal {
                _ = try $0.room.resume(joined.token, after: 0, member: .a, newToken: token, at: $0.now)
            } == .token)
    }

    @Test func slowReaderIsToldAllAtOnceAndGoesOnBehindIt() throws {
        var fixture = try RoomFixture(.relay, #"{"options":{"hz":10}}"#)
        try fixture.join("a")
        try fixture.join("b")
        try fixture.move(1, .say(1), by: .a)
        let joined = try fixture.room.resynchronise(.b, at: fixture.now)
        try fixture.move(2, .say(2), by: .a)
        fixture.pass(100)
        let copy = fixture.frames.last?.copies.first { $0.members == [.b] }
        #expect(copy?.frame.firstNumber == joined.number + 1)
        #expect(copy?.frame.events.map(\.moveNumber) == [2])
    }

    // MARK: The end of a room

    @Test func emptyRoomIsClosedAfterItsTime() throws {
        var fixture = try RoomFixture(.relay, #"{"options":{"emptyTtlMs":2000}}"#)
        try fixture.join("a")
        try fixture.join("c", as: .spectator)
        try fixture.room.leave(.a, at: fixture.now)
        fixture.pass(1_999)
        #expect(!fixture.room.isClosed)
        fixture.pass(1)
        #expect(fixture.room.isClosed)
        #expect(fixture.departures.last == RoomOutput.Departure(.c, .empty))
        #expect(fixture.room.nextDeadline == nil)
        #expect(fixture.refusal { try $0.join("b") } == .noRoom)
    }

    @Test func closingTellsEverybodyWhy() throws {
        var fixture = try RoomFixture(.relay, #"{"options":{"hz":5}}"#)
        try fixture.join("a")
        try fixture.join("b")
        fixture.room.close(.draining, at: fixture.now)
        fixture.drain()
        #expect(fixture.departures.map(\.reason) == [.draining, .draining])
        #expect(fixture.frames.last?.copies.flatMap(\.members) == [.a, .b])
        #expect(fixture.events.last?.kind == .state)
    }
}
