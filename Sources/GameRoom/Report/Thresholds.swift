import Simulator

/// How bad a run may be and still pass, violations apart, of which there may be none. Nil is no threshold.
struct Thresholds: Equatable, Sendable {
    /// From the time that a move was meant for to each member that sees it.
    var maxP99: Duration?
    var maxMax: Duration?
    /// How late 99 in 100 ticks arrive.
    var maxTickP99: Duration?
    /// Events received, in parts of those expected.
    var minReach: Double? = 1
    var maxUnexpectedRefusals: Int? = 0
    var maxOverruns: Int?
    var maxMissed: Int?
    var maxConnectFailures: Int?
    var maxFailedResumes: Int? = 0
    /// Moves a second, of all players together.
    var minRate: Double?

    /// One verdict per threshold that is set.
    func judge(_ figures: RunFigures) -> [Verdict] {
        let verdicts = [
            self.maxP99.map { Verdict(name: "p99Ms", value: figures.delivery.latencyMs.p99, most: $0.milliseconds) },
            self.maxMax.map { Verdict(name: "maxMs", value: figures.delivery.latencyMs.max, most: $0.milliseconds) },
            self.maxTickP99.map {
                Verdict(name: "tickP99Ms", value: figures.ticks.latenessMs.p99, most: $0.milliseconds)
            },
            self.minReach.map { Verdict(name: "reach", value: figures.delivery.reach, least: $0) },
            Verdict(
                "unexpectedRefusals", Double(figures.moves.unexpectedRefusals), atMost: self.maxUnexpectedRefusals),
            Verdict("overruns", Double(figures.moves.overruns), atMost: self.maxOverruns),
            Verdict("missed", Double(figures.moves.missed), atMost: self.maxMissed),
            Verdict("connectFailures", Double(figures.players.connectFailures), atMost: self.maxConnectFailures),
            Verdict("failedResumes", Double(figures.resumes.failed), atMost: self.maxFailedResumes),
            self.minRate.map { Verdict(name: "rate", value: figures.moves.rate, least: $0) },
        ]
        return verdicts.compactMap(\.self)
    }
}
