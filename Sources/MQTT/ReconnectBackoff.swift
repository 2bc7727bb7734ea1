package import NIOCore

/// How long to wait before the next attempt: "decorrelated jitter". Each wait is drawn evenly between the least one and
/// three times the last one, and never exceeds the longest. Thousands of clients that lost the same broker thus come
/// back spread out.
package struct ReconnectBackoff: Sendable {
    package struct Bounds: Sendable, Equatable {
        package var shortest: TimeAmount
        package var longest: TimeAmount
        /// A link that was up for this long has proved itself: the next wait starts from the shortest again.
        package var steadyAfter: TimeAmount

        /// Defaults: 0.25 s to 30 s, steady after 5 s.
        package init(
            shortest: TimeAmount = .milliseconds(250), longest: TimeAmount = .seconds(30),
            steadyAfter: TimeAmount = .seconds(5)
        ) {
            self.shortest = shortest
            self.longest = max(shortest, longest)
            self.steadyAfter = steadyAfter
        }
    }

    private let bounds: Bounds
    private var last: TimeAmount

    package init(_ bounds: Bounds) {
        self.bounds = bounds
        self.last = bounds.shortest
    }

    /// - Parameter fraction: evenly random, 0 ..< 1.
    package mutating func next(fraction: Double) -> TimeAmount {
        let shortest = Double(self.bounds.shortest.nanoseconds)
        let longest = Double(self.bounds.longest.nanoseconds)
        let upper = min(longest, max(shortest, Double(self.last.nanoseconds) * 3))
        self.last = .nanoseconds(Int64(shortest + (upper - shortest) * min(max(fraction, 0), 1)))
        return self.last
    }

    package mutating func linkWasUp(for duration: TimeAmount) {
        if duration >= self.bounds.steadyAfter { self.last = self.bounds.shortest }
    }
}
