import Foundation
import NIOCore
import NIOPosix

/// A mosquitto of the demo's own, on a free loopback port.
struct PrivateBroker {
    let url: BrokerURL
    let program: ChildProgram

    enum StartFailure: Error, CustomStringConvertible {
        case notInstalled
        case doesNotListen

        var description: String {
            switch self {
            case .notInstalled:
                "mosquitto is not installed: it is neither in PATH nor in /usr/sbin (apt install mosquitto)"
            case .doesNotListen: "mosquitto was started but does not listen"
            }
        }
    }

    /// Returns once the broker listens. What it needed on disk is gone by then.
    static func start() async throws -> PrivateBroker {
        guard let path = Executables.find("mosquitto") else { throw StartFailure.notInstalled }
        // Another program may take the port between our look and mosquitto's; then another port is tried.
        for _ in 0..<5 {
            let port = try await freePort()
            let directory = FileManager.default.temporaryDirectory
                .appendingPathComponent("relay-demo-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: directory) }
            let file = directory.appendingPathComponent("mosquitto.conf")
            try Data(configuration(port: port).utf8).write(to: file)
            let log = BrokerLog()
            let program = try ChildProgram(path, ["-c", file.path], standardError: log.writingDescriptor)
            log.closeWritingEnd()
            if await log.saysItRuns(within: .seconds(10)) {
                return PrivateBroker(url: BrokerURL(host: "127.0.0.1", port: port), program: program)
            }
            await program.stop()
        }
        throw StartFailure.doesNotListen
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

    /// False when it ended, or said nothing of the kind in time.
    func saysItRuns(within limit: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { [lines] in
                for await line in lines where line.hasSuffix(" running") { return true }
                return false
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }
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
