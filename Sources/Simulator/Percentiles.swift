package import Histogram

/// Percentiles of a time in milliseconds.
package struct Percentiles: Encodable, Equatable, Sendable {
    package var p50 = 0.0
    package var p90 = 0.0
    package var p95 = 0.0
    package var p99 = 0.0
    package var p999 = 0.0
    package var max = 0.0

    package init() {}

    /// - Parameter microseconds: the times in microseconds; none at all gives zeros.
    package init(_ microseconds: Histogram<UInt64>) {
        guard microseconds.totalCount > 0 else { return }
        self.p50 = Double(microseconds.valueAtPercentile(50)) / 1000
        self.p90 = Double(microseconds.valueAtPercentile(90)) / 1000
        self.p95 = Double(microseconds.valueAtPercentile(95)) / 1000
        self.p99 = Double(microseconds.valueAtPercentile(99)) / 1000
        self.p999 = Double(microseconds.valueAtPercentile(99.9)) / 1000
        self.max = Double(microseconds.maxRecorded) / 1000
    }
}

extension Percentiles: CustomStringConvertible {
    package var description: String {
        return "p50 \(self.p50.brief) ms, p90 \(self.p90.brief), p95 \(self.p95.brief), p99 \(self.p99.brief), "
            + "p99.9 \(self.p999.brief), max \(self.max.brief)"
    }
}

extension Histogram<UInt64> {
    /// For times in microseconds up to an hour, to three digits.
    package static var microseconds: Histogram<UInt64> {
        return Histogram(highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: .three)
    }

    /// Records a time; one before 0 counts as 0, one past the end as the longest.
    package mutating func recordClamped(_ value: Int64) {
        self.record(Swift.min(UInt64(clamping: value), self.highestTrackableValue))
    }
}

extension Double {
    /// As many decimals as a reader wants: none for whole numbers and from 100 on, else two.
    package var brief: String {
        let hundredths = (self * 100).rounded()
        if abs(self) >= 100 || hundredths.truncatingRemainder(dividingBy: 100) == 0 {
            return String(Int64(clampedTo: self.rounded()))
        }
        return String(hundredths / 100)
    }
}

extension Int64 {
    /// The nearest integer there is; 0 for what is no number.
    fileprivate init(clampedTo value: Double) {
        self = Int64(exactly: value) ?? (value.isNaN ? 0 : value < 0 ? .min : .max)
    }
}

extension Duration {
    /// In milliseconds, with fractions.
    package var milliseconds: Double {
        return self / .milliseconds(1)
    }
}
