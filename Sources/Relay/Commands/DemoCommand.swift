import ArgumentParser
import Foundation
import Logging
import UnixSignals

/// `relay demo`: a broker, devices, the relay and players in its rooms at once, with nothing to configure.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Run everything at once, nothing to configure: a private broker, the relay, both simulators.",
        discussion: """
            Opens a browser where there is a desktop; else open the URL it prints. Control-C or SIGTERM stops everything \
            and leaves nothing behind. Needs mosquitto, and device-sim and game-room beside this program.
            """)

    @Option(
        help: ArgumentHelp(
            "The port to listen on; 0 takes a free one. (default: 3000, or a free one if that is taken)", valueName: "n"
        ))
    var port: Int?

    @Option(help: ArgumentHelp("How many devices to simulate.", valueName: "n"))
    var devices = 50

    @Option(
        help: ArgumentHelp(
            """
            How many arenas to open, each with three simulated players and a free seat; and two board games, in each an \
            opponent who waits. 0: none of them.
            """, valueName: "n"))
    var rooms = 3

    @Flag(inversion: .prefixedNo, help: "Open a browser.")
    var browser = true

    @OptionGroup var logging: LoggingOptions

    func validate() throws {
        guard port.map({ (0...65_535).contains($0) }) ?? true else {
            throw ValidationError("--port is a number from 0 to 65535.")
        }
        guard (0...10_000).contains(devices) else { throw ValidationError("--devices is a number from 0 to 10000.") }
        guard (0...1_000).contains(rooms) else { throw ValidationError("--rooms is a number from 0 to 1000.") }
    }

    func run() async throws {
        try logging.start(environment: ProcessInfo.processInfo.environment, standard: .warning)
        let (deviceSim, gameRoom) = (
            try CompanionProgram.path(of: "device-sim"), try CompanionProgram.path(of: "game-room")
        )
        guard let broker = try await startedBroker() else { return }
        do {
            try await serve(broker, devices: deviceSim, players: gameRoom)
        } catch {
            await broker.program.stop()
            throw error
        }
        await broker.program.stop()
    }

    /// Nil: a signal came first. From when the relay serves, signals are its own.
    private func startedBroker() async throws -> PrivateBroker? {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: PrivateBroker?.self) { group in
            group.addTask { try await PrivateBroker.start() }
            group.addTask {
                for await _ in signals { return nil }
                return nil
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            let second = (try? await group.next()) ?? nil
            if first == nil { await second?.program.stop() }
            return first
        }
    }

    /// One in ten has a camera, whose frames are bytes.
    private func simulatedDevices(at broker: BrokerURL) -> [[String]] {
        let cameras = devices / 10
        let common = ["--mqtt", "\(broker)", "--rate", "4", "--quiet"]
        let kinds = [
            (devices - cameras, []), (cameras, ["--id", "cam-", "--profile", "mixed", "--seed", "2"]),
        ]
        return kinds.filter { $0.0 > 0 }.map { common + ["--devices", "\($0.0)"] + $0.1 }
    }

    private func simulatedPlayers(at url: String) -> [[String]] {
        guard rooms > 0 else { return [] }
        let common = ["--url", url, "--mix", "websocket:1", "--quiet"]
        let arenas = [
            "--kind", "arena", "--rooms", "\(rooms)", "--players", "3", "--free", "1", "--brains", "legal:1,greedy:2",
        ]
        let boards = ["tictactoe", "connect4"].map { game in
            ["--kind", game, "--rooms", "1", "--players", "1", "--rate", "1", "--brains", "legal:1"]
        }
        return ([arenas] + boards).map { common + $0 }
    }

    /// Until the relay is told to stop, or one of the others ends before it.
    private func serve(_ broker: PrivateBroker, devices: String, players: String) async throws {
        var configuration = RelayConfiguration()
        configuration.server.port = port ?? configuration.server.port
        configuration.mqtt = RelayConfiguration.Broker(url: broker.url, id: "demo", metrics: .seconds(1))
        try await withThrowingTaskGroup { [configuration] group in
            group.addTask {
                try await self.serve(configuration) { url in
                    standardError(self.invitation(to: url, broker.url))
                    if self.browser { Desktop.open(url) }
                    try await CompanionProgram.run(players, once: self.simulatedPlayers(at: url))
                }
            }
            let lists = simulatedDevices(at: broker.url)
            if !lists.isEmpty { group.addTask { try await CompanionProgram.run(devices, once: lists) } }
            group.addTask { try await CompanionProgram.end(of: broker.program, named: "mosquitto") }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Serves where it is told to, else where it can.
    private func serve(_ configuration: RelayConfiguration, with companion: @escaping RelayServer.Companion)
        async throws
    {
        do {
            try await RelayServer.run(configuration, with: companion)
        } catch let failure as ListenFailure where failure.isTaken && port == nil {
            var elsewhere = configuration
            elsewhere.server.port = 0
            try await RelayServer.run(elsewhere, with: companion)
        }
    }

    private func invitation(to url: String, _ broker: BrokerURL) -> String {
        """
        demo: \(devices) devices on the broker at \(broker), \(rooms) arenas with players and a seat for you

          \(url)         live devices
          \(url)/play    an arena, tic-tac-toe, four in a row
          \(url)/chat    chat, also by a plain WebSocket
          \(url)/relay   the relay's own figures

          relay watch \(url) --namespace /devices --subscribe 'devices/+/status'
          curl '\(url)/api/topics?filter=devices/%2B/status'
          mosquitto_sub -p \(broker.port) -t 'devices/#' -v

        demo: open \(url); control-C stops everything
        """
    }
}
