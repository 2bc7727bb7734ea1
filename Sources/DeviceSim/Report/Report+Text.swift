extension Report: CustomStringConvertible {
    /// The report for people: a few lines, the verdict last.
    var description: String {
        var lines = self.deviceLines
        if let viewers = self.viewers { lines += Self.lines(of: viewers) }
        lines += self.thresholds.filter { !$0.passed }.map { "FAILED     \($0)" }
        lines += self.failures.map { "FAILED     \($0)" }
        lines.append(self.passed ? "passed" : "failed")
        return lines.joined(separator: "\n")
    }

    private var deviceLines: [String] {
        let devices = self.devices
        return [
            "devices    \(devices.connected) of \(devices.count) connected, "
                + "\(devices.connectFailures) connect failures, \(devices.reconnects) reconnects",
            "published  \(devices.published) messages, \(devices.rate.brief)/s, \(devices.bytes) bytes; seed \(self.seed)",
            "schedule   \(devices.overruns) overruns, \(devices.missed) missed while offline, \(devices.refused) refused, "
                + "\(devices.failed) failed; "
                + "late by \(devices.latenessMs)",
            "commands   \(devices.commands)",
        ]
    }

    private static func lines(of viewers: ViewerFigures) -> [String] {
        return [
            "viewers    \(viewers.connected) of \(viewers.count) connected, "
                + "\(viewers.connectFailures) connect failures, \(viewers.reconnects) reconnects",
            "received   \(viewers.received) messages, \(viewers.rate.brief)/s",
            "latency    \(viewers.latencyMs)",
            "integrity  \(viewers.lost) lost, \(viewers.duplicated) duplicated, \(viewers.outOfOrder) out of order; "
                + "\(viewers.skipped) skipped by the relay's own account",
            "           \(viewers.unseen) topics unseen; \(viewers.stale) stale, \(viewers.unexpected) unexpected, "
                + "\(viewers.malformed) malformed",
        ]
    }
}

extension Percentiles: CustomStringConvertible {
    var description: String {
        return "p50 \(self.p50.brief) ms, p90 \(self.p90.brief), p99 \(self.p99.brief), "
            + "p99.9 \(self.p999.brief), max \(self.max.brief)"
    }
}

extension Verdict: CustomStringConvertible {
    var description: String {
        let limit = self.most.map { "at most \($0.brief)" } ?? self.least.map { "at least \($0.brief)" } ?? ""
        return "\(self.name) is \(self.value.brief), allowed \(limit)"
    }
}

extension Double {
    /// As many decimals as a reader wants: none for whole numbers and from 100 on, else two.
    var brief: String {
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
