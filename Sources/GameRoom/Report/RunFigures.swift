import Simulator

/// The figures of a run.
struct RunFigures: Encodable, Equatable, Sendable {
    struct Players: Encodable, Equatable, Sendable {
        var count = 0
        /// Who was in a room at least once.
        var connected = 0
        var connectFailures: UInt64 = 0
        /// Connections that ended although nobody wanted it.
        var lostConnections: UInt64 = 0
        /// Events and attachments that arrived, without the transport's own bytes; per player and second.
        var bytesPerSecond = 0.0
    }

    struct Rooms: Encodable, Equatable, Sendable {
        var count = 0
        var opened = 0
        var rounds: UInt64 = 0
        var hostChanges: UInt64 = 0
        /// Left empty at the end, and found gone in time.
        var disposed: UInt64 = 0
    }

    struct Moves: Encodable, Equatable, Sendable {
        var sent: UInt64 = 0
        /// Sent a second, of all players together.
        var rate = 0.0
        var acknowledged: UInt64 = 0
        var duplicatesRecognised: UInt64 = 0
        /// Times to act at which the player had no connection.
        var missed: UInt64 = 0
        var overruns: UInt64 = 0
        /// Moves of a recording that there was no time, or no round, for.
        var unplayed = 0
        /// By code: those that were provoked, or could not be helped.
        var refusals: [String: UInt64] = [:]
        var unexpectedRefusals: UInt64 = 0
        /// By code.
        var unexpectedCodes: [String: UInt64] = [:]
    }

    struct Delivery: Encodable, Equatable, Sendable {
        /// Events that members were told.
        var received: UInt64 = 0
        var expected: UInt64 = 0
        /// Received in parts of expected.
        var reach = 1.0
        var duplicated: UInt64 = 0
        var missing: UInt64 = 0
        var resynchronisations: UInt64 = 0
        /// From the time that a move was meant for to each member that sees it, or the state that it went into.
        var latencyMs = Percentiles()
    }

    struct Ticks: Encodable, Equatable, Sendable {
        var received: UInt64 = 0
        var states: UInt64 = 0
        /// How much later than the fastest of its room.
        var latenessMs = Percentiles()
    }

    struct Resumes: Encodable, Equatable, Sendable {
        var replays: UInt64 = 0
        var snapshots: UInt64 = 0
        var failed: UInt64 = 0
        var badTokensRefused: UInt64 = 0
    }

    struct Generator: Encodable, Equatable, Sendable {
        /// Cores that this program used on average.
        var cores = 0.0
        /// How many it could use.
        var availableCores = 0
        /// How late it did what was due.
        var latenessMs = Percentiles()
        /// It was short of processor time: the figures are its own, not the server's.
        var isSaturated = false
    }

    var seconds = 0.0
    var players = Players()
    var rooms = Rooms()
    var moves = Moves()
    var delivery = Delivery()
    var ticks = Ticks()
    var resumes = Resumes()
    var generator = Generator()
    var violations: UInt64 = 0

    /// What no threshold can excuse.
    var failures: [String] {
        var failures: [String] = []
        if self.violations > 0 { failures.append("\(self.violations) violations of the contract") }
        if self.players.connected < self.players.count {
            failures.append(
                "\(self.players.count - self.players.connected) of \(self.players.count) players never got in")
        }
        if self.rooms.opened < self.rooms.count {
            failures.append("\(self.rooms.count - self.rooms.opened) of \(self.rooms.count) rooms never opened")
        }
        if self.moves.unplayed > 0 {
            failures.append("\(self.moves.unplayed) moves of the recording were not made")
        }
        if self.generator.isSaturated {
            failures.append("void: this program was saturated; use fewer players a process, or more cores")
        }
        return failures
    }
}

extension RunFigures {
    /// Timer lateness of 99 in 100 from which on a generator counts as saturated.
    static let saturation = Duration.milliseconds(50)

    /// - Parameters:
    ///   - seconds: for how long players acted.
    ///   - cores: used on average, and available.
    init(
        _ settings: GameRoomConfiguration, _ tally: Tally, violations: UInt64, seconds: Double,
        cores: (used: Double, available: Int)
    ) {
        self.seconds = seconds
        self.violations = violations
        let count = settings.rooms.count * settings.rooms.players
        self.players = Players(
            count: count, connected: tally.connected, connectFailures: tally.connectFailures,
            lostConnections: tally.lostConnections,
            bytesPerSecond: seconds > 0 ? Double(tally.bytesReceived) / seconds / Double(max(1, count)) : 0)
        self.rooms = Rooms(
            count: settings.rooms.count, opened: tally.rooms, rounds: tally.rounds, hostChanges: tally.hostChanges,
            disposed: tally.disposed)
        self.moves = Moves(
            sent: tally.sent, rate: seconds > 0 ? Double(tally.sent) / seconds : 0, acknowledged: tally.acknowledged,
            duplicatesRecognised: tally.duplicatesRecognised, missed: tally.missed, overruns: tally.overruns,
            unplayed: tally.unplayed,
            refusals: tally.expectedRefusals, unexpectedRefusals: tally.unexpectedRefusals.values.reduce(0, +),
            unexpectedCodes: tally.unexpectedRefusals)
        self.delivery = Delivery(
            received: tally.received, expected: tally.expected,
            reach: tally.expected > 0 ? Double(tally.received) / Double(tally.expected) : 1,
            duplicated: tally.duplicated, missing: tally.missing, resynchronisations: tally.resynchronisations,
            latencyMs: Percentiles(tally.latency))
        self.ticks = Ticks(
            received: tally.ticks, states: tally.states, latenessMs: Percentiles(tally.tickLateness))
        self.resumes = Resumes(
            replays: tally.replays, snapshots: tally.snapshots, failed: tally.failedResumes,
            badTokensRefused: tally.badTokensRefused)
        let lateness = Percentiles(tally.lateness)
        self.generator = Generator(
            cores: cores.used, availableCores: cores.available, latenessMs: lateness,
            isSaturated: lateness.p99 > Self.saturation.milliseconds)
    }
}
