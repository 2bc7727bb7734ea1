package import Foundation
import NIOConcurrencyHelpers

/// A program that a test started: its output line by line, its end, its memory.
///
/// Its standard input is empty. Whoever starts one stops it.
package final class ChildProcess: Sendable {
    /// It was asked to stop and did not.
    package struct WouldNotStop: Error {}

    /// Lines of standard output as they come; finished when the program has closed it.
    package let lines = Mailbox<String>()

    private let process: Process
    private let output: OutputLines
    private let errors: OutputLines

    /// Starts `program`. `environment` is added to the test's own.
    package init(
        _ program: URL, _ arguments: [String], environment: [String: String] = [:], directory: URL? = nil
    ) throws {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = directory ?? PackageLayout.root
        process.standardInput = FileHandle.nullDevice
        let lines = self.lines
        self.output = OutputLines(onLine: { lines.put($0) }, onEnd: { lines.finish() })
        self.errors = OutputLines(onLine: { _ in }, onEnd: {})
        process.standardOutput = self.output.pipe
        process.standardError = self.errors.pipe
        try Self.run(process)
        self.process = process
    }

    /// A child begins with the signal mask of the thread that started it, and Dispatch's threads block SIGTERM.
    private static func run(_ process: Process) throws {
        var none = sigset_t()
        var previous = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        try process.run()
    }

    package var processIdentifier: Int32 { self.process.processIdentifier }
    package var isRunning: Bool { self.process.isRunning }

    /// What it has printed so far, the last megabyte of it.
    package var standardOutput: String { self.output.text }
    package var standardError: String { self.errors.text }

    /// Its exit code (128 + signal when a signal ended it), once it has ended.
    package func exitCode(within limit: Duration = .seconds(30)) async throws -> Int32 {
        try await eventually(
            "the end of \(self.process.executableURL?.lastPathComponent ?? "a program")", within: limit
        ) {
            !self.process.isRunning
        }
        return self.process.terminationReason == .exit
            ? self.process.terminationStatus : 128 + self.process.terminationStatus
    }

    /// SIGTERM, then its exit code. When it does not end in time it is killed, and `WouldNotStop` is thrown.
    @discardableResult
    package func stop(within limit: Duration = .seconds(20)) async throws -> Int32 {
        self.signal(SIGTERM)
        do {
            return try await self.exitCode(within: limit)
        } catch is TimedOut {
            self.signal(SIGKILL)
            throw WouldNotStop()
        }
    }

    /// SIGKILL, and waits until it is gone.
    package func kill() async throws {
        self.signal(SIGKILL)
        _ = try await self.exitCode()
    }

    package func signal(_ number: Int32) {
        if self.process.isRunning { Foundation.kill(self.process.processIdentifier, number) }
    }

    /// Resident memory in bytes, and the most it ever was. Nil once the program has ended.
    package var memory: (resident: Int, peak: Int)? {
        guard let status = try? String(contentsOfFile: "/proc/\(self.processIdentifier)/status", encoding: .utf8)
        else { return nil }
        func kilobytes(_ key: String) -> Int? {
            let line = status.split(separator: "\n").first { $0.hasPrefix(key) }
            return line?.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap { Int($0) }
        }
        guard let resident = kilobytes("VmRSS:"), let peak = kilobytes("VmHWM:") else { return nil }
        return (resident * 1_024, peak * 1_024)
    }
}

/// One output of a program, cut into lines, its last megabyte kept.
private final class OutputLines: Sendable {
    let pipe = Pipe()
    private let collected = NIOLockedValueBox((text: [UInt8](), line: [UInt8]()))

    init(onLine: @escaping @Sendable (String) -> Void, onEnd: @escaping @Sendable () -> Void) {
        // A thread that blocks rather than a readability handler, which now and then misses the end of a pipe.
        Thread.detachNewThread { [self] in
            while true {
                let data = self.pipe.fileHandleForReading.availableData
                if data.isEmpty { break }
                self.take(data).forEach(onLine)
            }
            onEnd()
        }
    }

    var text: String { self.collected.withLockedValue { String(decoding: $0.text, as: UTF8.self) } }

    private func take(_ data: Data) -> [String] {
        self.collected.withLockedValue { collected in
            collected.text.append(contentsOf: data)
            if collected.text.count > 2_000_000 { collected.text.removeFirst(collected.text.count - 1_000_000) }
            var lines: [String] = []
            for byte in data {
                if byte == UInt8(ascii: "\n") {
                    lines.append(String(decoding: collected.line, as: UTF8.self))
                    collected.line.removeAll(keepingCapacity: true)
                } else {
                    collected.line.append(byte)
                }
            }
            return lines
        }
    }
}
