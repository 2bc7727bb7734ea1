package import Seeding

/// A moment of the run: whole milliseconds since it began. Schedules live on this grid, so that a time in
/// milliseconds that a message carries is exactly the moment it was meant for.
package struct Moment: Comparable, Hashable, Sendable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static let zero = Moment(milliseconds: 0)
    /// Later than any run.
    package static let never = Moment(milliseconds: .max)

    package static func < (left: Moment, right: Moment) -> Bool {
        return left.milliseconds < right.milliseconds
    }

    package func advanced(by milliseconds: Int64) -> Moment {
        return Moment(milliseconds: self.milliseconds + milliseconds)
    }
}

/// The times at which somebody means to send something regularly. They follow from where the cadence began and the
/// rate alone, never from when a message was really sent: a stall makes messages late, not fewer (an open loop).
package struct Cadence {
    private let start: Double
    private let period: Double
    private let jitter: Double
    private var count: Double = 0
    private var random: SplitMix64

    /// - Parameters:
    ///   - rate: messages per second, more than 0.
    ///   - jitter: how far a message may stray from its regular time, in parts of a period, 0 to 0.5.
    ///   - random: decides the phase (where in its period it begins) and the jitter.
    package init(from start: Moment, rate: Double, jitter: Double, random: SplitMix64) {
        self.random = random
        self.period = 1000 / rate
        self.jitter = min(max(jitter, 0), 0.5)
        self.start = Double(start.milliseconds) + self.random.uniform(0, self.period)
    }

    /// The next time; never before the last one.
    package mutating func next() -> Moment {
        let stray = self.jitter == 0 ? 0 : self.random.uniform(-self.jitter, self.jitter) * self.period
        let time = max(self.start + self.count * self.period + stray, 0)
        self.count += 1
        return Moment(milliseconds: Int64(time.rounded(.down)))
    }
}
