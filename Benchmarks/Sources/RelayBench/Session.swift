internal import Foundation
internal import LoadGenerator

/// A server with its crowd, from the first connection to the last.
final class Session {
    let server: Server
    let crowd: Crowd
    private let workload: Workload
    private let pace: Pace
    /// How many values the server is to merge into each that it delivers; nil: every message sent is to arrive.
    private let merged: Double?

    /// Starts the server and connects every viewer of the workload.
    init(
        _ kind: ServerKind, floor: FloorPlan?, workload: Workload, pace: Pace, programs: ServerPrograms, directory: URL
    ) throws {
        self.workload = workload
        self.pace = pace
        merged = kind == .merging ? workload.merged ?? 1 : nil
        server = try Server(kind, floor: floor, programs: programs, directory: directory)
        crowd = try Crowd(masksFrames: kind != .floor, vigil: pace.vigil)
        let viewers = kind == .floor ? workload.viewers.map { _ in Introduction() } : workload.viewers
        try crowd.connect(viewers, port: server.port, within: pace.connecting)
    }

    func stop() { server.stop() }

    /// Runs until the first message has come all the way, so that no window begins before the server is at work.
    func waitForFirstDelivery(perSecond: Double) throws {
        let deadline = Clock.now() + 15_000_000_000
        try crowd.begin(load(perSecond: perSecond), window: 0..<0)
        while crowd.tally.deliveries == 0 {
            guard Clock.now() < deadline else { throw BenchError("nothing arrived in 15 s") }
            crowd.run(until: Clock.now() + 20_000_000)
        }
        crowd.stopSending()
        crowd.run(until: Clock.now() + 200_000_000)
    }

    /// Warms up, measures over a window, waits for stragglers.
    func measure(perSecond: Double, warmUp: Nanoseconds, window: Nanoseconds) throws -> Measurement {
        let start = Clock.now() + warmUp
        let end = start + window
        try crowd.begin(load(perSecond: perSecond), window: start..<end)
        crowd.run(until: start)
        let (before, earlier) = (reading(), crowd.tally.deliveries)
        crowd.run(until: end)
        let (after, later) = (reading(), crowd.tally.deliveries)
        crowd.stopSending()
        waitForStragglers()
        return summary(from: before, to: after, deliveries: later - earlier)
    }

    private func load(perSecond: Double) -> Load {
        // The floor sends by itself, unless it answers what the crowd sends.
        if server.broker == nil, case .publish = workload.load(0, perSecond) { return .idle }
        return workload.load(server.broker?.port ?? 0, perSecond)
    }

    private func reading() -> CPUReading {
        CPUReading(server: server.identifier, broker: server.broker?.identifier)
    }

    private var expected: Int { merged != nil ? 0 : crowd.tally.sentInWindow * workload.deliveriesPerMessage }

    private func waitForStragglers() {
        let deadline = Clock.now() + pace.patience
        while crowd.tally.latency.count < expected, Clock.now() < deadline {
            crowd.run(until: Clock.now() + 10_000_000)
        }
    }

    private func summary(from before: CPUReading, to after: CPUReading, deliveries: Int) -> Measurement {
        let tally = crowd.tally
        let seconds = Double(after.time - before.time) / 1_000_000_000
        let shares = CPUShares(from: before, to: after)
        var result = Measurement(workload: workload.name, server: "", round: 0)
        result.deliveriesPerSecond = Double(deliveries) / seconds
        if deliveries > 0 {
            result.cpuMicrosPerDelivery = Double(after.server - before.server) / 1000 / Double(deliveries)
        }
        result.p50Milliseconds = tally.latency.milliseconds(atShare: 0.5)
        result.p99Milliseconds = tally.latency.milliseconds(atShare: 0.99)
        if expected > 0 {
            result.messagesPerSecond = Double(tally.sentInWindow) / seconds
            result.deliveredShare = Double(tally.latency.count) / Double(expected)
        }
        if let merged {
            let due = Double(tally.sentInWindow * workload.deliveriesPerMessage) / merged
            result.judge(mergedShare: due > 0 ? Double(deliveries) / due : 0)
        }
        result.cpu = shares
        result.generatorLatenessMilliseconds = tally.lateness.milliseconds(atShare: 0.99)
        result.judge(lostViewers: crowd.lostViewers, unsent: crowd.unsent)
        return result
    }
}

extension Measurement {
    /// A server that merges more or less than it is asked to does another work than that it is compared for.
    fileprivate mutating func judge(mergedShare: Double) {
        guard !(0.9...1.1).contains(mergedShare) else { return }
        remarks.append("merged to \((mergedShare * 100).rounded()) % of what was due")
        isVoid = true
    }

    /// Says what is wrong with the run, if anything is.
    fileprivate mutating func judge(lostViewers: Int, unsent: Int) {
        if let cpu, cpu.generator > 0.9 {
            remarks.append("generator saturated")
            isVoid = true
        }
        if let cpu, cpu.others > 0.3 { remarks.append("busy machine") }
        if let lateness = generatorLatenessMilliseconds, lateness > 50 { remarks.append("generator late") }
        if lostViewers > 0 { remarks.append("lost \(lostViewers) viewers") }
        if unsent > 0 { remarks.append("server stopped reading") }
        if let deliveredShare, deliveredShare < 1 { remarks.append("overloaded") }
        if let deliveredShare, deliveredShare > 1 { remarks.append("duplicates") }
    }
}
