package import NIOCore
package import SocketIO

/// What a room was created as. What its host may change later is kept by the room.
package struct RoomSettings: Sendable {
    package enum Mode: String, CaseIterable, Sendable {
        /// The room orders, stamps, checks size and rate, and passes on.
        case relay
        /// The game's rules accept or refuse each move.
        case authoritative
    }

    /// What becomes of a seat whose player did not come back in time.
    package enum Absence: String, CaseIterable, Sendable {
        /// It is given up at once.
        case remove
        /// The rules play it to the end of the round, then it is given up.
        case automatic = "auto"
    }

    /// `rid`.
    package let id: String
    /// Six characters to join by.
    package let code: String
    package let game: GameDefinition
    package let mode: Mode
    package let name: String
    package let isPrivate: Bool
    package let password: String?
    package let maximumPlayers: Int
    package let meta: JSON?
    /// Ticks a second; 0: every event goes out at once.
    package let hz: Int
    /// How long the seat of a lost connection is kept: 15 s in real time, 120 s where events go out at once.
    package let grace: TimeAmount
    /// How long the room stays without players: 15 s, or 600 s.
    package let emptyTTL: TimeAmount
    package let seed: UInt64
    /// Whether a move must have the very next number: by default in authoritative games of turns.
    package let isStrict: Bool
    /// How long a player may think; nil: for ever.
    package let turnTime: TimeAmount?
    /// Whether senders see their own moves.
    package let echo: Bool
    package let isRecorded: Bool
    package let guards: Guards?
    package let absence: Absence
    package let limits: GameLimits

    /// - Parameters:
    ///   - id: see ``RoomName``.
    ///   - seed: used unless the request brings one.
    /// - Throws: `BAD_INPUT` for what is out of bounds or contradictory, `TOO_BIG`.
    package init(
        _ request: CreateRoom, game: GameDefinition, id: String, code: String, seed: UInt64,
        limits: GameLimits = GameLimits()
    ) throws(Refusal) {
        let options = request.options
        let description = game.description
        self.id = id
        self.code = code
        self.game = game
        self.mode = try Self.mode(request.mode, of: game)
        self.name = request.name ?? id
        self.isPrivate = request.isPrivate
        self.password = request.password
        self.maximumPlayers = try Self.players(request.maximumPlayers, of: description, limits)
        self.meta = try request.meta.map { (meta) throws(Refusal) in try Self.checked(meta: meta, limits) }
        self.hz = try Self.hz(options.hz, of: description, isAuthoritative: self.mode == .authoritative)
        self.grace = options.grace ?? (self.hz > 0 ? .seconds(15) : .seconds(120))
        self.emptyTTL = options.emptyTTL ?? (self.hz > 0 ? .seconds(15) : .seconds(600))
        self.seed = options.seed ?? seed
        self.isStrict = options.isStrict ?? (self.mode == .authoritative && self.hz == 0)
        self.turnTime = options.turnTime.map { $0 > .zero ? $0 : nil } ?? description.turnTime
        self.echo = options.echo ?? true
        self.isRecorded = options.isRecorded ?? false
        self.guards = try options.guards.map { (json) throws(Refusal) in try Guards(json, kinds: description.kinds) }
        self.absence = options.absence ?? .remove
        self.limits = limits
        if !self.echo, self.hz > 0 {
            throw Refusal(.badInput, "options.echo: false goes only with hz 0")
        }
        if self.guards != nil, self.mode == .authoritative {
            throw Refusal(.badInput, "options.guards: an authoritative room has rules, and no guards")
        }
    }

    static func checked(meta: JSON, _ limits: GameLimits) throws(Refusal) -> JSON {
        guard meta.bytes.readableBytes <= limits.metaBytes else {
            throw Refusal(.tooBig, "meta: at most \(limits.metaBytes) bytes")
        }
        return meta
    }

    private static func mode(_ asked: Mode?, of game: GameDefinition) throws(Refusal) -> Mode {
        let mode = asked ?? (game.description.isAuthoritative ? .authoritative : .relay)
        guard mode == .relay || game.begin != nil else {
            throw Refusal(.badInput, "mode: \(game.description.name) has no rules, its rooms only relay")
        }
        return mode
    }

    private static func players(
        _ asked: Int?, of description: GameDescription, _ limits: GameLimits
    ) throws(Refusal) -> Int {
        let most = min(limits.players, description.players.upperBound)
        guard let asked else { return max(description.players.lowerBound, min(limits.defaultPlayers, most)) }
        guard asked >= description.players.lowerBound, asked <= most else {
            throw Refusal(.badInput, "max: \(description.players.lowerBound) to \(most) for \(description.name)")
        }
        return asked
    }

    /// A game of turns has no ticks to step in, and a game in real time nothing to do without them.
    private static func hz(
        _ asked: Int?, of description: GameDescription, isAuthoritative: Bool
    ) throws(Refusal) -> Int {
        let hz = asked ?? description.hz
        if isAuthoritative, (hz == 0) != (description.hz == 0) {
            throw Refusal(.badInput, "options.hz: \(description.name) is played with \(description.hz)")
        }
        return hz
    }
}
