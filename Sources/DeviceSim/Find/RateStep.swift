import Simulator

/// One try of ``FindCommand``: the same devices and viewers at some total rate.
struct RateStep {
    let settings: DeviceSimConfiguration
    let warmUp: Duration
    let measure: Duration
    private let limit: Duration

    init(_ settings: DeviceSimConfiguration, warmUp: Duration, measure: Duration, limit: Duration) {
        self.settings = settings
        self.warmUp = warmUp
        self.measure = measure
        self.limit = limit
    }

    /// Messages per second of all devices at a factor of 1.
    var usualRate: Double {
        return self.settings.fleet.reduce(0) {
            $0 + $1.devices.rate * Double($1.devices.count * $1.devices.profile.kinds.count)
        }
    }

    /// What the devices can send at most: a thousand messages a second each.
    var highestRate: Double {
        let fastest = self.settings.fleet.filter { $0.devices.count > 0 }.map(\.devices.rate).max() ?? 1
        return self.usualRate * 1000 / fastest
    }

    /// - Parameter rate: messages per second of all devices together.
    func run(at rate: Double, until stop: StopRequest) async throws -> Result {
        var settings = self.settings
        let factor = rate / self.usualRate
        let warmUp = max(self.warmUp, .milliseconds(1))
        settings.stages = [("warm-up", warmUp), ("measure", self.measure)].map { name, duration in
            var stage = DeviceSimConfiguration.Stage(name: name)
            stage.duration = duration
            stage.rate = factor
            return stage
        }
        settings.run.barrier = max(settings.run.barrier, .seconds(30))
        settings.thresholds.maxP99 = nil
        let report = try await Simulation(settings).run(until: stop)
        return self.judge(report, rate)
    }

    private func judge(_ report: Report, _ rate: Double) -> Result {
        let measured = report.stages?.last
        let seconds = self.measure / .seconds(1)
        let published = Double(measured?.published ?? 0) / seconds
        let received = Double(measured?.received ?? 0) / seconds
        let latency = measured?.latencyMs ?? Percentiles()
        var reasons = report.failures + report.thresholds.filter { !$0.passed }.map(\.description)
        if latency.p99 > self.limit.milliseconds { reasons.append("p99 over \(self.limit.milliseconds.brief) ms") }
        if received == 0 { reasons.append("nothing received") }
        // The measure must not be the simulator's own.
        if let measured, measured.overruns * 100 > measured.published { reasons.append("the simulator was late") }
        return Result(rate: rate, published: published, received: received, latencyMs: latency, reasons: reasons)
    }

    /// What came of a rate.
    struct Result: Encodable, Equatable, CustomStringConvertible {
        /// Messages per second of all devices: meant, sent, and received by all viewers.
        let rate: Double
        let published: Double
        let received: Double
        let latencyMs: Percentiles
        /// Why it did not pass; none if it did.
        let reasons: [String]

        var passed: Bool { self.reasons.isEmpty }

        var description: String {
            return "\(self.rate.brief)/s  published \(self.published.brief)/s, received \(self.received.brief)/s, "
                + "p50 \(self.latencyMs.p50.brief) ms, p99 \(self.latencyMs.p99.brief) ms  "
                + (self.passed ? "ok" : "no: \(self.reasons.joined(separator: "; "))")
        }
    }
}

/// What a search came to.
struct FindReport: RunReport {
    let program = "device-sim find"
    let version = DeviceSimCommand.version
    let seed: UInt64
    let devices: Int
    let viewers: Int
    let maxP99Ms: Double
    let warmUpMs: Double
    let measureMs: Double
    var steps: [RateStep.Result] = []
    /// The highest total rate that passed; absent if none did.
    var rate: Double?
    /// False for a search that was stopped before its end.
    var isComplete = false

    init(_ step: RateStep, limit: Duration) {
        self.seed = step.settings.run.seed
        self.devices = Roster(step.settings).count
        self.viewers = step.settings.viewers.count
        self.maxP99Ms = limit.milliseconds
        self.warmUpMs = step.warmUp.milliseconds
        self.measureMs = step.measure.milliseconds
    }

    var passed: Bool { self.rate != nil && self.isComplete }

    var description: String {
        let best = self.steps.last { $0.rate == self.rate }
        let answer =
            best.map {
                "highest total rate: \($0.rate.brief)/s published, \($0.received.brief)/s delivered, "
                    + "p99 \($0.latencyMs.p99.brief) ms"
            } ?? "no rate passed"
        return answer + (self.isComplete ? "" : " (stopped before the end)") + "\n"
            + "with \(self.devices) devices, \(self.viewers) viewers, p99 at most \(self.maxP99Ms.brief) ms, "
            + "each rate judged for \((self.measureMs / 1000).brief) s after \((self.warmUpMs / 1000).brief) s, "
            + "seed \(self.seed)"
    }
}
