import Simulator

/// How bad a run may be and still pass. Those of the viewers count only when there are viewers; nil is no threshold.
struct Thresholds: Equatable, Sendable {
    var maxLost: Int? = 0
    var maxDuplicated: Int? = 0
    var maxOutOfOrder: Int? = 0
    /// Topics, times viewers, whose last value did not come.
    var maxBehind: Int? = 0
    var maxGaps: Int?
    /// The 99th percentile of the age of values at samples.
    var maxStaleness: Duration?
    /// End-to-end latency.
    var maxP99: Duration?
    var maxMax: Duration?
    var maxOverruns: Int?
    var maxMissed: Int?
    var maxConnectFailures: Int?
    var maxReconnects: Int?
    /// Messages published per second by all devices together.
    var minRate: Double?

    /// One verdict per threshold that is set.
    func judge(_ devices: DeviceFigures, _ viewers: ViewerFigures?) -> [Verdict] {
        var verdicts = [
            Verdict("overruns", Double(devices.overruns), atMost: self.maxOverruns),
            Verdict("missed", Double(devices.missed), atMost: self.maxMissed),
            Verdict("connectFailures", Double(devices.connectFailures), atMost: self.maxConnectFailures),
            Verdict("reconnects", Double(devices.reconnects), atMost: self.maxReconnects),
            self.minRate.map { Verdict(name: "rate", value: devices.rate, least: $0) },
        ]
        if let viewers {
            verdicts += [
                Verdict("lost", Double(viewers.lost), atMost: self.maxLost),
                Verdict("duplicated", Double(viewers.duplicated), atMost: self.maxDuplicated),
                Verdict("outOfOrder", Double(viewers.outOfOrder), atMost: self.maxOutOfOrder),
                Verdict("behind", Double(viewers.behind), atMost: self.maxBehind),
                Verdict("gaps", Double(viewers.gaps), atMost: self.maxGaps),
                self.maxStaleness.map {
                    Verdict(name: "stalenessP99Ms", value: viewers.stalenessMs.p99, most: $0.milliseconds)
                },
                self.maxP99.map { Verdict(name: "p99Ms", value: viewers.latencyMs.p99, most: $0.milliseconds) },
                self.maxMax.map { Verdict(name: "maxMs", value: viewers.latencyMs.max, most: $0.milliseconds) },
            ]
        }
        return verdicts.compactMap(\.self)
    }
}
