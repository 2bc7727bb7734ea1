package import NIOCore
package import SocketIO

/// The payload of `room:create` and `room:match`: `{game, mode?, name?, private?, password?, max?, meta?, options?}`.
package struct CreateRoom: Hashable, Sendable {
    package var game: String
    package var mode: RoomSettings.Mode?
    package var name: String?
    package var isPrivate: Bool
    package var password: String?
    package var maximumPlayers: Int?
    package var meta: JSON?
    package var options: Options

    /// `options`: what is nil takes the game's default.
    package struct Options: Hashable, Sendable {
        package var hz: Int?
        package var grace: TimeAmount?
        package var emptyTTL: TimeAmount?
        package var seed: UInt64?
        package var isStrict: Bool?
        /// Zero: for ever.
        package var turnTime: TimeAmount?
        package var echo: Bool?
        package var isRecorded: Bool?
        /// Read when the game, and so the names of its kinds, is known.
        package var guards: JSON?
        package var absence: RoomSettings.Absence?

        package init() {}
    }

    package init(game: String, meta: JSON? = nil, options: Options = Options()) {
        self.game = game
        self.isPrivate = false
        self.meta = meta
        self.options = options
    }

    package init(_ payload: JSON?) throws(Refusal) {
        let fields = try Fields(payload)
        self.game = try fields.required("game", fields.string("game", bytes: 1...64))
        self.mode = try fields.choice("mode")
        self.name = try fields.string("name", bytes: 1...64)
        self.isPrivate = try fields.bool("private") ?? false
        self.password = try fields.string("password", bytes: 1...64)
        self.maximumPlayers = try fields.int("max", 1...32)
        self.meta = try fields.plain("meta").map { (meta) throws(Refusal) in
            try RoomSettings.checked(meta: meta, GameLimits())
        }
        self.options = try fields.object("options").map(Options.init) ?? Options()
    }
}

extension CreateRoom.Options {
    init(_ fields: Fields) throws(Refusal) {
        self.hz = try fields.int("hz", 0...60)
        self.grace = try fields.milliseconds("graceMs", 0...300_000)
        self.emptyTTL = try fields.milliseconds("emptyTtlMs", 0...3_600_000)
        self.seed = try Self.seed(fields)
        self.isStrict = try fields.bool("strict")
        self.turnTime = try fields.milliseconds("turnMs", 0...86_400_000)
        self.echo = try fields.bool("echo")
        self.isRecorded = try fields.bool("record")
        self.guards = fields["guards"]
        self.absence = try fields.choice("onAbsent")
    }

    /// A number, or a string where JavaScript's numbers end.
    private static func seed(_ fields: Fields) throws(Refusal) -> UInt64? {
        guard let json = fields["seed"] else { return nil }
        guard let seed = json.string.map({ UInt64($0) }) ?? json.int.flatMap({ UInt64(exactly: $0) }) else {
            throw fields.refusal("seed", "a whole number below 2^64, as a number or a string of digits")
        }
        return seed
    }
}

extension Guards {
    /// Reads `{kinds?: {name: {bytes?, rate?, maxSpeed?}}, turn?: "seat-order"}`.
    package init(_ json: JSON, kinds named: [GameDescription.NamedKind]) throws(Refusal) {
        let fields = try Fields(json, prefix: "options.guards.")
        var kinds: [Kind] = []
        for member in try fields.members("kinds", count: 224) ?? [] {
            guard let kind = EventKind(name: member.key, among: named), kind.isOfGame else {
                throw fields.refusal("kinds", "\(member.key.prefix(64)) is no kind of this game's")
            }
            kinds.append(try Kind(kind, Fields(member.value, prefix: "options.guards.kinds.\(member.key).")))
        }
        let turn = try fields.string("turn", bytes: 0...64)
        guard turn == nil || turn == "seat-order" else { throw fields.refusal("turn", "\"seat-order\"") }
        self.init(kinds: kinds.sorted { $0.kind.rawValue < $1.kind.rawValue }, takesTurns: turn != nil)
    }
}

extension Guards.Kind {
    fileprivate init(_ kind: EventKind, _ fields: Fields) throws(Refusal) {
        self.init(
            kind, bytes: try fields.int("bytes", 0...1_048_576), rate: try fields.positive("rate"),
            speed: try fields.object("maxSpeed").map { (fields) throws(Refusal) in try Guards.Speed(fields) })
    }
}

extension Guards.Speed {
    fileprivate init(_ fields: Fields) throws(Refusal) {
        self.init(
            x: try Self.path("x", fields), y: try Self.path("y", fields),
            perSecond: try fields.required("perSec", fields.positive("perSec")))
    }

    /// `$.position.x`.
    private static func path(_ name: String, _ fields: Fields) throws(Refusal) -> [String] {
        let text = try fields.required(name, fields.string(name, bytes: 1...64))
        let names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard names.count > 1, names.first == "$", !names.contains("") else {
            throw fields.refusal(name, "where the number is, as in \"$.x\"")
        }
        return Array(names.dropFirst())
    }
}

extension EventKind {
    /// A kind by its name in the game, or by its number in digits.
    init?(name: String, among named: [GameDescription.NamedKind]) {
        if let known = named.first(where: { $0.name == name }) {
            self = known.kind
        } else if let number = UInt8(name) {
            self.init(rawValue: number)
        } else {
            return nil
        }
    }
}
