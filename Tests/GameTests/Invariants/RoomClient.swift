import Game
import SocketIO

/// A player or spectator who keeps an own view of a room, from nothing but what the room tells.
struct RoomClient {
    let player: Player
    /// The connection's presence, while there is one.
    var member: MemberID?
    var seat: Seat?
    /// Kept over a lost connection; nil: not in the room.
    var token: ResumeToken?
    /// The one that was given in for it, which is good as well until `token` is used.
    private var usedToken: ResumeToken?
    /// Tokens that are good no more.
    var oldTokens: [ResumeToken] = []
    private(set) var lastNumber: UInt32 = 0
    /// The highest move number that was acknowledged.
    var lastMove: UInt32 = 0
    /// Events of one's own that were acknowledged: without echo they are told no other way.
    var own: Set<UInt32> = []
    private(set) var nim: Nim?
    private(set) var isLive = false
    private var places: [Int: Int] = [:]
    private var stateTick: UInt32?

    init(_ name: String) {
        self.player = Player(id: name)
    }

    var isSpectator: Bool { self.token != nil && self.seat == nil }

    mutating func joined(_ joined: Joined, member: MemberID) {
        if let usedToken { self.oldTokens.append(usedToken) }
        self.usedToken = self.token
        self.member = member
        self.seat = joined.seat
        self.token = joined.token
    }

    /// Begins anew from what an answer holds.
    mutating func begin(from joined: Joined) {
        self.lastNumber = joined.number
        self.isLive = joined.info.state == .live
        self.nim = joined.snapshot.flatMap(Nim.init(snapshot:))
        self.places = Self.places(joined.snapshot)
        self.stateTick = joined.snapshot == nil ? nil : joined.tick
    }

    /// Takes up the state only: the events are told one by one.
    mutating func takeState(from joined: Joined) {
        self.places = Self.places(joined.snapshot)
        self.stateTick = joined.snapshot == nil ? nil : joined.tick
    }

    mutating func left() {
        self.oldTokens += [self.usedToken, self.token].compactMap(\.self)
        (self.member, self.seat, self.token, self.usedToken) = (nil, nil, nil, nil)
        self.own = []
        self.lastMove = 0
    }

    mutating func receive(_ frame: TickFrame, _ archive: LogArchive) throws {
        try hold("I1", frame.events.first?.number == frame.firstNumber, "a frame that is not numbered as it says")
        for event in frame.events {
            var expected = self.lastNumber + 1
            while expected < event.number, self.own.contains(expected) { expected += 1 }
            try hold(
                "I1", event.number == expected, "\(self.player.id) has seen \(self.lastNumber), and is told \(event)")
            self.lastNumber = event.number
            try self.check(event, archive[event.number])
            try self.apply(event)
        }
    }

    private func check(_ event: LogEvent, _ logged: LogEvent?) throws {
        guard let logged else { throw Violation("I2", "\(event) was never logged") }
        let isMine = logged.recipients == nil || logged.seat == self.seat
        let isVisible = isMine || self.seat.map { logged.recipients?.contains($0) == true } ?? false
        try hold(
            "I2",
            event.seat == logged.seat && event.moveNumber == logged.moveNumber
                && (isVisible ? event == logged : event.kind == .hole && event.data == .json(.null)),
            "\(self.player.id) was told \(event) for \(logged)")
    }

    private mutating func apply(_ event: LogEvent) throws {
        switch event.kind {
        case .state:
            let data = event.data.json
            self.isLive = data?["to"] == "live"
            guard self.isLive else { return }
            let seats = data?["seats"]?.elements?.compactMap(\.int).map { Seat(rawValue: UInt8($0)) } ?? []
            self.nim = Nim(seats: seats, round: data?["round"]?.int ?? 0, seed: 0)
        case .leave where self.isLive: self.nim?.left(event.seat)
        case Nim.take where self.isLive: try? self.nim?.apply(Move(event.kind, event.data), by: event.seat)
        default: break
        }
    }

    // MARK: State frames

    mutating func receive(_ frame: StateFrame) throws {
        if frame.base == 0 {
            self.places = [:]
        } else {
            try hold(
                "I9", frame.base == self.stateTick,
                "\(self.player.id) has the state of tick \(self.stateTick ?? 0), told what changed since \(frame.base)")
        }
        self.places.merge(Self.places(frame.payload.json)) { $1 }
        for seat in frame.payload.json?["gone"]?.elements?.compactMap(\.int) ?? [] { self.places[seat] = nil }
        self.stateTick = frame.tick
    }

    func checkState(_ snapshot: JSON?) throws {
        let there = Self.places(snapshot)
        try hold("I9", self.places == there, "\(self.player.id) sees \(self.places), the room is at \(there)")
    }

    private static func places(_ state: JSON?) -> [Int: Int] {
        let runners = state?["runners"]?.elements?.compactMap { $0.elements?.compactMap(\.int) } ?? []
        return Dictionary(runners.map { ($0[0], $0[1]) }) { $1 }
    }
}
