package import NIOCore

/// When the ticks of a room fall: at `origin + k · period`, each computed from the origin, so that nothing that is late
/// makes the next one late, and no rounding adds up.
package struct TickClock: Hashable, Sendable {
    package let hz: Int
    private var origin: NIODeadline
    /// Ticks since the origin that have been played or passed over.
    private var passed: Int64 = 0

    /// - Parameter hz: 1…1,000.
    package init(hz: Int, origin: NIODeadline) {
        self.hz = max(1, hz)
        self.origin = origin
    }

    /// When the next tick falls.
    package var next: NIODeadline { self.deadline(self.passed &+ 1) }

    /// Lets the ticks up to and including `now` pass.
    /// - Parameter limit: of more ticks than this the rest is made up for by putting the clock back: after a stall a game
    ///   goes on from where it stood instead of racing through what was missed. Nil: all of them count.
    /// - Returns: how many have passed, and when the last of them fell.
    package mutating func pass(until now: NIODeadline, limit: Int? = nil) -> (count: Int, last: NIODeadline) {
        guard now >= self.next else { return (0, self.deadline(self.passed)) }
        let elapsed = (now - self.origin).nanoseconds
        let (seconds, rest) = elapsed.quotientAndRemainder(dividingBy: 1_000_000_000)
        var due = seconds &* Int64(self.hz) &+ rest &* Int64(self.hz) / 1_000_000_000 &- self.passed
        if self.deadline(self.passed &+ due &+ 1) <= now { due &+= 1 }
        if let limit, due > limit {
            let excess = self.deadline(self.passed &+ due) - self.deadline(self.passed &+ Int64(limit))
            self.origin = self.origin + excess
            due = Int64(limit)
        }
        self.passed &+= due
        return (Int(due), self.deadline(self.passed))
    }

    /// Lets the next tick fall one period from `now`.
    package mutating func restart(at now: NIODeadline) {
        self.origin = now
        self.passed = 0
    }

    private func deadline(_ count: Int64) -> NIODeadline {
        let (seconds, rest) = count.quotientAndRemainder(dividingBy: Int64(self.hz))
        return self.origin + .nanoseconds(seconds &* 1_000_000_000 &+ rest &* 1_000_000_000 / Int64(self.hz))
    }
}
