import ArgumentParser
import Foundation
import Logging

/// `relay demo`: a broker, devices, the relay and players in its rooms at once, with nothing to configure.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Run everything at once, nothing to configure: a private broker, the relay, both simulators.",
        discussion: """
            Open the URL it prints. Control-C or SIGTERM stops everything and leaves nothing behind. Needs mosquitto, \
            and device-sim and game-room beside this program.
            """)

    @Option(help: ArgumentHelp("The port to listen on; 0 takes a free one.", valueName: "n"))
    var port = 3000

    @Option(help: ArgumentHelp("How many devices to simulate.", valueName: "n"))
    var devices = 24

    @Option(help: ArgumentHelp("How many game rooms to open, each with three simulated players.", valueName: "n"))
    var rooms = 3

    @OptionGroup var logging: LoggingOptions

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port is a number from 0 to 65535.") }
        guard (0...10_000).contains(devices) else { throw ValidationError("--devices is a number from 0 to 10000.") }
        guard (0...1_000).contains(rooms) else { throw ValidationError("--rooms is a number from 0 to 1000.") }
    }

    func run() async throws {
        try logging.start(environment: ProcessInfo.processInfo.environment, standard: .warning)
        let (deviceSim, gameRoom) = (try Self.program("device-sim"), try Self.program("game-room"))
        let broker = try await PrivateBroker.start()
        do {
            let devices = try ChildProgram(
                deviceSim, ["--mqtt", "\(broker.url)", "--devices", "\(devices)", "--rate", "4", "--profile", "mixed"])
            let outcome = await Self.result { try await serve(broker, devices, players: gameRoom) }
            await devices.stop()
            await broker.program.stop()
            try outcome.get()
        } catch {
            await broker.program.stop()
            throw error
        }
    }

    private static func program(_ name: String) throws -> String {
        guard let path = Executables.beside(name) else {
            throw Failure("\(name) is not beside this program; build it: swift build --product \(name)")
        }
        return path
    }

    /// Until the relay is told to stop, or one of the others ends before it.
    private func serve(_ broker: PrivateBroker, _ devices: ChildProgram, players: String) async throws {
        var configuration = RelayConfiguration()
        configuration.server.port = port
        configuration.mqtt = RelayConfiguration.Broker(url: broker.url)
        let note = """
            demo: \(self.devices) devices on the broker at \(broker.url), \(self.rooms) rooms with players; control-C stops \
            everything
            """
        try await withThrowingTaskGroup { [configuration, rooms] group in
            group.addTask {
                try await RelayServer.run(configuration) { url in
                    standardError("\(note)\ndemo: open \(url)")
                    if rooms > 0 { try await Self.play(with: players, at: url, rooms: rooms) }
                }
            }
            group.addTask { try await Self.end(of: broker.program, named: "mosquitto") }
            group.addTask { try await Self.end(of: devices, named: "device-sim") }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Has players play until the task is cancelled.
    private static func play(with program: String, at url: String, rooms: Int) async throws {
        let players = try ChildProgram(
            program,
            [
                "--url", url, "--rooms", "\(rooms)", "--players", "3", "--kind", "arena", "--mix", "websocket:1",
                "--brains", "legal:1,greedy:2",
            ])
        let outcome = await Self.result { try await Self.end(of: players, named: "game-room") }
        await players.stop()
        try outcome.get()
    }

    private static func end(of program: ChildProgram, named name: String) async throws {
        for await code in program.exits { throw Failure("\(name) ended by itself, with exit code \(code)") }
    }

    private static func result(_ work: () async throws -> Void) async -> Result<Void, any Error> {
        do {
            return .success(try await work())
        } catch {
            return .failure(error)
        }
    }

    private struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }
}
