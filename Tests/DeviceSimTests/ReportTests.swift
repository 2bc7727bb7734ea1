import Foundation
import Simulator
import Testing

@testable import DeviceSim

@Suite struct ReportTests {
    private func report(_ thresholds: Thresholds = Thresholds(), lost: UInt64 = 0, failures: [String] = []) -> Report {
        var devices = DeviceFigures()
        (devices.count, devices.connected) = (2, 2)
        (devices.published, devices.rate) = (100, 20)
        var viewers = ViewerFigures()
        (viewers.count, viewers.connected, viewers.lost) = (1, 1, lost)
        viewers.latencyMs.p99 = 12
        return Report(
            seed: 9, started: 1_700_000_000_000, devices: devices, viewers: viewers, failures: failures,
            thresholds: thresholds)
    }

    @Test func theJSONHasAllMembers() throws {
        let object = try #require(
            JSONSerialization.jsonObject(with: self.report(lost: 3).json()) as? [String: Any])
        #expect(
            Set(object.keys)
                == ["program", "version", "seed", "started", "devices", "viewers", "thresholds", "failures", "passed"])
        #expect(object["program"] as? String == "device-sim")
        #expect(object["seed"] as? Int == 9)
        #expect(object["passed"] as? Bool == false)
        let devices = try #require(object["devices"] as? [String: Any])
        #expect(
            Set(devices.keys) == [
                "count", "connected", "published", "bytes", "rate", "overruns", "missed", "refused", "failed",
                "connectFailures",
                "reconnects", "commands", "latenessMs",
            ])
        let viewers = try #require(object["viewers"] as? [String: Any])
        #expect(
            Set(viewers.keys) == [
                "count", "connected", "connectFailures", "reconnects", "received", "rate", "latencyMs", "lost",
                "duplicated", "outOfOrder", "skipped", "unseen", "stale", "unexpected", "malformed",
            ])
        let latency = try #require(viewers["latencyMs"] as? [String: Any])
        #expect(Set(latency.keys) == ["p50", "p90", "p95", "p99", "p999", "max"])
        let verdicts = try #require(object["thresholds"] as? [[String: Any]])
        let lost = try #require(verdicts.first { $0["name"] as? String == "lost" })
        #expect(lost["value"] as? Double == 3)
        #expect(lost["most"] as? Double == 0)
        #expect(lost["passed"] as? Bool == false)
    }

    @Test func withoutViewersTheirPartIsAbsent() throws {
        let report = Report(
            seed: 1, started: 0, devices: DeviceFigures(), viewers: nil, failures: [], thresholds: Thresholds())
        let object = try #require(JSONSerialization.jsonObject(with: report.json()) as? [String: Any])
        #expect(object["viewers"] == nil)
        #expect(report.passed)
    }

    @Test func aLossFailsUnlessAllowed() {
        #expect(self.report().passed)
        #expect(!self.report(lost: 1).passed)
        #expect(self.report(Thresholds(maxLost: 1), lost: 1).passed)
        #expect(self.report(Thresholds(maxLost: nil), lost: 1).passed)
    }

    @Test func latencyAndRateHaveTheirThresholds() {
        #expect(self.report(Thresholds(maxP99: .milliseconds(12))).passed)
        #expect(!self.report(Thresholds(maxP99: .milliseconds(11))).passed)
        #expect(self.report(Thresholds(minRate: 20)).passed)
        #expect(!self.report(Thresholds(minRate: 20.1)).passed)
    }

    @Test func aFailureOrAMissingDeviceFailsWhateverTheThresholds() {
        #expect(!self.report(failures: ["the broker went away"]).passed)
        var devices = DeviceFigures()
        (devices.count, devices.connected) = (3, 2)
        let report = Report(
            seed: 1, started: 0, devices: devices, viewers: nil, failures: [], thresholds: Thresholds())
        #expect(!report.passed)
        #expect(report.description.contains("1 of 3 devices never connected"))
    }

    @Test func theTextNamesWhatFailed() {
        let text = self.report(lost: 2).description
        #expect(text.contains("lost is 2, allowed at most 0"))
        #expect(text.hasSuffix("failed"))
        #expect(self.report().description.hasSuffix("passed"))
    }
}
