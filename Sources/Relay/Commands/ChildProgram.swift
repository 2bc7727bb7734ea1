import CLinux
import Foundation
import Glibc
import NIOConcurrencyHelpers

/// A program that the relay started, and that does not outlive it however the relay ends.
///
/// A small shell stands between the two. It starts the program and reads from a socket whose other end only the relay
/// holds: when that end closes, because `stop()` closed it or because the relay is gone, even by SIGKILL, the shell sends
/// SIGTERM to the program. (The kernel's own parent-death signal is no substitute: it follows the thread that spawned, and
/// is lost when the program changes its user, as a broker started by root does.)
///
/// All of them are a process group of their own, so that control-C in a terminal reaches the relay alone.
final class ChildProgram: Sendable {
    /// What starting it can run into.
    struct StartFailure: Error, CustomStringConvertible {
        let program: String
        let reason: String
        var description: String { "\(program) cannot be started: \(reason)" }
    }

    /// The program's exit code (128 + signal when a signal ended it), once; then the stream ends.
    let exits: AsyncStream<Int32>

    private struct State {
        /// The relay's end of the socket; -1 once closed.
        var lifeline: Int32
        var hasEnded = false
        /// Those in `stop()`.
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let group: pid_t
    private let state: NIOLockedValueBox<State>

    /// Its output goes nowhere, its complaints to `standardError`, by default the relay's own.
    init(
        _ path: String, _ arguments: [String], standardError: Int32 = STDERR_FILENO
    ) throws(StartFailure) {
        // A socket pair rather than a pipe, since it can be made closed to other children from the start.
        var pair: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &pair) == 0, let reading = pair.first, let writing = pair.last else {
            throw StartFailure(program: path, reason: String(cString: strerror(errno)))
        }
        defer { close(reading) }
        let shell: pid_t
        do {
            shell = try Self.spawn(
                "/bin/sh", ["sh", "-c", Self.script, "sh", path] + arguments, standardInput: reading,
                standardError: standardError)
        } catch {
            close(writing)
            throw StartFailure(program: path, reason: error.reason)
        }
        self.group = shell
        self.state = NIOLockedValueBox(State(lifeline: writing))
        let (exits, ended) = AsyncStream.makeStream(of: Int32.self)
        self.exits = exits
        let state = self.state
        Thread.detachNewThread {
            let code = Self.waitForEnd(of: shell, state)
            ended.yield(code)
            ended.finish()
        }
    }

    deinit {
        Self.cutLifeline(state)
    }

    /// Asks it to end, and kills it when it has not after `limit`. Returns when it is gone.
    func stop(within limit: Duration = .seconds(10)) async {
        Self.cutLifeline(state)
        let impatience = Task {
            try await Task.sleep(for: limit)
            killGroup()
        }
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLockedValue { state in
                if !state.hasEnded { state.waiting.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
        impatience.cancel()
    }

    private func killGroup() {
        state.withLockedValue { state in
            if !state.hasEnded { _ = kill(-group, SIGKILL) }
        }
    }

    /// The program runs in the background with a watcher beside it; the shell waits for it and ends with its code.
    private static let script = """
        exec 3<&0 </dev/null
        "$@" 3<&- &
        program=$!
        { read -r nothing <&3; kill "$program"; } 2>/dev/null &
        exec 3<&-
        wait "$program"
        """

    private static func cutLifeline(_ state: NIOLockedValueBox<State>) {
        state.withLockedValue { state in
            if state.lifeline >= 0 { close(state.lifeline) }
            state.lifeline = -1
        }
    }

    /// Blocks the calling thread. The shell is reaped only while nobody can be about to signal its group.
    private static func waitForEnd(of shell: pid_t, _ state: NIOLockedValueBox<State>) -> Int32 {
        var information = siginfo_t()
        while waitid(P_PID, id_t(shell), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        let (status, waiting) = state.withLockedValue { state in
            var status: Int32 = 0
            while waitpid(shell, &status, 0) < 0, errno == EINTR {}
            state.hasEnded = true
            defer { state.waiting = [] }
            return (status, state.waiting)
        }
        cutLifeline(state)
        waiting.forEach { $0.resume() }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    private static func spawn(
        _ path: String, _ words: [String], standardInput: Int32, standardError: Int32
    ) throws(StartFailure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, standardInput, STDIN_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, standardError, STDERR_FILENO)
        // Files of the relay are not the program's: a pipe held open here would never end for whoever reads it.
        posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)

        // The relay's threads may block or ignore signals; what it starts must not inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { arguments.forEach { free($0) } }
        var child: pid_t = 0
        let error = posix_spawn(&child, path, &actions, &attributes, arguments, environ)
        guard error == 0 else { throw StartFailure(program: path, reason: String(cString: strerror(error))) }
        return child
    }
}
