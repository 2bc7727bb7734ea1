import Simulator

extension Report {
    /// The report for people: a few lines, the verdict last.
    var description: String {
        var lines = self.deviceLines
        if let viewers = self.viewers { lines += Self.lines(of: viewers) }
        for stage in self.stages ?? [] { lines.append(self.line(of: stage)) }
        lines += self.thresholds.filter { !$0.passed }.map { "FAILED     \($0)" }
        lines += self.failures.map { "FAILED     \($0)" }
        lines.append(self.passed ? "passed" : "failed")
        return lines.joined(separator: "\n")
    }

    private var deviceLines: [String] {
        let devices = self.devices
        let injected = devices.injected == InjectedFaults() ? [] : [Self.line(of: devices.injected)]
        return [
            "devices    \(devices.connected) of \(devices.count) connected, "
                + "\(devices.connectFailures) connect failures, \(devices.reconnects) reconnects",
            "published  \(devices.published) messages, \(devices.rate.brief)/s, \(devices.bytes) bytes; seed \(self.seed)",
            "schedule   \(devices.overruns) overruns, \(devices.missed) missed while offline, \(devices.refused) refused, "
                + "\(devices.failed) failed; "
                + "late by \(devices.latenessMs)",
            "commands   \(devices.commands)",
        ] + injected
    }

    private static func line(of injected: InjectedFaults) -> String {
        return
            "injected   \(injected.dropped) dropped, \(injected.duplicated) duplicated, \(injected.reordered) reordered, "
            + "\(injected.delayed) delayed, \(injected.corrupted) corrupted, \(injected.oversized) oversized, "
            + "\(injected.silenced) silenced, \(injected.floods) floods"
    }

    private func line(of stage: StageFigures) -> String {
        let sent = "stage      \(stage.name): \(stage.published) published, \(stage.overruns) overruns"
        guard self.viewers != nil else { return sent }
        return sent + ", \(stage.received) received, \(stage.skipped) skipped; \(stage.latencyMs)"
    }

    private static func lines(of viewers: ViewerFigures) -> [String] {
        return [
            "viewers    \(viewers.connected) of \(viewers.count) connected, "
                + "\(viewers.connectFailures) connect failures, \(viewers.reconnects) reconnects",
            "received   \(viewers.received) messages, \(viewers.rate.brief)/s",
            "latency    \(viewers.latencyMs)",
            "staleness  \(viewers.stalenessMs); at the end max \(viewers.stalenessAtEndMs.max.brief)",
            "integrity  \(viewers.lost) lost in \(viewers.gaps) gaps, \(viewers.duplicated) duplicated, "
                + "\(viewers.outOfOrder) out of order, \(viewers.behind) without their last value",
            "conflation \((viewers.conflation * 100).brief) %: \(viewers.skipped) skipped by the relay's own account; "
                + "\(viewers.excused) excused by outages and faults",
            "           \(viewers.unseen) topics unseen; \(viewers.stale) stale, \(viewers.unexpected) unexpected, "
                + "\(viewers.malformed) malformed, \(viewers.foreign) of other devices",
        ]
    }
}
