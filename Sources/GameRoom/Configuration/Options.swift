import ArgumentParser
import Settings
import Simulator

struct ServerOptions: ParsableArguments {
    @Option(help: "The relay. (default: http://127.0.0.1:3000)")
    var url: String?

    @Option(help: "Where Socket.IO answers at the relay. (default: /socket.io/)")
    var path: String?

    @Option(help: "The relay's namespace of rooms. (default: /game)")
    var namespace: String?

    @Option(
        help: ArgumentHelp(
            "The broker, for players of the mix's mqtt: mqtt://host:1883. (default: mqtt://127.0.0.1:1883)",
            valueName: "url"))
    var mqtt: String?

    func apply(to settings: inout GameRoomConfiguration) {
        self.url.map { settings.relay.url = $0 }
        self.path.map { settings.relay.path = $0 }
        self.namespace.map { settings.relay.namespace = $0 }
        self.mqtt.map { settings.mqtt.url = $0 }
    }
}

struct RoomOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many rooms. (default: 10)", valueName: "n"), transform: Parse.rooms)
    var rooms: Int?

    @Option(
        help: ArgumentHelp("Members of each room, spectators among them. (default: 4)", valueName: "n"),
        transform: Parse.players)
    var players: Int?

    @Option(
        help: ArgumentHelp("Seats besides, for whoever else comes, such as yourself. (default: 0)", valueName: "n"),
        transform: Parse.free)
    var free: Int?

    @Option(help: "The game: relay, tictactoe, connect4 or arena. (default: arena)")
    var kind: GameRoomConfiguration.Kind?

    @Option(
        help: ArgumentHelp("Moves a second that each player means to make, up to 30. (default: 10)", valueName: "hz"),
        transform: Parse.rate)
    var rate: Double?

    @Option(
        help: ArgumentHelp(
            "Ways in and their shares: polling, websocket, binary, upgrade, mqtt. (default: \(GameRoomConfiguration().mix))",
            valueName: "name:n,…"),
        transform: Parse.mix)
    var mix: Shares<LinkKind>?

    @Option(
        help: ArgumentHelp(
            """
            Brains and their shares: legal, greedy, cheater, duper, flapper, slow, late, spectator, hostkiller. \
            (default: \(GameRoomConfiguration().brains))
            """, valueName: "name:n,…"),
        transform: Parse.brains)
    var brains: Shares<BrainKind>?

    @Option(
        help: ArgumentHelp("The rooms open spread over this time. (default: 1s)", valueName: "time"),
        transform: Parse.time)
    var ramp: Duration?

    @Option(
        help: ArgumentHelp(
            "Players that lose their connection in a second, of all, besides the flappers. (default: 0)",
            valueName: "percent"),
        transform: Parse.flap)
    var flap: Double?

    @Flag(help: "Let the relay record the rooms.")
    var record = false

    func apply(to settings: inout GameRoomConfiguration) {
        self.rooms.map { settings.rooms.count = $0 }
        self.players.map { settings.rooms.players = $0 }
        self.free.map { settings.rooms.free = $0 }
        self.kind.map { settings.rooms.kind = $0 }
        self.rate.map { settings.rooms.rate = $0 }
        self.mix.map { settings.mix = $0 }
        self.brains.map { settings.brains = $0 }
        self.ramp.map { settings.rooms.ramp = $0 }
        self.flap.map { settings.rooms.flap = $0 }
        if self.record { settings.rooms.isRecorded = true }
    }
}

struct RunOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A configuration; configs/game-room.yaml shows every key.", valueName: "file"))
    var config: String?

    @Option(help: "The same seed gives the same players and moves. (default: 1)")
    var seed: UInt64?

    @Option(
        help: ArgumentHelp("Stop after this time; 0 for never. (default: 0)", valueName: "time"), transform: Parse.time)
    var duration: Duration?

    @Option(
        help: ArgumentHelp("The most time for the last events to arrive. (default: 5s)", valueName: "time"),
        transform: Parse.time)
    var drain: Duration?

    @Option(help: ArgumentHelp("Write the report as JSON; - for standard output.", valueName: "file"))
    var report: String?

    @Flag(help: "Say nothing on the way but of trouble.")
    var quiet = false

    func apply(to run: inout GameRoomConfiguration.Run) {
        self.seed.map { run.seed = $0 }
        self.duration.map { run.duration = $0 == .zero ? nil : $0 }
        self.drain.map { run.drain = $0 }
        self.report.map { run.report = $0 }
        if self.quiet { run.isQuiet = true }
    }
}

struct ThresholdOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("From a move's time to whoever sees it, 99 in 100.", valueName: "time"),
        transform: Parse.time)
    var maxP99: Duration?

    @Option(help: ArgumentHelp("The same, of the slowest.", valueName: "time"), transform: Parse.time)
    var maxMax: Duration?

    @Option(help: ArgumentHelp("How late 99 in 100 ticks arrive.", valueName: "time"), transform: Parse.time)
    var maxTickP99: Duration?

    @Option(help: ArgumentHelp("Events received, in parts of those expected. (default: 1)", valueName: "part"))
    var minReach: Double?

    @Option(help: ArgumentHelp("Refusals that nobody provoked. (default: 0)", valueName: "n"))
    var maxUnexpectedRefusals: Int?

    @Option(help: ArgumentHelp("Moves sent too late.", valueName: "n"))
    var maxOverruns: Int?

    @Option(help: ArgumentHelp("Moves not sent because their player was away.", valueName: "n"))
    var maxMissed: Int?

    @Option(help: ArgumentHelp("Failed attempts to connect.", valueName: "n"))
    var maxConnectFailures: Int?

    @Option(help: ArgumentHelp("Resumes that were refused. (default: 0)", valueName: "n"))
    var maxFailedResumes: Int?

    @Option(help: ArgumentHelp("Moves sent a second, all players together.", valueName: "hz"))
    var minRate: Double?

    func apply(to thresholds: inout Thresholds) {
        self.maxP99.map { thresholds.maxP99 = $0 }
        self.maxMax.map { thresholds.maxMax = $0 }
        self.maxTickP99.map { thresholds.maxTickP99 = $0 }
        self.minReach.map { thresholds.minReach = $0 }
        self.maxUnexpectedRefusals.map { thresholds.maxUnexpectedRefusals = $0 }
        self.maxOverruns.map { thresholds.maxOverruns = $0 }
        self.maxMissed.map { thresholds.maxMissed = $0 }
        self.maxConnectFailures.map { thresholds.maxConnectFailures = $0 }
        self.maxFailedResumes.map { thresholds.maxFailedResumes = $0 }
        self.minRate.map { thresholds.minRate = $0 }
    }
}

extension GameRoomConfiguration.Kind: ExpressibleByArgument {}

/// Values of flags, with the same limits as in the file.
private enum Parse {
    static func time(_ text: String) throws -> Duration {
        try OptionValue.duration(text)
    }

    static func rooms(_ text: String) throws -> Int {
        try OptionValue.integer(text, in: GameRoomConfiguration.Rooms.counts)
    }

    static func players(_ text: String) throws -> Int {
        try OptionValue.integer(text, in: GameRoomConfiguration.Rooms.memberCounts)
    }

    static func free(_ text: String) throws -> Int {
        try OptionValue.integer(text, in: GameRoomConfiguration.Rooms.freeSeats)
    }

    static func rate(_ text: String) throws -> Double {
        try OptionValue.number(text, in: GameRoomConfiguration.Rooms.rates)
    }

    static func flap(_ text: String) throws -> Double {
        try OptionValue.number(text, in: GameRoomConfiguration.Rooms.flaps)
    }

    static func mix(_ text: String) throws -> Shares<LinkKind> {
        do throws(PatternError) { return try Shares(text) } catch { throw ValidationError(error.description) }
    }

    static func brains(_ text: String) throws -> Shares<BrainKind> {
        do throws(PatternError) { return try Shares(text) } catch { throw ValidationError(error.description) }
    }
}
