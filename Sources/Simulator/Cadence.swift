import Glibc
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

/// How the times of messages stray from regular ones.
package enum Jitter: Equatable, Sendable {
    /// Evenly, by at most this part of a period to either side, 0 to 0.5.
    case uniform(Double)
    /// Exponential gaps: messages come at random, as from many independent sources (a Poisson process).
    case exponential

    package static let none = Jitter.uniform(0)
}

/// The times at which somebody means to send something regularly. They follow from where the cadence began, the rate and
/// its curve alone, never from when a message was really sent: a stall makes messages late, not fewer (an open loop).
package struct Cadence {
    private let curve: RateCurve
    private let period: Double
    private let jitter: Jitter
    /// In work of the curve: the regular time of the first message, or the time of the last one with exponential gaps.
    private var position: Double
    private var count: Double = 0
    private var random: SplitMix64

    /// - Parameters:
    ///   - rate: messages per second at a factor of 1, more than 0.
    ///   - random: decides the phase (where in its period it begins) and the jitter.
    package init(
        from start: Moment, rate: Double, jitter: Jitter, curve: RateCurve = .steady, random: SplitMix64
    ) {
        self.random = random
        self.curve = curve
        self.period = 1000 / rate
        self.jitter = jitter
        self.position = curve.work(at: Double(start.milliseconds))
        if case .uniform = jitter { self.position += self.random.uniform(0, self.period) }
    }

    /// - Parameter jitter: how far a message may stray from its regular time, in parts of a period, 0 to 0.5.
    package init(from start: Moment, rate: Double, jitter: Double, random: SplitMix64) {
        self.init(from: start, rate: rate, jitter: .uniform(jitter), random: random)
    }

    /// The next time, never before the last one; ``Moment/never`` when there is none, since the rate has gone to 0.
    package mutating func next() -> Moment {
        guard let time = self.curve.time(of: self.nextWork()), time < 1e15 else { return .never }
        return Moment(milliseconds: Int64(max(time, 0).rounded(.down)))
    }

    private mutating func nextWork() -> Double {
        switch self.jitter {
        case .uniform(let part):
            let part = min(max(part, 0), 0.5)
            let stray = part == 0 ? 0 : self.random.uniform(-part, part) * self.period
            self.count += 1
            return self.position + (self.count - 1) * self.period + stray
        case .exponential:
            self.position -= log(1 - self.random.unit()) * self.period
            return self.position
        }
    }
}
