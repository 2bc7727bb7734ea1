import Game
import NIOCore
import SocketIO

/// A generator of tokens and names for tests: the same ones every time.
struct Counting: RandomNumberGenerator {
    private var last: UInt64 = 0

    mutating func next() -> UInt64 {
        self.last &+= 0x9E37_79B9_7F4A_7C15
        return self.last
    }
}

extension NIODeadline {
    static func at(_ milliseconds: Int) -> NIODeadline {
        .uptimeNanoseconds(1_000_000_000) + .milliseconds(Int64(milliseconds))
    }
}

extension GameDefinition {
    static let nim = GameDefinition(Nim.self)
    static let race = GameDefinition(Race.self)
    static let relay = GameDefinition(
        GameDescription(
            name: "relay", kinds: [], players: 1...32, hz: 0, isAuthoritative: false, allowsLateJoin: true,
            startsAtOnce: true))
}

func json(_ text: String) -> JSON {
    (try? JSON(validating: ByteBuffer(string: text))) ?? ["broken": JSON(text)]
}

/// A room on a clock of its own, and what it told so far.
struct RoomFixture {
    var room: Room
    /// Milliseconds since the room began.
    private(set) var clock = 0
    private(set) var events: [LogEvent] = []
    private(set) var frames: [RoomOutput.Frame] = []
    private(set) var states: [RoomOutput.State] = []
    private(set) var departures: [RoomOutput.Departure] = []
    private(set) var inputs: [TickFrame] = []
    private var generator = Counting()

    init(_ game: GameDefinition, _ request: String = "{}", limits: GameLimits = GameLimits()) throws {
        let payload = "{\"game\":\"\(game.description.name)\"," + request.dropFirst().drop { $0 == " " }
        let command = try CreateRoom(json(payload.replacing(",}", with: "}")))
        let settings = try RoomSettings(command, game: game, id: "ROOM", code: "ABC123", seed: 7, limits: limits)
        self.room = Room(settings, at: .at(0))
    }

    var now: NIODeadline { .at(self.clock) }

    mutating func token() -> ResumeToken { ResumeToken(using: &self.generator) }

    /// Takes out what the room has to tell.
    mutating func drain() {
        let output = self.room.takeOutput()
        self.frames += output.frames
        self.events += output.frames.flatMap(\.whole.events)
        self.states += output.states
        self.departures += output.departures
        self.inputs += output.inputs
    }

    mutating func pass(_ milliseconds: Int) {
        self.clock += milliseconds
        self.room.advance(to: self.now)
        self.drain()
    }

    /// Lets time pass as an event loop does, each deadline on time.
    mutating func passOnTime(_ milliseconds: Int) {
        let end = NIODeadline.at(self.clock + milliseconds)
        while let next = self.room.nextDeadline, next <= end {
            self.room.advance(to: next)
            self.drain()
        }
        self.pass(milliseconds)
    }

    @discardableResult
    mutating func join(
        _ name: String, as role: Room.Role? = nil, password: String? = nil, member: UInt64? = nil
    ) throws -> Joined {
        let member = MemberID(rawValue: member ?? UInt64(name.utf8.first ?? 0))
        let joined = try self.room.join(
            Player(id: name), as: role, password: password, member: member, token: self.token(), at: self.now)
        self.drain()
        return joined
    }

    @discardableResult
    mutating func move(
        _ number: UInt32, _ move: Move, by member: MemberID, options: MoveOptions = MoveOptions()
    ) throws -> MoveReceipt {
        defer { self.drain() }
        return try self.room.move(NumberedMove(number, move, options: options), by: member, at: self.now)
    }

    mutating func ready(_ members: MemberID...) throws {
        for member in members { try self.room.setReady(true, by: member, at: self.now) }
        self.drain()
    }

    /// Two players, ready, and the countdown over.
    static func live(
        _ game: GameDefinition = .nim, _ request: String = "{}", limits: GameLimits = GameLimits()
    ) throws -> RoomFixture {
        var fixture = try RoomFixture(game, request, limits: limits)
        try fixture.join("a")
        try fixture.join("b")
        try fixture.ready(.a, .b)
        fixture.passOnTime(3_000)
        return fixture
    }

    /// The code with which a call was refused.
    mutating func refusal(_ body: (inout RoomFixture) throws -> Void) -> Refusal.Code? {
        do {
            try body(&self)
            return nil
        } catch {
            return (error as? Refusal)?.code
        }
    }

    func kinds(since index: Int = 0) -> [UInt8] { self.events.dropFirst(index).map(\.kind.rawValue) }
}

extension MemberID {
    static let a = MemberID(rawValue: 97)
    static let b = MemberID(rawValue: 98)
    static let c = MemberID(rawValue: 99)
    static let d = MemberID(rawValue: 100)
}

extension Seat {
    static let zero = Seat(rawValue: 0)
    static let one = Seat(rawValue: 1)
    static let two = Seat(rawValue: 2)
}

extension Move {
    /// Something for rooms that only relay.
    static func say(_ number: Int, kind: UInt8 = 40) -> Move { Move(EventKind(rawValue: kind), .json(JSON(number))) }
}
