/// Counts of latencies in buckets of at most 1.6 % width; recording one costs a few nanoseconds.
package struct LatencyHistogram: Sendable {
    private static let subBuckets = 64
    private var counts = [Int](repeating: 0, count: 64 * 40)
    /// How many were recorded.
    package private(set) var count = 0

    package init() {}

    mutating func record(_ latency: Nanoseconds) {
        counts[Self.bucket(of: latency)] += 1
        count += 1
    }

    /// The latency in milliseconds below which the given share of all lie; nil when nothing was recorded.
    package func milliseconds(atShare share: Double) -> Double? {
        guard count > 0 else { return nil }
        let rank = max(1, Int((Double(count) * share).rounded(.up)))
        var seen = 0
        for (index, number) in counts.enumerated() {
            seen += number
            if seen >= rank { return Double(Self.upperEdge(of: index)) / 1000 }
        }
        return nil
    }

    /// Buckets are of whole microseconds: one each below 64, then 64 for every doubling.
    private static func bucket(of latency: Nanoseconds) -> Int {
        let micros = max(0, latency / 1000)
        if micros < subBuckets { return Int(micros) }
        let exponent = 63 - micros.leadingZeroBitCount - 6
        let index = (exponent + 1) * subBuckets + Int(micros >> exponent) - subBuckets
        return min(index, 64 * 40 - 1)
    }

    private static func upperEdge(of index: Int) -> Int64 {
        if index < subBuckets { return Int64(index) }
        let exponent = index / subBuckets - 1
        return (Int64(index % subBuckets + subBuckets) + 1) << exponent
    }
}
