import MQTT
import Simulator

/// What a run came to. As JSON it is one object with exactly these members.
struct Report: RunReport, Equatable {
    let program = "game-room"
    let version = GameRoomCommand.version
    /// The same seed and settings give the same players with the same moves again.
    let seed: UInt64
    /// When the run began, Unix milliseconds.
    let started: Int64
    /// The game, rooms, players a room, moves a second; who plays, and by what way.
    let game: String
    let mix: String
    let brains: String
    /// The command that repeats the run.
    let command: String
    let figures: RunFigures
    /// The first of them; `figures.violations` counts all.
    let violations: [Finding]
    let thresholds: [Verdict]
    /// What went wrong that no threshold can excuse, in words.
    let failures: [String]
    /// Whether all went well; decides the exit code.
    let passed: Bool

    init(
        _ settings: GameRoomConfiguration, started: Int64, figures: RunFigures, findings: [Finding]
    ) {
        self.seed = settings.run.seed
        self.started = started
        self.game = settings.rooms.kind.rawValue
        self.mix = settings.mix.description
        self.brains = settings.brains.description
        self.command = settings.command
        self.figures = figures
        self.violations = findings
        self.thresholds = settings.thresholds.judge(figures)
        self.failures = figures.failures
        self.passed = self.failures.isEmpty && self.thresholds.allSatisfy(\.passed)
    }
}

extension GameRoomConfiguration {
    /// The command line that has these settings, as far as they decide who does what.
    var command: String {
        var words = [
            "game-room", "--url", self.relay.url, "--namespace", self.relay.namespace, "--rooms",
            String(self.rooms.count), "--players", String(self.rooms.players), "--kind", self.rooms.kind.rawValue,
            "--rate", self.rooms.rate.brief, "--mix", self.mix.description, "--brains", self.brains.description,
            "--seed", String(self.run.seed),
        ]
        if self.relay.path != Relay.standardPath { words += ["--path", self.relay.path] }
        if self.mix.contains(.mqtt) {
            // Without the password that it may have.
            words += ["--mqtt", (try? MQTTConfiguration(url: self.mqtt.url))?.description ?? self.mqtt.url]
        }
        if self.rooms.flap > 0 { words += ["--flap", self.rooms.flap.brief] }
        if let duration = self.run.duration { words += ["--duration", "\(duration.milliseconds.brief)ms"] }
        return words.joined(separator: " ")
    }
}
