import ArgumentParser
import Foundation
import Settings
import Simulator

/// `game-room play`, which is what happens when no command is named.
struct PlayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "play",
        abstract: "Play in rooms of a relay (what game-room does when no command is named).",
        discussion: """
            The same seed gives the same players with the same moves again. Moves are sent at the times that they are \
            meant for (an open loop), so a latency counts every stall, the simulator's own too.

            Times are written as 250ms, 25s, 2m or 1h. Flags override the environment (RELAY_URL, RELAY_MQTT_URL, \
            RELAY_MQTT_USERNAME, RELAY_MQTT_PASSWORD), which overrides the file. The exit code is 0 only when every \
            player got in, nothing that was promised was broken and every threshold was kept.

            Examples:
              game-room --rooms 3
                until control-C: three arenas with four players each
              game-room --rooms 200 --kind connect4 --players 2 --rate 2 --duration 60s
                four hundred players at boards
              game-room --rooms 100 --players 8 --mix binary:1 --max-p99 60ms --duration 30s
                does the relay at http://127.0.0.1:3000 keep up?
            """)

    @OptionGroup(title: "Server") var server: ServerOptions
    @OptionGroup(title: "Rooms") var rooms: RoomOptions
    @OptionGroup(title: "Run") var run: RunOptions
    @OptionGroup(title: "Thresholds") var thresholds: ThresholdOptions

    func run() async throws {
        let settings = try self.settings(environment: ProcessInfo.processInfo.environment)
        let report = try await Simulation(settings).run()
        try report.publish(to: settings.run.report)
        if !report.passed { throw ExitCode.failure }
    }

    /// Defaults, then the file, then the environment, then the flags.
    func settings(environment: [String: String]) throws -> GameRoomConfiguration {
        var settings = try self.run.config.map { try GameRoomConfiguration(file: $0) } ?? GameRoomConfiguration()
        settings.apply(environment: environment)
        self.server.apply(to: &settings)
        self.rooms.apply(to: &settings)
        self.run.apply(to: &settings.run)
        self.thresholds.apply(to: &settings.thresholds)
        return settings
    }
}

extension GameRoomConfiguration {
    /// What the environment says, as far as it says anything.
    fileprivate mutating func apply(environment: [String: String]) {
        if let url = environment["RELAY_URL"] { self.relay.url = url }
        if let url = environment["RELAY_MQTT_URL"] { self.mqtt.url = url }
        if let username = environment["RELAY_MQTT_USERNAME"] { self.mqtt.username = username }
        if let password = environment["RELAY_MQTT_PASSWORD"] { self.mqtt.password = Secret(password) }
    }
}
