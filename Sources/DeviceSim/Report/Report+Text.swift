import Simulator

extension Report {
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
