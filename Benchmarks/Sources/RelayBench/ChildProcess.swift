internal import Foundation
internal import Glibc
internal import Synchronization

/// A program that a run starts and stops; its output goes to a file.
final class ChildProcess {
    private let process = Process()
    private let output: URL

    var identifier: pid_t { process.processIdentifier }

    init(_ executable: String, _ arguments: [String], environment: [String: String] = [:], output: URL) throws {
        self.output = output
        guard FileManager.default.createFile(atPath: output.path, contents: nil) else {
            throw BenchError("cannot write \(output.path)")
        }
        let handle = try FileHandle(forWritingTo: output)
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        RunningChildren.add(process.processIdentifier)
    }

    deinit { stop() }

    /// The port in `…: listening on http://HOST:PORT`, once the program has said so.
    func listeningPort(within patience: Duration) throws -> Int {
        try wait(within: patience, for: "the line with its port") {
            guard let line = $0.split(separator: "\n").first(where: { $0.contains(": listening on http://") }) else {
                return nil
            }
            return line.split(separator: ":").last.flatMap { Int($0.prefix(while: \.isNumber)) }
        }
    }

    /// What `found` makes of the output so far, as soon as it makes something of it.
    private func wait<Value>(
        within patience: Duration, for what: String, _ found: (String) -> Value?
    ) throws -> Value {
        let deadline = ContinuousClock.now + patience
        while ContinuousClock.now < deadline {
            if let value = found(printed) { return value }
            guard process.isRunning else { throw BenchError("it ended at once: \(printed.suffix(400))") }
            usleep(20_000)
        }
        throw BenchError("no sign of \(what) in \(patience): \(printed.suffix(400))")
    }

    private var printed: String { String(decoding: (try? Data(contentsOf: output)) ?? Data(), as: UTF8.self) }

    /// Asks it to end, insists after three seconds, returns when it is gone.
    func stop() {
        guard RunningChildren.remove(identifier) else { return }
        process.terminate()
        let deadline = ContinuousClock.now + .seconds(3)
        while process.isRunning, ContinuousClock.now < deadline { usleep(10_000) }
        if process.isRunning { kill(identifier, SIGKILL) }
        process.waitUntilExit()
    }
}

/// The programs that run at this moment, so that an interrupted benchmark leaves none behind.
enum RunningChildren {
    private static let identifiers = Mutex<Set<pid_t>>([])

    static func add(_ identifier: pid_t) { identifiers.withLock { _ = $0.insert(identifier) } }

    /// Whether it was there.
    static func remove(_ identifier: pid_t) -> Bool { identifiers.withLock { $0.remove(identifier) != nil } }

    /// Ends them and this program when it is told to end.
    static func endOnSignals() -> [any DispatchSourceSignal] {
        [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                identifiers.withLock { for identifier in $0 { kill(identifier, SIGKILL) } }
                _exit(128 + number)
            }
            source.resume()
            return source
        }
    }
}

/// Why a run could not be done.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
