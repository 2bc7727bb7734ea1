import Game
import NIOCore
import SocketIO
import Testing

@Suite struct RoomMovesTests {
    private func relaying(_ request: String = "{}") throws -> RoomFixture {
        var fixture = try RoomFixture(.relay, request)
        for name in ["a", "b", "c"] { try fixture.join(name) }
        return fixture
    }

    @Test func moveIsTakenOnce() throws {
        var fixture = try self.relaying()
        let first = try fixture.move(1, .say(1), by: .a)
        let second = try fixture.move(1, .say(1), by: .a)
        #expect(!first.isDuplicate)
        #expect(second.isDuplicate)
        #expect(second.event == first.event)
        #expect(fixture.events.count { $0.kind.isOfGame } == 1)
    }

    @Test func numberingBelongsToTheSeat() throws {
        var fixture = try self.relaying()
        try fixture.move(1, .say(1), by: .a)
        #expect(try fixture.move(1, .say(1), by: .b).isDuplicate == false)
    }

    @Test func strictRoomRefusesWhatComesTooEarly() throws {
        var fixture = try RoomFixture.live()
        #expect(fixture.refusal { try $0.move(2, Nim.taking(1), by: .a) } == .gap)
        #expect(try fixture.move(1, Nim.taking(1), by: .a).number == 1)
    }

    @Test func otherRoomsTakeItAllTheSame() throws {
        var fixture = try self.relaying()
        try fixture.move(5, .say(1), by: .a)
        #expect(try fixture.move(3, .say(1), by: .a).isDuplicate)
    }

    @Test func refusedMoveDoesNotUseItsNumberUp() throws {
        var fixture = try RoomFixture.live()
        #expect(fixture.refusal { try $0.move(1, Nim.taking(4), by: .a) } == .illegal)
        #expect(try fixture.move(1, Nim.taking(3), by: .a).isDuplicate == false)
    }

    @Test(arguments: [
        (NumberedMove(0, .say(1)), Refusal.Code.badInput), (NumberedMove(1, .say(1, kind: 31)), .badInput),
        (NumberedMove(1, Move(EventKind(rawValue: 40), .binary(ByteBuffer(repeating: 0, count: 1_025)))), .tooBig),
        (
            NumberedMove(
                1, Move(EventKind(rawValue: 40), .binary(ByteBuffer())), options: MoveOptions(cache: .room)), .badInput
        ),
        (NumberedMove(1, .say(1), options: MoveOptions(recipients: [.one], cache: .room)), .badInput),
    ])
    func moveThatCannotBeIsRefused(_ move: NumberedMove, _ code: Refusal.Code) throws {
        var fixture = try self.relaying()
        #expect(fixture.refusal { _ = try $0.room.move(move, by: .a, at: $0.now) } == code)
    }

    @Test func moveForAnotherPlyIsStale() throws {
        var fixture = try RoomFixture.live()
        #expect(
            fixture.refusal { try $0.move(1, Nim.taking(1), by: .a, options: MoveOptions(version: 1)) } == .stale)
        try fixture.move(1, Nim.taking(1), by: .a, options: MoveOptions(version: 0))
    }

    @Test func batchTakesWhatIsGoodInIt() throws {
        var fixture = try self.relaying()
        let moves = [
            NumberedMove(1, .say(1)), NumberedMove(2, .say(2, kind: 9)), NumberedMove(3, .say(3)),
            NumberedMove(3, .say(3)),
        ]
        let receipt = try fixture.room.move(moves, by: .a, at: fixture.now)
        fixture.drain()
        #expect(receipt.number == 3)
        #expect(receipt.refused.map(\.number) == [2])
        #expect(receipt.event == fixture.room.lastNumber)
        #expect(fixture.events.filter { $0.kind.isOfGame }.map(\.moveNumber) == [1, 3])
        let many = [NumberedMove](repeating: NumberedMove(4, .say(1)), count: 17)
        #expect(fixture.refusal { _ = try $0.room.move(many, by: .a, at: $0.now) } == .badInput)
    }

    @Test func targetedMoveIsAHoleForTheOthers() throws {
        var fixture = try self.relaying()
        try fixture.join("d", as: .spectator)
        try fixture.move(1, .say(1), by: .a, options: MoveOptions(recipients: [.one]))
        let copies = fixture.frames.last?.copies ?? []
        #expect(copies.first { $0.members == [.a, .b] }?.frame.events.map(\.kind.rawValue) == [40])
        let hole = copies.first { $0.members == [.c, .d] }?.frame.events.first
        #expect(hole?.kind == .hole)
        #expect(hole?.seat == .zero)
        #expect(hole?.moveNumber == 1)
        #expect(hole?.data == .json(.null))
    }

    @Test func withoutEchoTheSenderIsNotToldAgain() throws {
        var fixture = try self.relaying(#"{"options":{"echo":false}}"#)
        try fixture.move(1, .say(1), by: .a)
        #expect(fixture.frames.last?.copies.map(\.members) == [[.b, .c]])
        #expect(
            fixture.refusal { _ in _ = try RoomFixture(.relay, #"{"options":{"echo":false,"hz":5}}"#) } == .badInput)
    }

    @Test func keptMovesAreThereForThoseWhoComeLate() throws {
        var fixture = try self.relaying()
        try fixture.move(1, .say(1), by: .a, options: MoveOptions(cache: .whileSeated))
        try fixture.move(2, .say(2), by: .a, options: MoveOptions(cache: .room))
        #expect(try fixture.join("d").cached.map(\.moveNumber) == [1, 2])
        try fixture.room.leave(.a, at: fixture.now)
        #expect(try fixture.join("e").cached.map(\.moveNumber) == [2])
    }

    @Test func movesOfAllTogetherAreLimited() throws {
        var limits = GameLimits()
        limits.events = TokenBucket.Rate(perSecond: 1, burst: 2)
        var fixture = try RoomFixture(.relay, limits: limits)
        try fixture.join("a")
        try fixture.move(1, .say(1), by: .a)
        try fixture.move(2, .say(1), by: .a)
        #expect(fixture.refusal { try $0.move(3, .say(1), by: .a) } == .rate)
        fixture.pass(1_000)
        try fixture.move(3, .say(1), by: .a)
    }

    // MARK: Guards

    @Test func guardsLetThroughWhatTheyName() throws {
        var fixture = try self.relaying(
            #"{"options":{"guards":{"kinds":{"40":{"bytes":3,"rate":2},"41":{"maxSpeed":{"x":"$.p.x","y":"$.p.y","perSec":100}}}}}}"#
        )
        #expect(fixture.refusal { try $0.move(1, .say(1, kind: 42), by: .a) } == .guarded)
        #expect(fixture.refusal { try $0.move(1, .say(1_000), by: .a) } == .guarded)
        try fixture.move(1, .say(1), by: .a)
        try fixture.move(2, .say(1), by: .a)
        #expect(fixture.refusal { try $0.move(3, .say(1), by: .a) } == .guarded)
        try fixture.move(1, .say(1), by: .b)
        func to(_ x: Int, _ y: Int) -> Move {
            Move(EventKind(rawValue: 41), .json(["p": ["x": JSON(x), "y": JSON(y)]]))
        }
        try fixture.move(3, to(1_000, 0), by: .a)
        try fixture.move(4, to(1_060, 80), by: .a)
        #expect(fixture.refusal { try $0.move(5, to(1_061, 80), by: .a) } == .guarded)
        #expect(fixture.refusal { try $0.move(5, .say(1, kind: 41), by: .a) } == .guarded)
        fixture.pass(10)
        try fixture.move(5, to(1_061, 80), by: .a)
    }

    @Test func turnsGoRoundBySeat() throws {
        var fixture = try self.relaying(#"{"options":{"guards":{"turn":"seat-order"},"turnMs":1000}}"#)
        #expect(fixture.refusal { try $0.move(1, .say(1), by: .b) } == .notYourTurn)
        try fixture.move(1, .say(1), by: .a)
        try fixture.room.leave(.b, at: fixture.now)
        try fixture.move(1, .say(1), by: .c)
        fixture.pass(1_000)
        try fixture.move(2, .say(1), by: .c)
    }

    // MARK: Chat and properties

    @Test func chatIsPartOfTheLogAndKeptForThoseWhoComeLate() throws {
        var fixture = try self.relaying()
        let number = try fixture.room.say("hello", by: .a, at: fixture.now)
        _ = try fixture.room.say("psst", to: [.one], by: .a, at: fixture.now)
        fixture.drain()
        #expect(fixture.events.suffix(2).map(\.kind) == [.chat, .chat])
        #expect(try fixture.join("d").chat.map(\.number) == [number])
        #expect(fixture.refusal { _ = try $0.room.say("", by: .a, at: $0.now) } == .badInput)
        let long = String(repeating: "é", count: 501)
        #expect(fixture.refusal { _ = try $0.room.say(long, by: .a, at: $0.now) } == .tooBig)
        _ = try fixture.room.say(String(long.dropLast()), by: .a, at: fixture.now)
    }

    @Test func onlyTheHostSetsAndOnlyWhatIsStillSo() throws {
        var fixture = try self.relaying()
        let change = Room.Change(isOpen: false, properties: [.init("map", "lava")])
        #expect(fixture.refusal { _ = try $0.room.set(change, by: .b, at: $0.now) } == .notHost)
        #expect(try fixture.room.set(change, by: .a, at: fixture.now) == 2)
        fixture.drain()
        #expect(fixture.events.last?.data == .json(["map": "lava", "@open": false]))
        #expect(fixture.refusal { try $0.join("d") } == .locked)
        let stale = Room.Change(properties: [.init("map", "ice")], expecting: [.init("map", nil)])
        #expect(fixture.refusal { _ = try $0.room.set(stale, by: .a, at: $0.now) } == .compareAndSet)
        let large = Room.Change(meta: .array([JSON](repeating: 1_000, count: 500)))
        #expect(fixture.refusal { _ = try $0.room.set(large, by: .a, at: $0.now) } == .tooBig)
        #expect(fixture.room.info.version == 2)
    }
}
