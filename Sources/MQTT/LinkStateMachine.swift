package import NIOCore

/// Decides when a session tries, waits, gives up and closes. It does nothing itself: each event answers what to do.
///
///     idle ──start──► connecting ──accepted──► up ──stop──► closing ──closed──► idle
///                       │     ▲                 │
///                     failed  time is up      failed
///                       ▼     │                 ▼
///                      waiting ◄────────────────┘
package struct LinkStateMachine: Sendable {
    package enum State: Sendable, Equatable {
        case idle
        /// Between two attempts.
        case waiting(until: NIODeadline)
        /// From the start of an attempt to the broker's CONNACK.
        case connecting(deadline: NIODeadline)
        case up(since: NIODeadline)
        /// Sending what is left.
        case closing(deadline: NIODeadline)
    }

    package enum TimeAction: Sendable, Equatable {
        case nothing
        case attempt
        /// The attempt took too long: it has failed.
        case giveUpAttempt
        /// What is left to send took too long: it is over.
        case finishClosing
    }

    package private(set) var state = State.idle
    private var backoff: ReconnectBackoff
    private let connectTimeout: TimeAmount

    package init(backoff: ReconnectBackoff, connectTimeout: TimeAmount) {
        self.backoff = backoff
        self.connectTimeout = connectTimeout
    }

    /// When ``timePassed(at:)`` wants to be called.
    package var deadline: NIODeadline? {
        switch self.state {
        case .idle, .up: nil
        case .waiting(let deadline), .connecting(let deadline), .closing(let deadline): deadline
        }
    }

    /// The session is wanted. True: make an attempt now.
    package mutating func start(at now: NIODeadline) -> Bool {
        guard case .idle = self.state else { return false }
        self.state = .connecting(deadline: now + self.connectTimeout)
        return true
    }

    /// The broker said yes. False: nobody is waiting for it any more.
    package mutating func accepted(at now: NIODeadline) -> Bool {
        guard case .connecting = self.state else { return false }
        self.state = .up(since: now)
        return true
    }

    /// The attempt failed, or the link was lost.
    /// - Parameter fraction: evenly random, 0 ..< 1.
    package mutating func failed(at now: NIODeadline, fraction: Double) {
        switch self.state {
        case .idle, .waiting: return
        case .closing: self.state = .idle
        case .up(let since):
            self.backoff.linkWasUp(for: now - since)
            self.state = .waiting(until: now + self.backoff.next(fraction: fraction))
        case .connecting:
            self.state = .waiting(until: now + self.backoff.next(fraction: fraction))
        }
    }

    /// The session is no longer wanted. True: send what is left, until the deadline. False: it is over at once.
    package mutating func stop(at now: NIODeadline, grace: TimeAmount) -> Bool {
        switch self.state {
        case .closing(let deadline):
            self.state = .closing(deadline: min(deadline, now + grace))
            return true
        case .up:
            self.state = .closing(deadline: now + grace)
            return true
        case .idle, .waiting, .connecting:
            self.state = .idle
            return false
        }
    }

    /// Nothing is left, or nothing matters any more.
    package mutating func closed() {
        self.state = .idle
    }

    /// To be called when ``deadline`` has come; earlier it answers `nothing`.
    package mutating func timePassed(at now: NIODeadline) -> TimeAction {
        guard let deadline = self.deadline, now >= deadline else { return .nothing }
        switch self.state {
        case .idle, .up: return .nothing
        case .waiting:
            self.state = .connecting(deadline: now + self.connectTimeout)
            return .attempt
        case .connecting: return .giveUpAttempt
        case .closing: return .finishClosing
        }
    }
}
