import CLinux
import Foundation
import Glibc
import NIOConcurrencyHelpers

/// A child process that inherits nothing of this one but the descriptors it is given.
///
/// Not Foundation's `Process`: that one writes past its list of open files where there are more than some thousand, and
/// leaves a socket open in the child.
final class SpawnedProcess: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let program: String
        let code: Int32
        var description: String { "\(self.program) cannot be started: \(String(cString: strerror(self.code)))" }
    }

    let identifier: pid_t
    /// As `waitpid` has it; nil while the child runs.
    private let status = NIOLockedValueBox<Int32?>(nil)
    private let ended = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - environment: all of it.
    ///   - input: the descriptor to be its standard input, and so on; nil: nothing.
    init(
        _ program: String, _ arguments: [String],
        environment: [String: String] = ProcessInfo.processInfo.environment, directory: String? = nil,
        input: CInt? = nil, output: CInt? = nil, errors: CInt? = nil
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, descriptor) in [(0, input), (1, output), (2, errors)] as [(CInt, CInt?)] {
            if let descriptor {
                posix_spawn_file_actions_adddup2(&actions, descriptor, number)
            } else {
                posix_spawn_file_actions_addopen(&actions, number, "/dev/null", number == 0 ? O_RDONLY : O_WRONLY, 0)
            }
        }
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        if let directory { posix_spawn_file_actions_addchdir_np(&actions, directory) }
        // Threads of Dispatch block most signals, and children inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (words + variables).forEach { free($0) } }
        var identifier: pid_t = 0
        let code = posix_spawn(&identifier, program, &actions, &attributes, &words, &variables)
        guard code == 0 else { throw Failure(program: program, code: code) }
        self.identifier = identifier
        Thread.detachNewThread { [self] in self.waitForEnd() }
    }

    private func waitForEnd() {
        var status: CInt = 0
        while waitpid(self.identifier, &status, 0) < 0, errno == EINTR {}
        let final = status
        self.status.withLockedValue { $0 = final }
        self.ended.signal()
    }

    var isRunning: Bool { self.status.withLockedValue { $0 == nil } }

    /// Its exit code, 128 + signal when a signal ended it; nil while it runs.
    var exitCode: Int32? {
        self.status.withLockedValue(\.self).map { status in
            let signal = status & 0x7F
            return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
        }
    }

    /// Only while it runs: afterwards the number may be another process's.
    func signal(_ number: CInt) {
        self.status.withLockedValue { status in
            if status == nil { _ = kill(self.identifier, number) }
        }
    }

    /// Blocks the calling thread until the end, which must be near.
    @discardableResult
    func waitUntilExit() -> Int32 {
        self.ended.wait()
        self.ended.signal()
        return self.exitCode ?? -1
    }

    /// Runs a short program to its end; what it prints is lost.
    /// - Returns: its exit code.
    static func run(_ program: String, _ arguments: [String]) throws -> Int32 {
        try SpawnedProcess(program, arguments).waitUntilExit()
    }
}

/// The two ends of a pipe, which no child inherits by accident.
struct PipeEnds {
    struct Failure: Error { let code: CInt }

    let reading: Descriptor
    let writing: Descriptor

    init() throws {
        var ends: [CInt] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw Failure(code: errno) }
        self.reading = Descriptor(ends[0])
        self.writing = Descriptor(ends[1])
    }
}

/// A file descriptor, closed once: by `close()`, or with the last reference.
final class Descriptor: Sendable {
    let number: CInt
    private let isOpen = NIOLockedValueBox(true)

    init(_ number: CInt) {
        self.number = number
    }

    deinit { self.close() }

    func close() {
        self.isOpen.withLockedValue { isOpen in
            if isOpen { _ = Glibc.close(self.number) }
            isOpen = false
        }
    }

    /// What comes next, waiting for it; empty at the end. Blocks the calling thread.
    func read(atMost count: Int = 65_536) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        while true {
            let got = Glibc.read(self.number, &bytes, count)
            if got >= 0 { return Array(bytes.prefix(got)) }
            // A signal is not the end.
            guard errno == EINTR else { return [] }
        }
    }
}
