import ArgumentParser
import Foundation
import Logging

/// `relay demo`: a broker, devices and the relay at once, with nothing to configure.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Run everything at once, nothing to configure: a private broker, the relay, simulated devices.",
        discussion: """
            Open the URL it prints. Control-C or SIGTERM stops everything and leaves nothing behind. Needs mosquitto, \
            and device-sim beside this program.
            """)

    @Option(help: ArgumentHelp("The port to listen on; 0 takes a free one.", valueName: "n"))
    var port = 3000

    @Option(help: ArgumentHelp("How many devices to simulate.", valueName: "n"))
    var devices = 24

    @OptionGroup var logging: LoggingOptions

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port is a number from 0 to 65535.") }
        guard (0...10_000).contains(devices) else { throw ValidationError("--devices is a number from 0 to 10000.") }
    }

    func run() async throws {
        try logging.start(environment: ProcessInfo.processInfo.environment, standard: .warning)
        guard let simulator = Executables.beside("device-sim") else {
            throw Failure("device-sim is not beside this program; build it: swift build --product device-sim")
        }
        let broker = try await PrivateBroker.start()
        do {
            let devices = try ChildProgram(
                simulator, ["--mqtt", "\(broker.url)", "--devices", "\(devices)", "--rate", "4"])
            let outcome = await Self.result { try await serve(broker, devices) }
            await devices.stop()
            await broker.program.stop()
            try outcome.get()
        } catch {
            await broker.program.stop()
            throw error
        }
    }

    /// Until the relay is told to stop, or one of the others ends before it.
    private func serve(_ broker: PrivateBroker, _ devices: ChildProgram) async throws {
        var configuration = RelayConfiguration()
        configuration.server.port = port
        configuration.mqtt = RelayConfiguration.Broker(url: broker.url)
        let note = "demo: \(self.devices) devices on the broker at \(broker.url); control-C stops everything"
        try await withThrowingTaskGroup { [configuration] group in
            group.addTask {
                try await RelayServer.run(configuration) { url in standardError("\(note)\ndemo: open \(url)") }
            }
            group.addTask { try await Self.end(of: broker.program, named: "mosquitto") }
            group.addTask { try await Self.end(of: devices, named: "device-sim") }
            defer { group.cancelAll() }
            try await group.next()
        }
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
