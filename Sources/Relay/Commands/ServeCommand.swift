import Settings
import ArgumentParser
import Foundation
import Logging

/// `relay serve`: the server, until it is told to stop.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the server (what relay does when no command is named).",
        discussion: """
            Without a configuration it serves the namespaces /devices, /game, /chat and /relays from the broker at \
            mqtt://127.0.0.1:1883 on http://127.0.0.1:3000, and the pages there. SIGTERM or control-C stops it: every \
            client is told, then it exits with 0.
            """)

    @Option(help: ArgumentHelp("The configuration, a YAML file.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("The name or address to listen on; 0.0.0.0 for everybody. (default: 127.0.0.1)"))
    var host: String?

    @Option(help: ArgumentHelp("The port to listen on; 0 takes a free one. (default: 3000)", valueName: "n"))
    var port: Int?

    @Option(help: ArgumentHelp("The broker: \(BrokerURL.example).", valueName: "url"))
    var mqtt: String?

    @OptionGroup var logging: LoggingOptions

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let configuration = try orExit {
            () throws(ConfigurationError) in
            try RelayConfiguration.load(
                file: config ?? environment["RELAY_CONFIG"].flatMap { $0.isEmpty ? nil : $0 },
                flags: .init(host: host, port: port, mqtt: mqtt), environment: environment)
        }
        try logging.start(environment: environment)
        try await RelayServer.run(configuration)
    }
}

/// How much is logged.
struct LoggingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What to log to standard error: trace, debug, info, notice, warning, error or critical. (default: info)",
            valueName: "level"))
    var logLevel: String?

    /// Sends the log of the whole process to standard error. Once a process.
    ///
    /// The flag counts, then `RELAY_LOG_LEVEL`, then `standard`.
    func start(environment: [String: String], standard: Logger.Level = .info) throws {
        let name = logLevel ?? environment["RELAY_LOG_LEVEL"].flatMap { $0.isEmpty ? nil : $0 } ?? standard.rawValue
        guard let level = Logger.Level(rawValue: name) else {
            let source = logLevel == nil ? "RELAY_LOG_LEVEL" : "--log-level"
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            standardError("\(source): expected one of \(levels), found \"\(name.prefix(60))\"")
            throw ExitCode.failure
        }
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
    }
}

/// What `load` makes, or each of its problems on standard error and exit code 1.
func orExit<Value>(_ load: () throws(ConfigurationError) -> Value) throws -> Value {
    do {
        return try load()
    } catch {
        standardError(error.description)
        throw ExitCode.failure
    }
}

/// Writes a line for the user on standard error, if anybody can read it.
func standardError(_ line: String) {
    try? FileHandle.standardError.write(contentsOf: Data("\(line)\n".utf8))
}
