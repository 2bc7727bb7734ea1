package import NIOCore

/// How long to wait before each attempt to reconnect: doubled from one to the next up to a limit, then spread at
/// random, so that a thousand clients that lost one server do not come back at the same moment.
package struct Backoff: Hashable, Sendable {
    /// Before the first attempt. Default 1 s.
    package var initial: TimeAmount
    /// The longest, before the spread. Default 5 s.
    package var maximum: TimeAmount
    /// The spread: 0.5 means half to one and a half times the delay. 0…1, default 0.5.
    package var jitter: Double
    /// Attempts in a row that may fail; nil, the default, for no limit.
    package var attempts: Int?

    package init(
        initial: TimeAmount = .seconds(1), maximum: TimeAmount = .seconds(5), jitter: Double = 0.5, attempts: Int? = nil
    ) {
        self.initial = initial
        self.maximum = maximum
        self.jitter = jitter
        self.attempts = attempts
    }

    /// The delay before the attempt after `failures` failed ones; nil when there have been enough.
    func delay(afterFailures failures: Int, using generator: inout some RandomNumberGenerator) -> TimeAmount? {
        if let attempts, failures >= attempts { return nil }
        let doubled = Double(max(0, self.initial.nanoseconds)) * Double(UInt64(1) << UInt64(min(max(0, failures), 40)))
        let limited = min(doubled, Double(max(0, self.maximum.nanoseconds)))
        let spread = min(max(self.jitter, 0), 1)
        let factor = 1 + Double.random(in: -spread...spread, using: &generator)
        return .nanoseconds(Int64(min(limited * factor, 1e18)))
    }
}
