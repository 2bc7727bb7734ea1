import Foundation
import NIOConcurrencyHelpers

/// A mosquitto of a test's own: on a free loopback port, with nothing kept on disk but its configuration and log.
///
/// It ends with ``stop()``, with the last reference to it, and with the test process, however that ends: a shell holds
/// the other end of a pipe and kills the broker when this end closes.
package final class Broker: Sendable {
    package struct Options: Sendable {
        /// Only this user gets in. Nil: anybody.
        package var user: (name: String, password: String)?
        /// Further lines of mosquitto.conf.
        package var lines: [String]

        package init(user: (name: String, password: String)? = nil, lines: [String] = []) {
            self.user = user
            self.lines = lines
        }
    }

    package enum Failure: Error, CustomStringConvertible {
        case didNotStart(log: String)
        case passwordFile(status: Int32)

        package var description: String {
            switch self {
            case .didNotStart(let log): "mosquitto did not start: \(log)"
            case .passwordFile(let status): "mosquitto_passwd ended with \(status)"
            }
        }
    }

    /// A running mosquitto and the shell that watches over it.
    private struct Running {
        let shell: SpawnedProcess
        /// Closed, it ends the two.
        let lifeline: Descriptor
    }

    package let port: Int
    private let directory: URL
    private let running: NIOLockedValueBox<Running?>

    /// Starts a broker and returns when it takes connections.
    package init(_ options: Options = Options()) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "broker-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        self.directory = directory
        do {
            let (port, running) = try await Self.startOnFreePort(options, in: directory)
            self.port = port
            self.running = NIOLockedValueBox(running)
        } catch {
            try? FileManager.default.removeItem(at: directory)
            throw error
        }
    }

    deinit { self.stop() }

    package var url: String { "mqtt://127.0.0.1:\(self.port)" }

    /// What mosquitto has logged since it was last started.
    package var log: String { Self.readLog(in: self.directory) }

    /// Ends the broker as a power failure would. Returns when it is gone.
    package func kill() {
        let running = self.running.withLockedValue { running in
            defer { running = nil }
            return running
        }
        guard let running else { return }
        // The shell answers the end of its input by SIGKILL, waits for mosquitto and ends.
        running.lifeline.close()
        running.shell.waitUntilExit()
    }

    /// Starts it again on the same port, after ``kill()``.
    package func restart() async throws {
        self.kill()
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            do {
                let running = try await Self.start(in: self.directory)
                self.running.withLockedValue { $0 = running }
                return
            } catch Failure.didNotStart where ContinuousClock.now < deadline {
                // Somebody may hold the port for a moment.
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// Ends the broker and removes its files. May be called twice.
    package func stop() {
        self.kill()
        try? FileManager.default.removeItem(at: self.directory)
    }
}

/// Runs the body with a broker that is stopped afterwards, whatever happens.
package func withBroker<Result>(
    _ options: Broker.Options = Broker.Options(), _ body: (Broker) async throws -> Result
) async throws -> Result {
    let broker = try await Broker(options)
    defer { broker.stop() }
    return try await body(broker)
}

// MARK: - Starting

extension Broker {
    private static func startOnFreePort(_ options: Options, in directory: URL) async throws -> (Int, Running) {
        var lastError: any Error = LoopbackPort.NoneFree()
        // The port was free a moment ago: another process may be quicker.
        for _ in 0..<10 {
            let port = try LoopbackPort.free()
            try Self.configure(options, port: port, in: directory)
            do {
                return (port, try await Self.start(in: directory))
            } catch {
                lastError = error
            }
        }
        throw lastError
    }

    private static func configure(_ options: Options, port: Int, in directory: URL) throws {
        var lines = [
            "listener \(port) 127.0.0.1",
            "persistence false",
            "max_queued_messages 0",
            "log_dest stderr",
            "log_type error", "log_type warning", "log_type notice", "log_type information",
        ]
        // Started by root it would become a user that cannot read the files here.
        if getuid() == 0 { lines.append("user root") }
        if let user = options.user {
            let file = directory.appending(path: "passwords").path
            let status = try SpawnedProcess.run(
                "/usr/bin/mosquitto_passwd", ["-b", "-c", file, user.name, user.password])
            guard status == 0 else { throw Failure.passwordFile(status: status) }
            lines += ["allow_anonymous false", "password_file \(file)"]
        } else {
            lines.append("allow_anonymous true")
        }
        let text = (lines + options.lines).joined(separator: "\n") + "\n"
        try text.write(to: directory.appending(path: "mosquitto.conf"), atomically: true, encoding: .utf8)
    }

    private static func start(in directory: URL) async throws -> Running {
        let script = """
            exec 3<&0
            /usr/sbin/mosquitto -c "$0/mosquitto.conf" >"$0/mosquitto.log" 2>&1 </dev/null 3<&- &
            read -r _ <&3
            kill -KILL $!
            wait
            """
        // An empty log, so that the last run's is not taken for this one's.
        try Data().write(to: directory.appending(path: "mosquitto.log"))
        let input = try PipeEnds()
        let shell = try SpawnedProcess("/bin/sh", ["-c", script, directory.path], input: input.reading.number)
        let lifeline = input.writing
        do {
            try await Self.waitUntilReady(in: directory)
            return Running(shell: shell, lifeline: lifeline)
        } catch {
            lifeline.close()
            shell.waitUntilExit()
            throw error
        }
    }

    /// mosquitto says that it runs once its listeners are open; it ends when the port is taken.
    private static func waitUntilReady(in directory: URL) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            let log = Self.readLog(in: directory)
            if log.contains(" running") { return }
            if log.contains("Error:") { throw Failure.didNotStart(log: log) }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Failure.didNotStart(log: Self.readLog(in: directory))
    }

    private static func readLog(in directory: URL) -> String {
        (try? String(contentsOf: directory.appending(path: "mosquitto.log"), encoding: .utf8)) ?? ""
    }
}

// MARK: - Files and programs

extension Broker {
    /// Runs a program to its end, for what a broker needs; what it prints is lost.
    /// - Returns: its exit status.
    package static func run(_ program: String, _ arguments: [String]) throws -> Int32 {
        try SpawnedProcess.run(program, arguments)
    }

    /// A file for a broker's configuration to refer to.
    package struct File: Sendable {
        package let path: String

        package func remove() { try? FileManager.default.removeItem(atPath: self.path) }
    }

    package static func file(containing text: String) throws -> File {
        let url = FileManager.default.temporaryDirectory.appending(path: "broker-\(UUID().uuidString).conf")
        try text.write(to: url, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: url.path)
        return File(path: url.path)
    }
}
