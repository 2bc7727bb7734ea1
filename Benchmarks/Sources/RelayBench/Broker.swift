internal import Foundation
internal import Glibc
internal import LoadGenerator

/// A private mosquitto on a free port of the loopback that drops nothing and delays nothing.
final class Broker {
    let port: Int
    private let child: ChildProcess

    var identifier: pid_t { child.identifier }

    init(directory: URL) throws {
        port = try TCP.freePort()
        let configuration = directory.appendingPathComponent("mosquitto.conf")
        let lines = [
            "listener \(port) 127.0.0.1", "allow_anonymous true", "persistence false", "max_queued_messages 0",
            "set_tcp_nodelay true", "log_type error",
        ]
        try (lines.joined(separator: "\n") + "\n").write(to: configuration, atomically: true, encoding: .utf8)
        let output = directory.appendingPathComponent("mosquitto.log")
        child = try ChildProcess(try Self.executable(), ["-c", configuration.path], output: output)
        try waitUntilItAccepts()
    }

    func stop() { child.stop() }

    private func waitUntilItAccepts() throws {
        for _ in 0..<250 {
            if TCP.accepts(port: port) { return }
            usleep(20_000)
        }
        throw BenchError("mosquitto accepts no connection")
    }

    /// mosquitto is installed in sbin, which is not on every path.
    private static func executable() throws -> String {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/local/sbin"]
        let candidates = folders.map { "\($0)/mosquitto" }
        guard let found = candidates.first(where: FileManager.default.isExecutableFile(atPath:)) else {
            throw BenchError("mosquitto is not installed")
        }
        return found
    }
}
