import Foundation
import Testing
import TestSupport

@testable import Relay

@Suite("Programs that the relay starts")
struct CommandChildProgramTests {
    /// A program that prepares itself, writes its process id into a file, and stays.
    private func start(
        _ preparation: String = ":", in directory: TemporaryDirectory
    ) async throws -> (ChildProgram, pid: Int32) {
        let file = "\(directory.path)/pid"
        let program = try ChildProgram(
            "/bin/sh",
            ["-c", "\(preparation); echo $$ > \"$0.new\"; mv \"$0.new\" \"$0\"; while :; do sleep 0.05; done", file])
        try await eventually("the program's process id") { FileManager.default.fileExists(atPath: file) }
        let text = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        return (program, try #require(Int32(text)))
    }

    private func isAlive(_ pid: Int32) -> Bool {
        // A process that has ended but that nobody has waited for yet is a zombie: state Z.
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let state = status.split(separator: ")").last?.split(separator: " ").first
        else { return false }
        return state != "Z"
    }

    @Test("stop ends it with SIGTERM and returns when it is gone")
    func stop() async throws {
        let directory = try TemporaryDirectory()
        let (program, pid) = try await start(
            "trap 'touch \"$0.told\"; exit 7' TERM", in: directory)
        #expect(isAlive(pid))
        await program.stop()
        #expect(!isAlive(pid))
        #expect(FileManager.default.fileExists(atPath: "\(directory.path)/pid.told"))
        var codes: [Int32] = []
        for await code in program.exits { codes.append(code) }
        #expect(codes == [7])
    }

    @Test("one that will not end is killed")
    func stubborn() async throws {
        let directory = try TemporaryDirectory()
        let (program, pid) = try await start("trap '' TERM", in: directory)
        await program.stop(within: .milliseconds(200))
        try await eventually("the end of the program") { !isAlive(pid) }
    }

    @Test("its own end is told, with its code")
    func ends() async throws {
        let program = try ChildProgram("/bin/sh", ["-c", "exit 3"])
        var codes: [Int32] = []
        for await code in program.exits { codes.append(code) }
        #expect(codes == [3])
        await program.stop()
    }

    @Test("one that is no program ends with the shell's code for that")
    func missing() async throws {
        let program = try ChildProgram("/nowhere/program", [])
        var codes: [Int32] = []
        for await code in program.exits { codes.append(code) }
        #expect(codes == [127])
    }

    @Test("letting go of it ends it")
    func released() async throws {
        let directory = try TemporaryDirectory()
        let pid = try await start(in: directory).pid
        try await eventually("the end of the program") { !isAlive(pid) }
    }

    @Test("a signal that the relay blocks or ignores still reaches it")
    func signals() async throws {
        let directory = try TemporaryDirectory()
        let (program, pid) = try await start(in: directory)
        // The shell itself blocks signals for a moment now and then; what it was born with would stay.
        for mask in ["SigBlk", "SigIgn"] {
            try await eventually("a \(mask) without SIGTERM") {
                let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
                let line = status.split(separator: "\n").first { $0.hasPrefix("\(mask):") }
                let bits = try #require(line?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) })
                return bits & (1 << UInt64(SIGTERM - 1)) == 0
            }
        }
        await program.stop()
    }

    @Test("it holds none of the relay's files open")
    func files() async throws {
        let pipe = Pipe()
        let directory = try TemporaryDirectory()
        let (program, pid) = try await start(in: directory)
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")
        let targets = open.map {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\($0)")) ?? ""
        }
        let own = try FileManager.default.destinationOfSymbolicLink(
            atPath: "/proc/self/fd/\(pipe.fileHandleForWriting.fileDescriptor)")
        #expect(!targets.contains(own))
        await program.stop()
    }

    @Test("a private broker listens on a port of its own, and two are apart")
    func brokers() async throws {
        let first = try await PrivateBroker.start()
        let second = try await PrivateBroker.start()
        #expect(first.url.port != second.url.port)
        for port in [first.url.port, second.url.port] { _ = try await TCPConnection(port: port) }
        await first.program.stop()
        await second.program.stop()
        for program in [first.program, second.program] {
            var codes: [Int32] = []
            for await code in program.exits { codes.append(code) }
            #expect(codes == [0])
        }
    }
}
