/// How bad a run may be and still pass. Those of the viewers count only when there are viewers; nil is no threshold.
struct Thresholds: Equatable, Sendable {
    var maxLost: Int? = 0
    var maxDuplicated: Int? = 0
    var maxOutOfOrder: Int? = 0
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
                self.maxP99.map { Verdict(name: "p99Ms", value: viewers.latencyMs.p99, most: $0.milliseconds) },
                self.maxMax.map { Verdict(name: "maxMs", value: viewers.latencyMs.max, most: $0.milliseconds) },
            ]
        }
        return verdicts.compactMap(\.self)
    }
}

/// A threshold and what came of it: `value` must be at most `most`, or at least `least`.
struct Verdict: Encodable, Equatable {
    let name: String
    let value: Double
    var most: Double?
    var least: Double?
    let passed: Bool

    init(name: String, value: Double, most: Double? = nil, least: Double? = nil) {
        self.name = name
        self.value = value
        self.most = most
        self.least = least
        self.passed = value <= most ?? .infinity && value >= least ?? -.infinity
    }

    fileprivate init?(_ name: String, _ value: Double, atMost most: Int?) {
        guard let most else { return nil }
        self.init(name: name, value: value, most: Double(most))
    }
}

extension Duration {
    /// In milliseconds, with fractions.
    var milliseconds: Double {
        return self / .milliseconds(1)
    }
}
