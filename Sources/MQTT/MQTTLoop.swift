import CMosquitto
import Glibc
package import NIOCore
import NIOConcurrencyHelpers
import Synchronization

/// One thread that drives any number of MQTT sessions.
///
/// It is a serial executor: an actor that names it as its own runs on this thread, and so may call the loop's sessions
/// and timers directly, and is called back by them directly:
///
///     actor Fleet {
///         nonisolated let loop: MQTTLoop
///         nonisolated var unownedExecutor: UnownedSerialExecutor { self.loop.asUnownedSerialExecutor() }
///
///         func launch(_ configuration: MQTTConfiguration) {
///             let session = MQTTSession(configuration, on: self.loop)
///             session.onLink = { event in self.linkChanged(event) }           // no hop: this is the actor's thread
///             session.connect()
///             self.loop.schedule(at: .now() + .seconds(1)) { self.report() }
///         }
///     }
///
/// It runs from its creation until ``stop(within:)``, which must be called: the thread keeps the loop alive. Actors that
/// outlive it still run, one job at a time, on short-lived threads.
package final class MQTTLoop: SerialExecutor {
    enum Work {
        case job(UnownedJob)
        case call(@Sendable () -> Void)
    }

    private enum Life {
        /// The loop's own thread serves the inbox.
        case running
        /// It has ended. `draining` while a short-lived thread serves the inbox in its stead.
        case stopped(draining: Bool)
    }

    private struct Inbox {
        var work: [Work] = []
        var life = Life.running
        var stopping = false
        var awaitingStop: [CheckedContinuation<Void, Never>] = []
    }

    private let inbox = NIOLockedValueBox(Inbox())
    private let reactor: LoopConfined<Reactor>
    private let waker: Waker
    /// `pthread_self` of the thread that serves the inbox; 0 while there is none.
    private let servingThread = Atomic<UInt>(0)
    private let thread: NIOLockedValueBox<pthread_t?> = NIOLockedValueBox(nil)

    /// - Parameter name: of the thread, at most 15 bytes are kept.
    /// - Throws: when the process has no file descriptors left for it.
    package init(name: String = "mqtt") throws {
        let waker = try Waker()
        let reactor = try Reactor(waker: waker)
        self.waker = waker
        self.reactor = LoopConfined(reactor)
        let thread = try Self.spawn(named: name, joinable: true) { self.run() }
        self.thread.withLockedValue { $0 = thread }
    }

    // MARK: From any thread

    /// Whether the caller is on the loop's thread.
    package var isCurrent: Bool { self.servingThread.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Runs the closure on the loop's thread, after all that was passed here or enqueued before.
    package func execute(_ body: @escaping @Sendable () -> Void) {
        self.post(.call(body))
    }

    /// Disconnects every session, waiting no longer than this for what they still have to send, and ends the thread.
    /// Timers that are not due by then never fire.
    @concurrent package func stop(within grace: TimeAmount = .seconds(2)) async {
        await withCheckedContinuation { continuation in
            let (first, stopped) = self.inbox.withLockedValue { inbox in
                if case .stopped = inbox.life { return (false, true) }
                inbox.awaitingStop.append(continuation)
                defer { inbox.stopping = true }
                return (!inbox.stopping, false)
            }
            if stopped { continuation.resume() }
            if first { self.execute { self.onLoop { $0.beginStopping(by: .now() + grace) } } }
        }
        let thread = self.thread.withLockedValue { thread in
            defer { thread = nil }
            return thread
        }
        if let thread { pthread_join(thread, nil) }
    }

    // MARK: On the loop

    /// Runs the closure when the time has come, unless it is cancelled before. On the loop only.
    @discardableResult
    package func schedule(at deadline: NIODeadline, _ body: @escaping () -> Void) -> LoopTimer {
        self.onLoop { $0.timers.add(at: deadline, body) }
    }

    /// On the loop only. Without effect on a timer that has fired.
    package func cancel(_ timer: LoopTimer) {
        self.onLoop { $0.timers.cancel(timer) }
    }

    /// How often the thread has looked for work: for metrics, and to see that nothing makes it spin. On the loop only.
    package var turns: Int { self.onLoop { $0.turns } }

    /// Traps off the loop's thread.
    func onLoop<Result>(_ body: (Reactor) -> Result) -> Result {
        self.preconditionOnLoop()
        return body(self.reactor.value)
    }

    package func preconditionOnLoop() {
        precondition(self.isCurrent, "call this on the MQTT loop's thread")
    }
}

// MARK: - Executor

extension MQTTLoop {
    package func enqueue(_ job: consuming ExecutorJob) {
        self.post(.job(UnownedJob(job)))
    }

    package func checkIsolated() { self.preconditionOnLoop() }

    package func isIsolatingCurrentContext() -> Bool? { self.isCurrent }
}

// MARK: - Thread

extension MQTTLoop {
    private func post(_ work: Work) {
        enum Next { case wake, spawn, nothing }
        let next = self.inbox.withLockedValue { inbox -> Next in
            inbox.work.append(work)
            switch inbox.life {
            case .running: return inbox.work.count == 1 ? .wake : .nothing
            case .stopped(draining: true): return .nothing
            case .stopped(draining: false):
                inbox.life = .stopped(draining: true)
                return .spawn
            }
        }
        switch next {
        case .wake: self.waker.wake()
        case .spawn: self.spawnDrain()
        case .nothing: break
        }
    }

    /// The life of the loop's own thread.
    private func run() {
        self.servingThread.store(UInt(pthread_self()), ordering: .relaxed)
        var finished = false
        while !finished {
            let work = self.takeWork()
            for item in work { self.perform(item) }
            finished = self.reactor.value.turn(waiting: work.isEmpty)
        }
        self.reactor.value.close()
        self.servingThread.store(0, ordering: .relaxed)
        let (waiting, left) = self.inbox.withLockedValue { inbox in
            let left = !inbox.work.isEmpty
            inbox.life = .stopped(draining: left)
            defer { inbox.awaitingStop = [] }
            return (inbox.awaitingStop, left)
        }
        if left { self.spawnDrain() }
        for continuation in waiting { continuation.resume() }
    }

    private func spawnDrain() {
        do {
            _ = try Self.spawn(named: "mqtt-late", joinable: false) { self.drain() }
        } catch {
            // Without a thread, on this one: jobs stay one at a time, which is what their actor relies on.
            self.drain()
        }
    }

    /// Serves the inbox after the end of the loop's own thread, until it is empty.
    private func drain() {
        while true {
            self.servingThread.store(UInt(pthread_self()), ordering: .relaxed)
            let work = self.takeWork()
            for item in work { self.perform(item) }
            self.servingThread.store(0, ordering: .relaxed)
            let isDone = self.inbox.withLockedValue { inbox in
                if inbox.work.isEmpty { inbox.life = .stopped(draining: false) }
                return inbox.work.isEmpty
            }
            if isDone { return }
        }
    }

    private func takeWork() -> [Work] {
        self.inbox.withLockedValue { inbox in
            defer { inbox.work = [] }
            return inbox.work
        }
    }

    private func perform(_ work: Work) {
        switch work {
        case .job(let job): job.runSynchronously(on: self.asUnownedSerialExecutor())
        case .call(let body): body()
        }
    }

    private static func spawn(
        named name: String, joinable: Bool, _ body: @escaping @Sendable () -> Void
    ) throws -> pthread_t {
        final class Body: Sendable {
            let name: String
            let run: @Sendable () -> Void
            init(name: String, run: @escaping @Sendable () -> Void) {
                self.name = name
                self.run = run
            }
        }
        let context = Unmanaged.passRetained(Body(name: String(name.prefix(15)), run: body))
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
                pthread_setname_np(pthread_self(), body.name)
                body.run()
                return nil
            }, context.toOpaque())
        guard failure == 0 else {
            context.release()
            throw IOError(errnoCode: failure, reason: "pthread_create")
        }
        if !joinable { pthread_detach(thread) }
        return thread
    }
}
