/// How a rate goes up and down over a run: a factor that is constant or changes in straight lines. After the last leg it
/// stays as it is.
///
/// Whoever sends at a rate asks the curve for the moment at which so much work is done, work being milliseconds at a
/// factor of 1. So what is due when follows from the curve alone, never from when something was really done.
package struct RateCurve: Equatable, Sendable {
    /// A stretch of time, in milliseconds of the run.
    package struct Leg: Equatable, Sendable {
        let length: Double
        let ramp: Double
        let factor: Double

        /// - Parameters:
        ///   - length: how long it takes in all.
        ///   - ramp: how much of that the change from the factor before takes, in a straight line.
        package init(length: Double, ramp: Double, factor: Double) {
            self.length = max(length, 0)
            self.ramp = min(max(ramp, 0), self.length)
            self.factor = max(factor, 0)
        }
    }

    private struct Piece: Equatable {
        let start: Double
        /// Work done before it.
        let work: Double
        let from: Double
        let to: Double
        /// Infinite for the last.
        let length: Double

        func work(after time: Double) -> Double {
            guard self.length.isFinite else { return self.from * time }
            return self.from * time + (self.to - self.from) * time * time / (2 * self.length)
        }

        /// The time after which so much work is done; nil if it never is.
        func time(for work: Double) -> Double? {
            guard work > 0 else { return 0 }
            let bend = self.length.isFinite ? (self.to - self.from) / (2 * self.length) : 0
            let root = self.from * self.from + 4 * bend * work
            let divisor = self.from + max(root, 0).squareRoot()
            return divisor > 0 ? 2 * work / divisor : nil
        }
    }

    private var pieces: [Piece] = []

    /// A factor of 1 throughout.
    package static let steady = RateCurve([], from: .zero)

    /// - Parameter start: when the first leg begins, and the factor is 0 before a ramp of it.
    package init(_ legs: [Leg], from start: Moment) {
        var (time, work, factor) = (Double(start.milliseconds), 0.0, 0.0)
        func append(_ length: Double, to next: Double) {
            let piece = Piece(start: time, work: work, from: factor, to: next, length: length)
            self.pieces.append(piece)
            time += length
            work += piece.work(after: length)
        }
        for leg in legs {
            if leg.ramp > 0 { append(leg.ramp, to: leg.factor) }
            factor = leg.factor
            if leg.length > leg.ramp { append(leg.length - leg.ramp, to: leg.factor) }
        }
        if legs.isEmpty { factor = 1 }
        self.pieces.append(Piece(start: time, work: work, from: factor, to: factor, length: .infinity))
    }

    /// The work done by then; none before the start.
    package func work(at time: Double) -> Double {
        let piece = self.pieces.last { $0.start <= time }
        return piece.map { $0.work + $0.work(after: time - $0.start) } ?? 0
    }

    /// The time at which so much work is done; nil if it never is.
    package func time(of work: Double) -> Double? {
        let piece = self.pieces.last { $0.work < work } ?? self.pieces.first
        return piece.flatMap { piece in piece.time(for: work - piece.work).map { piece.start + $0 } }
    }
}
