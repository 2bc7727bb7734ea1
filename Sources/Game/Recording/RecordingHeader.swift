import NIOCore
package import SocketIO

/// The first line of a recording: what room it was, and all that its rounds depend on.
package struct RecordingHeader: Hashable, Sendable {
    package var rid: String
    package var game: String
    /// Whether the game's rules decided, or the room only relayed.
    package var isAuthoritative: Bool
    /// Ticks a second; 0: every event went out at once.
    package var hz: Int
    /// The room's seed; that of a round is in its `state` event.
    package var seed: UInt64
    /// As the room was created with, or null.
    package var options: JSON
    package var guards: JSON
    /// When the room began, in milliseconds of the Unix epoch.
    package var startTime: Int
    /// Which build of the server wrote it.
    package var build: String
    /// The players at the beginning of the recording, as in `Room`.
    package var players: JSON

    package init(
        rid: String, game: String, isAuthoritative: Bool, hz: Int, seed: UInt64, options: JSON = .null,
        guards: JSON = .null, startTime: Int, build: String, players: JSON = []
    ) {
        self.rid = rid
        self.game = game
        self.isAuthoritative = isAuthoritative
        self.hz = hz
        self.seed = seed
        self.options = options
        self.guards = guards
        self.startTime = startTime
        self.build = build
        self.players = players
    }

    /// The line, without its end.
    var json: JSON {
        .object([
            ("v", JSON(Recording.version)), ("rid", JSON(self.rid)), ("game", JSON(self.game)),
            ("mode", self.isAuthoritative ? "authoritative" : "relay"), ("hz", JSON(self.hz)),
            ("seed", JSON(String(self.seed))), ("options", self.options), ("guards", self.guards),
            ("t0", JSON(self.startTime)), ("build", JSON(self.build)), ("players", self.players),
        ])
    }

    /// Nil where a member is missing or of another kind, and for another version.
    init?(_ json: JSON) {
        guard json["v"]?.int == Recording.version else { return nil }
        guard let rid = json["rid"]?.string, let game = json["game"]?.string, let build = json["build"]?.string,
            let mode = json["mode"]?.string, mode == "authoritative" || mode == "relay",
            let hz = json["hz"]?.int, let startTime = json["t0"]?.int,
            let seed = json["seed"]?.string.flatMap({ UInt64($0) }),
            let options = json["options"], let guards = json["guards"], let players = json["players"]
        else { return nil }
        self.init(
            rid: rid, game: game, isAuthoritative: mode == "authoritative", hz: hz, seed: seed, options: options,
            guards: guards, startTime: startTime, build: build, players: players)
    }
}
