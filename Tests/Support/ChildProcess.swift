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

    private let name: String
    private let process: SpawnedProcess
    private let output: OutputLines
    private let errors: OutputLines

    /// Starts `program`. `environment` is added to the test's own.
    package init(
        _ program: URL, _ arguments: [String], environment: [String: String] = [:], directory: URL? = nil
    ) throws {
        let (output, errors) = (try PipeEnds(), try PipeEnds())
        // The child has copies of its own; ours would keep the pipes from ending.
        defer {
            output.writing.close()
            errors.writing.close()
        }
        self.name = program.lastPathComponent
        self.process = try SpawnedProcess(
            program.path, arguments, environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
            directory: (directory ?? PackageLayout.root).path, output: output.writing.number,
            errors: errors.writing.number)
        let lines = self.lines
        self.output = OutputLines(of: output.reading, onLine: { lines.put($0) }, onEnd: { lines.finish() })
        self.errors = OutputLines(of: errors.reading, onLine: { _ in }, onEnd: {})
    }

    package var processIdentifier: Int32 { self.process.identifier }
    package var isRunning: Bool { self.process.isRunning }

    /// What it has printed so far, the last megabyte of it.
    package var standardOutput: String { self.output.text }
    package var standardError: String { self.errors.text }

    /// Its exit code (128 + signal when a signal ended it), once it has ended.
    package func exitCode(within limit: Duration = .seconds(30)) async throws -> Int32 {
        var code: Int32?
        try await eventually("the end of \(self.name)", within: limit) {
            code = self.process.exitCode
            return code != nil
        }
        return code ?? -1
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

    package func signal(_ number: Int32) { self.process.signal(number) }

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
    private let collected = NIOLockedValueBox((text: [UInt8](), line: [UInt8]()))

    init(
        of descriptor: Descriptor, onLine: @escaping @Sendable (String) -> Void, onEnd: @escaping @Sendable () -> Void
    ) {
        Thread.detachNewThread { [self] in
            while case let bytes = descriptor.read(), !bytes.isEmpty { self.take(bytes).forEach(onLine) }
            onEnd()
        }
    }

    var text: String { self.collected.withLockedValue { String(decoding: $0.text, as: UTF8.self) } }

    private func take(_ data: [UInt8]) -> [String] {
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
