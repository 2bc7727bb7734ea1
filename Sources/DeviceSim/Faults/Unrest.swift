import Glibc
import Seeding
import Simulator

/// Which devices come and go when, by seed: the ``Churn`` of every stage and group, as things that fall due.
struct Unrest {
    enum Action: Equatable {
        /// The device says goodbye, or not, and is back after that time.
        case goAway(Int, Duration)
        case vanish(Int, Duration)
        case takeOver(Int)
        /// The same thing falls due again at that moment.
        case again(Moment)
    }

    private enum Kind {
        case clean, abrupt, takeover, storm
        /// One device.
        case flap(Int)
    }

    private struct Source {
        let kind: Kind
        let devices: Range<Int>
        let churn: Churn
        let stage: Int
        var random: SplitMix64
    }

    private let plan: StagePlan
    private var sources: [Source] = []

    init(_ roster: Roster, _ plan: StagePlan, seed: UInt64) {
        self.plan = plan
        for stage in plan.names.indices {
            for (index, group) in roster.groups.enumerated() where !group.members.isEmpty {
                let churn = plan.churn(of: index, in: stage)
                for kind in Self.kinds(of: churn, group.members) {
                    let random = SplitMix64(seed: seed ^ 0xC4D2, stream: UInt64(self.sources.count))
                    self.sources.append(
                        Source(kind: kind, devices: group.members, churn: churn, stage: stage, random: random))
                }
            }
        }
    }

    private static func kinds(of churn: Churn, _ devices: Range<Int>) -> [Kind] {
        var kinds: [Kind] = []
        if churn.clean > 0 { kinds.append(.clean) }
        if churn.abrupt > 0 { kinds.append(.abrupt) }
        if churn.takeover > 0 { kinds.append(.takeover) }
        if churn.storm > 0 { kinds.append(.storm) }
        return kinds + Self.share(churn.flapping, of: devices).map { .flap($0) }
    }

    /// A part of the devices, spread over all.
    private static func share(_ part: Double, of devices: Range<Int>) -> [Int] {
        return devices.filter { device in
            let place = Double(device - devices.lowerBound)
            return ((place + 1) * part).rounded(.down) > (place * part).rounded(.down)
        }
    }

    /// What falls due when, for the first time; to be asked when the run has begun.
    mutating func begin() -> [(number: Int, at: Moment)] {
        return self.sources.indices.compactMap { number in
            let start = self.plan.start(of: self.sources[number].stage)
            let first: Moment? =
                switch self.sources[number].kind {
                case .clean, .abrupt, .takeover: self.next(number, after: start)
                case .storm: start.advanced(by: Int64(self.sources[number].churn.stormAfter.milliseconds))
                case .flap: start.advanced(by: self.phase(number))
                }
            return first.map { (number, $0) }
        }
    }

    /// What is to be done now that this is due.
    mutating func actions(of number: Int, at moment: Moment) -> [Action] {
        guard self.sources.indices.contains(number), self.plan.stage(at: moment) == self.sources[number].stage else {
            return []
        }
        let source = self.sources[number]
        switch source.kind {
        case .clean: return self.once(number, moment) { .goAway($0, source.churn.away) }
        case .abrupt: return self.once(number, moment) { .vanish($0, source.churn.away) }
        case .takeover: return self.once(number, moment) { .takeOver($0) }
        case .storm: return Self.share(source.churn.storm, of: source.devices).map { .vanish($0, source.churn.away) }
        case .flap(let device):
            let period = Int64(source.churn.flapEvery.milliseconds)
            return [.vanish(device, source.churn.flapEvery / 2), .again(moment.advanced(by: period))]
        }
    }

    /// Some device, and then another at another time.
    private mutating func once(_ number: Int, _ moment: Moment, _ action: (Int) -> Action) -> [Action] {
        let device = self.sources[number].random.index(below: self.sources[number].devices.count)
        let next = self.next(number, after: moment).map { [Action.again($0)] } ?? []
        return [action(self.sources[number].devices.lowerBound + device)] + next
    }

    /// Exponential gaps, as from so many devices that each go so many times per minute.
    private mutating func next(_ number: Int, after moment: Moment) -> Moment? {
        let source = self.sources[number]
        let rate: Double =
            switch source.kind {
            case .clean: source.churn.clean
            case .abrupt: source.churn.abrupt
            case .takeover: source.churn.takeover
            case .storm, .flap: 0
            }
        let mean = 60_000 / (rate * Double(source.devices.count))
        let gap = -log(1 - self.sources[number].random.unit()) * mean
        return gap < 1e15 ? moment.advanced(by: max(1, Int64(gap))) : nil
    }

    private mutating func phase(_ number: Int) -> Int64 {
        let period = self.sources[number].churn.flapEvery.milliseconds
        return Int64(self.sources[number].random.uniform(0, period))
    }
}
