import Foundation
import NIOCore
import NIOPosix

/// A mosquitto of the demo's own, on a free loopback port.
struct PrivateBroker {
    let url: BrokerURL
    let program: ChildProgram

    enum StartFailure: Error, CustomStringConvertible {
        case notInstalled
        /// With what it said last.
        case doesNotListen(String)

        var description: String {
            switch self {
            case .notInstalled:
                "mosquitto is not installed: it is neither in PATH nor in /usr/sbin (apt install mosquitto)"
            case .doesNotListen(let words): "mosquitto was started but does not listen: \(words)"
            }
        }
    }

    /// Returns once the broker listens. Nothing is left on disk, whatever happens.
    static func start() async throws -> PrivateBroker {
        guard let path = Executables.find("mosquitto") else { throw StartFailure.notInstalled }
        // Another program may take the port between our look and mosquitto's; then another port is tried.
        var words = "no port was free"
        for _ in 0..<5 {
            let port = try await freePort()
            let file = try UnlinkedFile(holding: configuration(port: port))
            let log = BrokerLog()
            let program = try ChildProgram(path, ["-c", file.path], standardError: log.writingDescriptor)
            log.closeWritingEnd()
            let outcome = await log.outcome(within: .seconds(10))
            withExtendedLifetime(file) {}  // It is read by then.
            switch outcome {
            case .runs: return PrivateBroker(url: BrokerURL(host: "127.0.0.1", port: port), program: program)
            case .ended(let said): words = said
            }
            await program.stop()
            guard words.contains("Address already in use") else { break }
        }
        throw StartFailure.doesNotListen(words)
    }

    private static func configuration(port: Int) -> String {
        """
        listener \(port) 127.0.0.1
        allow_anonymous true
        persistence false
        set_tcp_nodelay true
        max_queued_messages 100000
        log_dest stderr
        log_type error
        log_type information

        """
    }

    private static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        try await channel.close().get()
        return port
    }
}

/// What mosquitto says on standard error.
///
/// Only its own word tells that it listens: that somebody accepts connections on the port could be anybody.
private final class BrokerLog: Sendable {
    private let pipe = Pipe()
    private let lines: AsyncStream<String>

    /// Reads until the broker has ended, so that it never waits for its log.
    init() {
        let (lines, line) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(100))
        self.lines = lines
        // A thread that blocks rather than a readability handler, which now and then misses what it waits for.
        Thread.detachNewThread { [reading = pipe.fileHandleForReading] in
            var bytes = [UInt8](repeating: 0, count: 4_096)
            while true {
                let got = read(reading.fileDescriptor, &bytes, bytes.count)
                // A signal is not the end. (FileHandle takes it for a fatal error.)
                if got < 0, errno == EINTR { continue }
                if got <= 0 { break }
                let text = String(decoding: bytes.prefix(got), as: UTF8.self)
                for text in text.split(separator: "\n") { line.yield(String(text)) }
            }
            line.finish()
        }
    }

    var writingDescriptor: Int32 {
        pipe.fileHandleForWriting.fileDescriptor
    }

    /// Once the broker has it: the end of its log is then the end of the broker.
    func closeWritingEnd() {
        try? pipe.fileHandleForWriting.close()
    }

    enum Outcome: Sendable {
        case runs
        /// It ended, or did not say in time that it runs; with what it said last.
        case ended(String)
    }

    func outcome(within limit: Duration) async -> Outcome {
        await withTaskGroup { group in
            group.addTask { [lines] () -> Outcome in
                var last: [String] = []
                for await line in lines {
                    if line.hasSuffix(" running") { return .runs }
                    last = last.suffix(2) + [line]
                }
                return .ended(last.isEmpty ? "it ended and said nothing" : last.joined(separator: "; "))
            }
            group.addTask { () -> Outcome in
                try? await Task.sleep(for: limit)
                return .ended("it did not say that it runs within \(limit)")
            }
            defer { group.cancelAll() }
            return await group.next() ?? .ended("")
        }
    }
}

/// A file without a name, for a program to read for as long as this is kept.
private final class UnlinkedFile {
    private let descriptor: CInt

    init(holding text: String) throws {
        // Its name is gone with the next call but one, so that no signal can leave the file behind.
        var template = Array((FileManager.default.temporaryDirectory.path + "/relay-XXXXXX").utf8CString)
        self.descriptor = mkstemp(&template)
        guard self.descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "mkstemp") }
        unlink(template)
        try FileHandle(fileDescriptor: self.descriptor).write(contentsOf: Data(text.utf8))
    }

    deinit { close(self.descriptor) }

    /// Leads to the file in other programs of the same user, too (proc(5)).
    var path: String { "/proc/\(getpid())/fd/\(self.descriptor)" }
}

/// Where programs are.
enum Executables {
    /// In `PATH`, or where Debian keeps daemons.
    static func find(_ name: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let directories = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/local/sbin"]
        return directories.map { "\($0)/\(name)" }.first(where: FileManager.default.isExecutableFile(atPath:))
    }

    /// Beside this very program, whatever the working directory.
    static func beside(_ name: String) -> String? {
        guard let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else { return nil }
        let path = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(name).path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }
}
