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
                "reconnects", "commands", "injected", "latenessMs",
            ])
        let viewers = try #require(object["viewers"] as? [String: Any])
        #expect(
            Set(viewers.keys) == [
                "count", "connected", "connectFailures", "reconnects", "received", "rate", "latencyMs", "stalenessMs",
                "stalenessAtEndMs",
                "lost", "gaps", "duplicated", "outOfOrder", "behind", "skipped", "conflation", "excused", "unseen",
                "stale", "unexpected", "malformed", "foreign",
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

    private var staged: Report {
        let stages = StageFigures.all(
            StagePlan(DeviceSimConfiguration()), [StageCounts(published: 7, overruns: 1, missed: 0)], nil)
        return Report(
            seed: 9, started: 0, devices: DeviceFigures(), viewers: nil, stages: stages, failures: [],
            thresholds: Thresholds())
    }

    @Test func theCSVHasALineForEachFigure() throws {
        let lines = try self.staged.figures().csv.split(separator: "\r\n")
        #expect(lines.first == "metric,item,value")
        #expect(lines.contains("devices.published,,0"))
        #expect(lines.contains("stages.published,run,7"))
        #expect(lines.contains("passed,,1"))
        #expect(lines.dropFirst().allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == 3 })
    }

    @Test func thePrometheusTextHasOneTypeForEachMetric() throws {
        let text = try self.staged.figures().prometheus
        #expect(text.contains("simulator_stages_published{stage=\"run\"} 7\n"))
        #expect(text.contains("simulator_devices_lateness_ms_p99 0\n"))
        let types = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE") }
        #expect(Set(types).count == types.count)
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            #expect(line.wholeMatch(of: /[a-z0-9_]+(\{[a-z]+="[^"]*"\})? -?[0-9.e+-]+/) != nil, "\(line)")
        }
    }
}

@Suite struct RateSearchTests {
    /// Everything up to `truth` passes.
    private func tries(start: Double, truth: Double, limit: Double = 1e9) -> (rates: [Double], answer: Double?) {
        var search = RateSearch(start: start, precision: 0.1, limit: limit)
        var rates: [Double] = []
        while let rate = search.next, rates.count < 100 {
            rates.append(rate)
            search.tried(rate, passed: rate <= truth)
        }
        return (rates, search.passed)
    }

    @Test func doublesThenBisects() {
        let (rates, answer) = self.tries(start: 100, truth: 1000)
        #expect(rates == [100, 200, 400, 800, 1600, 1200, 1000, 1100])
        #expect(answer == 1000)
    }

    @Test(arguments: [1.0, 3, 90, 777, 123_456]) func isAsExactAsAsked(truth: Double) throws {
        let answer = try #require(self.tries(start: 50, truth: truth).answer)
        #expect(answer <= truth && answer >= truth * 0.89)
    }

    @Test func givesUpFarBelowTheStartAndStopsAtTheLimit() {
        #expect(self.tries(start: 100, truth: 0.5).answer == nil)
        #expect(self.tries(start: 100, truth: 1e6, limit: 300).rates == [100, 200, 300])
        #expect(self.tries(start: 100, truth: 1e6, limit: 300).answer == 300)
    }
}
