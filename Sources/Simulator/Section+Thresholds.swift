package import Settings

/// Reading thresholds: `any` lifts one.
extension Section {
    package func readThreshold(_ key: String, into limit: inout Int?) {
        limit = self.says(key, "any") ? nil : self.integer(key, in: 0...Int.max) ?? limit
    }

    package func readThreshold(_ key: String, into limit: inout Duration?) {
        limit = self.says(key, "any") ? nil : self.duration(key, in: .anyTime) ?? limit
    }
}

extension ClosedRange<Duration> {
    /// Every time that makes sense for a run.
    package static var anyTime: ClosedRange<Duration> { .zero...(.seconds(1_000_000)) }
}
