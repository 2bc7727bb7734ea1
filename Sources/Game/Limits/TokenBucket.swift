package import NIOCore

/// So many a second on average, and so many at once: a token bucket that begins full.
///
/// What does not fit takes nothing out of it: a refusal leaves the bucket as it was.
package struct TokenBucket: Hashable, Sendable {
    package struct Rate: Hashable, Sendable {
        /// Tokens that come back in a second; above 0.
        package var perSecond: Double
        /// Tokens that a full bucket holds.
        package var burst: Double

        package init(perSecond: Double, burst: Double) {
            self.perSecond = perSecond
            self.burst = burst
        }
    }

    package let rate: Rate
    private var level: Double
    private var filledAt: NIODeadline?

    package init(_ rate: Rate) {
        self.rate = rate
        self.level = rate.burst
    }

    package func has(_ count: Double = 1, at now: NIODeadline) -> Bool {
        self.level(at: now) >= count
    }

    /// Takes `count` tokens out, or none when there are fewer.
    package mutating func take(_ count: Double = 1, at now: NIODeadline) -> Bool {
        let level = self.level(at: now)
        guard level >= count else { return false }
        self.level = level - count
        self.filledAt = now
        return true
    }

    /// Takes `count` tokens out, be they there or not: what is missing comes back first.
    package mutating func overdraw(_ count: Double, at now: NIODeadline) {
        self.level = self.level(at: now) - count
        self.filledAt = now
    }

    /// Milliseconds until `count` tokens are in the bucket; nil when it never holds as many.
    package func wait(for count: Double = 1, at now: NIODeadline) -> Int? {
        guard count <= self.rate.burst else { return nil }
        let missing = max(0, count - self.level(at: now))
        return Int(exactly: (missing / self.rate.perSecond * 1_000).rounded(.up))
    }

    private func level(at now: NIODeadline) -> Double {
        guard let filledAt, now > filledAt else { return self.level }
        let seconds = Double((now - filledAt).nanoseconds) / 1e9
        return min(self.rate.burst, self.level + seconds * self.rate.perSecond)
    }
}
