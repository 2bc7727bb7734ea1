import Simulator
import Synchronization

/// What the stages of a run mean for each group, and when each stage is. Read by devices and viewers alike.
final class StagePlan: Sendable {
    /// The stages' names; one for a run without.
    let names: [String]
    /// When each stage ends, milliseconds after the first message may be sent; the last of a run without limit never.
    private let ends: [Int64]
    private let legs: [[RateCurve.Leg]]
    /// By group and stage.
    private let faults: [[Faults]]
    private let churn: [[Churn]]
    /// When the first stage began, in milliseconds of the run; before then, that it has not.
    private let beginning = Atomic(Int64.max)
    /// The same, Unix milliseconds.
    private let unixBeginning = Atomic(Int64.max)

    init(_ settings: DeviceSimConfiguration) {
        let fleet = settings.fleet
        guard !settings.stages.isEmpty else {
            self.names = ["run"]
            self.ends = [settings.run.duration.map { Int64($0.milliseconds) } ?? .max]
            self.legs = fleet.map { _ in [] }
            self.faults = fleet.map { _ in [settings.faults] }
            self.churn = fleet.map { _ in [settings.churn] }
            return
        }
        let stages = settings.stages
        self.names = stages.map(\.name)
        var end = Duration.zero
        self.ends = stages.map { stage in
            end += stage.duration
            return Int64(end.milliseconds)
        }
        self.legs = fleet.map { group in
            stages.map { stage in
                let concerned = stage.concerns(group.name)
                return RateCurve.Leg(
                    length: stage.duration.milliseconds, ramp: concerned ? stage.ramp.milliseconds : 0,
                    factor: concerned ? stage.rate : 1)
            }
        }
        self.faults = fleet.map { group in
            stages.map { ($0.concerns(group.name) ? $0.faults : nil) ?? settings.faults }
        }
        self.churn = fleet.map { group in
            stages.map { ($0.concerns(group.name) ? $0.churn : nil) ?? settings.churn }
        }
    }

    /// The first stage begins. Once.
    /// - Parameter timestamp: the moment in Unix milliseconds.
    func begin(at moment: Moment, timestamp: Int64) {
        self.unixBeginning.store(timestamp, ordering: .relaxed)
        self.beginning.store(moment.milliseconds, ordering: .relaxed)
    }

    var hasBegun: Bool {
        return self.beginning.load(ordering: .relaxed) != .max
    }

    /// No message is meant for this moment or later.
    var end: Moment {
        return self.moment(of: self.ends.last ?? .max)
    }

    /// The stage of a moment; the first before the run and the last after it.
    func stage(at moment: Moment) -> Int {
        return self.stage(moment.milliseconds, since: self.beginning.load(ordering: .relaxed))
    }

    /// The same for a time in Unix milliseconds.
    func stage(at timestamp: Int64) -> Int {
        return self.stage(timestamp, since: self.unixBeginning.load(ordering: .relaxed))
    }

    private func stage(_ time: Int64, since beginning: Int64) -> Int {
        guard self.ends.count > 1, beginning != .max else { return 0 }
        let passed = time &- beginning
        return self.ends.firstIndex { passed < $0 } ?? self.ends.count - 1
    }

    /// When a stage begins.
    func start(of stage: Int) -> Moment {
        return self.moment(of: stage == 0 ? 0 : self.ends[stage - 1])
    }

    /// How the rate of a group goes; to be asked when the run has begun.
    func curve(of group: Int) -> RateCurve {
        return self.legs[group].isEmpty ? .steady : RateCurve(self.legs[group], from: self.moment(of: 0))
    }

    func faults(of group: Int, in stage: Int) -> Faults {
        return self.faults[group][stage]
    }

    func churn(of group: Int, in stage: Int) -> Churn {
        return self.churn[group][stage]
    }

    /// Whether any message goes wrong on purpose, at any time.
    var hasFaults: Bool {
        return self.faults.contains { $0.contains { !$0.isNone } }
    }

    private func moment(of milliseconds: Int64) -> Moment {
        let (sum, overflow) = self.beginning.load(ordering: .relaxed).addingReportingOverflow(milliseconds)
        return overflow ? .never : Moment(milliseconds: sum)
    }
}
