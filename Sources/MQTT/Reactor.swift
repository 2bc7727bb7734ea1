import NIOCore

/// The inside of ``MQTTLoop``: what only its thread touches.
final class Reactor {
    private let poller: Poller
    private let waker: Waker
    var timers = TimerQueue()
    private(set) var turns = 0

    /// Sessions whose connection is under watch, by the number of the watch.
    private var watched: [UInt64: MQTTSession] = [:]
    private var lastNumber = Poller.wakerNumber
    /// Sessions that somebody wants connected or that are still closing: kept alive, and told when the loop stops.
    private var wanted: [ObjectIdentifier: MQTTSession] = [:]
    /// Watches with more to read than one turn allows.
    private var unread: [UInt64] = []
    /// Watches that are gone and were reported in the last turn all the same.
    private var strays: Set<UInt64> = []
    /// What to call at the end of the turn.
    private var deferred: [() -> Void] = []
    private var nextTick = NIODeadline.now()
    private(set) var isStopping = false

    init(waker: Waker) throws {
        self.waker = waker
        self.poller = try Poller(waker: waker)
    }

    /// Waits for something to do, and does it.
    /// - Parameter waiting: false: only look.
    /// - Returns: true when the loop is to end.
    func turn(waiting: Bool) -> Bool {
        self.turns += 1
        var strays: Set<UInt64> = []
        self.poller.wait(timeout: waiting ? self.timeout() : 0) { number, readiness in
            if number == Poller.wakerNumber {
                self.waker.clear()
            } else if let session = self.watched[number] {
                session.isReady(readiness)
            } else {
                strays.insert(number)
            }
        }
        self.shakeOff(strays)
        self.readOn()
        self.fireTimers()
        self.tick()
        self.runDeferred()
        return self.isStopping && self.wanted.isEmpty
    }

    /// Runs the closure at the end of this turn.
    func later(_ body: @escaping () -> Void) {
        self.deferred.append(body)
    }

    func beginStopping(by deadline: NIODeadline) {
        self.isStopping = true
        for session in self.wanted.values {
            session.disconnect(within: max(.zero, deadline - .now()))
        }
    }

    /// The loop has ended: forget everything.
    func close() {
        self.timers = TimerQueue()
        self.runDeferred()
        self.watched = [:]
        self.unread = []
    }
}

// MARK: - Sessions

extension Reactor {
    func keep(_ session: MQTTSession) {
        self.wanted[ObjectIdentifier(session)] = session
    }

    func release(_ session: MQTTSession) {
        self.wanted[ObjectIdentifier(session)] = nil
    }

    /// - Returns: the number of the watch, or nil when the kernel would not have it.
    func watch(_ socket: CInt, interest: Readiness, for session: MQTTSession) -> UInt64? {
        self.lastNumber += 1
        guard self.poller.add(socket, number: self.lastNumber, interest: interest) else { return nil }
        self.watched[self.lastNumber] = session
        return self.lastNumber
    }

    func change(_ number: UInt64, interest: Readiness) {
        self.poller.change(number, to: interest)
    }

    /// - Parameter isOpen: false when the socket is closed already, and its number perhaps somebody else's.
    func unwatch(_ number: UInt64, isOpen: Bool) {
        self.watched[number] = nil
        self.poller.remove(number, isOpen: isOpen)
    }

    /// Events of what is no longer watched may come once, when a session ended in the same turn. If they come again,
    /// somebody else holds the socket open, and they would not end.
    private func shakeOff(_ strays: Set<UInt64>) {
        let areBack = !strays.isDisjoint(with: self.strays)
        self.strays = areBack ? [] : strays
        if areBack { self.poller.renew() }
    }

    /// There was more to read than one turn allows: go on in the next.
    func readAgain(_ number: UInt64) {
        self.unread.append(number)
    }
}

// MARK: - Turn

extension Reactor {
    /// Milliseconds, rounded up so that a timer is due when it is woken for; -1 for ever.
    private func timeout() -> CInt {
        if !self.unread.isEmpty || !self.deferred.isEmpty { return 0 }
        var next = self.timers.nextDeadline
        if !self.watched.isEmpty { next = min(next ?? self.nextTick, self.nextTick) }
        guard let next else { return -1 }
        let nanoseconds = max(0, (next - .now()).nanoseconds)
        return CInt(clamping: (nanoseconds + 999_999) / 1_000_000)
    }

    private func readOn() {
        let unread = self.unread
        self.unread = []
        for number in unread { self.watched[number]?.isReady(.read) }
    }

    private func fireTimers() {
        if self.timers.isEmpty { return }
        let now = NIODeadline.now()
        // No more than there are now: timers that add timers for the past must not keep the loop from its sockets.
        for _ in 0..<self.timers.count {
            guard let body = self.timers.popDue(by: now) else { return }
            body()
        }
    }

    /// Keep-alives count in seconds.
    private func tick() {
        if self.watched.isEmpty { return }
        let now = NIODeadline.now()
        guard now >= self.nextTick else { return }
        self.nextTick = now + .seconds(1)
        for session in Array(self.watched.values) { session.tick() }
    }

    private func runDeferred() {
        let deferred = self.deferred
        self.deferred = []
        for body in deferred { body() }
    }
}
