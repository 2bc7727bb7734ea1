import NIOCore

/// A player on a seat: who it is, whether the connection is there, and what the room keeps for when it comes back.
struct SeatedPlayer: Equatable, Sendable {
    enum Presence: Equatable, Sendable {
        case on(MemberID)
        /// The connection was lost; the seat is kept until then.
        case away(until: NIODeadline)
        /// Given up, and played by the rules until the round is over.
        case automatic
    }

    let seat: Seat
    let player: Player
    var presence: Presence
    var tokens: TokenPair
    var moves: MoveNumbering
    var inputs = InputQueue()
    var isReady = false
    /// Milliseconds that a message takes to the player and back; nil: not measured.
    var roundTrip: Int?
    /// The last event that the player's connection has been told by other means than frames.
    var told: UInt32 = 0

    var member: MemberID? {
        if case .on(let member) = self.presence { member } else { nil }
    }

    var isOn: Bool { self.member != nil }

    var graceDeadline: NIODeadline? {
        if case .away(let deadline) = self.presence { deadline } else { nil }
    }
}

/// Somebody who watches. Has a token like a player, but no seat, no say, and no place in the log.
struct Spectator: Equatable, Sendable {
    let player: Player
    var member: MemberID?
    var graceDeadline: NIODeadline?
    var tokens: TokenPair
    var told: UInt32 = 0
}

/// The tokens that bring one member back: the newest, and the one it was given for. The answer that brought the newest may
/// have been lost with its connection; so a token is dead once a later one was used.
struct TokenPair: Equatable, Sendable {
    private(set) var newest: ResumeToken
    private var used: ResumeToken?

    init(_ token: ResumeToken) {
        self.newest = token
    }

    func contains(_ token: ResumeToken) -> Bool {
        // Both are compared, however the first comparison came out.
        let (isNewest, isUsed) = (self.newest == token, self.used == token)
        return isNewest || isUsed
    }

    /// A token that is one of these was used, and a new one is handed out for it.
    mutating func exchange(_ token: ResumeToken, for new: ResumeToken) {
        self.used = token
        self.newest = new
    }
}

/// Who sits in a room, by ascending seat.
struct SeatTable: Equatable, Sendable {
    private(set) var players: [SeatedPlayer] = []
    /// Seats given so far, those that were left included.
    private var given = 0

    var count: Int { self.players.count }
    var isEmpty: Bool { self.players.isEmpty }
    var hasHadPlayers: Bool { self.given > 0 }
    var seats: [Seat] { self.players.map(\.seat) }
    var connected: [Seat] { self.players.lazy.filter(\.isOn).map(\.seat) }
    /// Nil: the room has seen as many players as it can.
    var next: Seat? { self.given < Seat.limit ? Seat(rawValue: UInt8(self.given)) : nil }

    subscript(seat: Seat) -> SeatedPlayer? {
        self.players.first { $0.seat == seat }
    }

    subscript(member: MemberID) -> SeatedPlayer? {
        self.players.first { $0.member == member }
    }

    /// Adds a player, whose seat is ``next``.
    mutating func append(_ player: SeatedPlayer) {
        self.players.append(player)
        self.given += 1
    }

    mutating func remove(_ seat: Seat) {
        self.players.removeAll { $0.seat == seat }
    }

    mutating func update(_ seat: Seat, _ change: (inout SeatedPlayer) -> Void) {
        guard let index = self.players.firstIndex(where: { $0.seat == seat }) else { return }
        change(&self.players[index])
    }

    mutating func updateAll(_ change: (inout SeatedPlayer) -> Void) {
        for index in self.players.indices { change(&self.players[index]) }
    }
}
