internal import Foundation
internal import LoadGenerator

/// Runs one server in one workload.
struct Runner {
    let programs: ServerPrograms
    let pace: Pace
    let directory: URL
    /// The highest rate each server held so far: where the next round's search begins.
    private var heldRates: [ServerKind: Double] = [:]

    init(programs: ServerPrograms, pace: Pace, directory: URL) {
        self.programs = programs
        self.pace = pace
        self.directory = directory
    }

    mutating func run(_ kind: ServerKind, floor: FloorPlan?, in workload: Workload) throws -> Measurement {
        var result: Measurement
        switch workload.kind {
        case .paced(let perSecond):
            let times = kind == .merging ? workload.merged ?? 1 : 1
            result = try steady(kind, floor, workload, perSecond: perSecond * times)
        case .closedLoop:
            result = try steady(kind, floor, workload, perSecond: 0)
        case .saturation where kind == .floor:
            result = try steady(kind, floor, workload, perSecond: 1)
        case .saturation:
            result = try saturated(kind, workload)
        case .idle:
            result = try idle(kind, workload)
        }
        result.server = floor?.name ?? kind.rawValue
        return result
    }

    private func session(_ kind: ServerKind, _ floor: FloorPlan?, _ workload: Workload) throws -> Session {
        try Session(kind, floor: floor, workload: workload, pace: pace, programs: programs, directory: directory)
    }

    private func steady(
        _ kind: ServerKind, _ floor: FloorPlan?, _ workload: Workload, perSecond: Double
    ) throws -> Measurement {
        let session = try session(kind, floor, workload)
        defer { session.stop() }
        try session.waitForFirstDelivery(perSecond: perSecond)
        return try session.measure(perSecond: perSecond, warmUp: pace.warmUp, window: pace.window)
    }

    /// A probe that fails leaves a backlog, so the next one gets a server of its own.
    private mutating func saturated(_ kind: ServerKind, _ workload: Workload) throws -> Measurement {
        let start = heldRates[kind].map { $0 * 0.8 } ?? (kind == .python ? 20 : 100)
        var search = SaturationSearch(startingAt: start, probes: pace.probes)
        var best: Measurement?
        var session: Session?
        defer { session?.stop() }
        while let rate = search.nextRate() {
            let current = try session ?? self.session(kind, nil, workload)
            if session == nil { try current.waitForFirstDelivery(perSecond: 20) }
            session = current
            let probe = try current.measure(perSecond: rate, warmUp: pace.probeWarmUp, window: pace.probeWindow)
            if probe.isVoid {
                best?.remarks.append("the generator allows no more")
                break
            }
            search.record(rate, holds: probe.holds)
            if probe.holds {
                if probe.deliveriesPerSecond ?? 0 > best?.deliveriesPerSecond ?? 0 { best = probe }
            } else {
                current.stop()
                session = nil
            }
        }
        guard let best else { throw BenchError("no rate held") }
        heldRates[kind] = best.messagesPerSecond
        return best
    }

    private func idle(_ kind: ServerKind, _ workload: Workload) throws -> Measurement {
        let server = try Server(kind, floor: nil, programs: programs, directory: directory)
        defer { server.stop() }
        let crowd = try Crowd()
        try crowd.connect([workload.viewers[0]], port: server.port, within: pace.connecting)
        crowd.run(until: Clock.now() + pace.resting / 2)
        let before = CPUReading(server: server.identifier, broker: server.broker?.identifier)
        let memory = ProcessFigures.residentBytes(of: server.identifier)
        try crowd.connect(Array(workload.viewers.dropFirst()), port: server.port, within: pace.connecting)
        let after = CPUReading(server: server.identifier, broker: server.broker?.identifier)
        crowd.run(until: Clock.now() + pace.resting)
        let growth = ProcessFigures.residentBytes(of: server.identifier) - memory
        let count = Double(workload.viewers.count - 1)
        var result = Measurement(workload: workload.name, server: "", round: 0)
        result.connectsPerSecond = count / (Double(after.time - before.time) / 1_000_000_000)
        result.cpuMicrosPerConnect = Double(after.server - before.server) / 1000 / count
        result.residentBytesPerConnection = Double(growth) / count
        result.cpu = CPUShares(from: before, to: after)
        if crowd.lostViewers > 0 { result.remarks.append("lost \(crowd.lostViewers) viewers") }
        return result
    }
}

extension Measurement {
    /// Whether the rate of this run may be called sustained.
    fileprivate var holds: Bool {
        guard let deliveredShare, let p99Milliseconds else { return false }
        return deliveredShare == 1 && p99Milliseconds < 250 && !remarks.contains { $0.hasPrefix("lost") }
    }
}
