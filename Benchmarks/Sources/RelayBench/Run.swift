internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import LoadGenerator

/// The rounds: every server in turn, in every workload, as often as asked for.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure and print the table (the default).",
        discussion: """
            CPU time per delivery is the figure to trust, and of it the ratio within a round. A run in which the \
            generator was the limit is void. Peers that are not installed are left out, and it is said so.
            """)

    @Flag(help: "One round with short windows.")
    var quick = false

    @Option(help: "Workloads, separated by commas: \(Workload.names.joined(separator: ", ")).")
    var only: String?

    @Option(help: "Servers, separated by commas: relay, merging, baseline, node, python, floor.")
    var peers: String?

    @Option(help: "How often each is measured (3, quick: 1).")
    var rounds: Int?

    @Flag(help: "Viewers that do not sleep in the middle of a burst: no server pays for waking them.")
    var wakeful = false

    @Option(help: "Idle connections of W5, as far as file descriptors allow.")
    var connections = 10_000

    @Option(help: "The relay to measure.")
    var relay = "../.build/release/relay"

    @Option(help: "An earlier relay, measured in the same rounds: what a change is worth.")
    var baseline: String?

    @Option(help: "A Python with the packages of peers/requirements.txt.")
    var python = ".venv/bin/python"

    @Option(help: "Where Node finds socket.io and mqtt; NODE_PATH does as well.")
    var nodeModules: String?

    @Option(help: "The folder of the peers' programs.")
    var peerPrograms = "peers"

    @Option(help: "Where the figures go as JSON.")
    var json = "results/latest.json"

    func run() throws {
        let signals = RunningChildren.endOnSignals()
        defer { withExtendedLifetime(signals) {} }
        let workloads = try chosenWorkloads()
        let programs = ServerPrograms(
            relay: relay, baseline: baseline, python: python, nodeModules: nodeModules, peers: peerPrograms)
        let asked = try chosenServers()
        let missing = asked.reduce(into: [:]) { $0[$1.rawValue] = programs.obstacle(to: $1) }
        for (server, reason) in missing.sorted(by: { $0.key < $1.key }) { progress("without \(server): \(reason)") }

        var report = Report(
            started: Date().formatted(.iso8601), machine: .here(), isQuick: quick, missing: missing)
        let servers = asked.filter { missing[$0.rawValue] == nil }
        try measure(servers, in: workloads, programs: programs, into: &report)
        let titles = Dictionary(uniqueKeysWithValues: workloads.map { ($0.name, $0.title) })
        print(Table.text(of: report, titles: titles))
        if let problem = report.problem { throw BenchError(problem) }
    }

    private func measure(
        _ servers: [ServerKind], in workloads: [Workload], programs: ServerPrograms, into report: inout Report
    ) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("relay-bench-\(getpid())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        var pace = quick ? Pace.quick : Pace.full
        if let rounds { pace.rounds = max(1, rounds) }
        if wakeful { pace.vigil = 50_000 }
        var runner = Runner(programs: programs, pace: pace, directory: directory)
        for workload in workloads {
            for round in 1...pace.rounds {
                for contestant in contestants(servers, workload, round: round) {
                    report.measurements.append(runner.attempt(contestant, workload, round: round))
                    report.summarise()
                    try write(report)
                }
            }
        }
    }

    /// Everyone who takes part; who begins changes from round to round.
    private func contestants(_ servers: [ServerKind], _ workload: Workload, round: Int) -> [Contestant] {
        let all = servers.filter(workload.concerns).flatMap { server in
            server == .floor
                ? workload.floors.map { Contestant(kind: server, floor: $0) } : [Contestant(kind: server, floor: nil)]
        }
        let shift = all.isEmpty ? 0 : (round - 1) % all.count
        return Array(all[shift...] + all[..<shift])
    }

    private func write(_ report: Report) throws {
        let file = URL(fileURLWithPath: json)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(report).write(to: file)
    }

    private func chosenServers() throws -> [ServerKind] {
        guard let peers else { return ServerKind.allCases.filter { $0 != .baseline || baseline != nil } }
        return try peers.split(separator: ",").map {
            guard let kind = ServerKind(rawValue: String($0)) else { throw ValidationError("No such server: \($0)") }
            return kind
        }
    }

    private func chosenWorkloads() throws -> [Workload] {
        let all = Workload.all(connections: min(max(2, connections), try Self.descriptors() - 500))
        guard let only else { return all }
        return try only.split(separator: ",").map { name in
            guard let workload = all.first(where: { $0.name.lowercased() == name.lowercased() }) else {
                throw ValidationError("No such workload: \(name). There are \(Workload.names.joined(separator: ", ")).")
            }
            return workload
        }
    }

    /// Raises the limit of file descriptors as far as it goes; children inherit it.
    private static func descriptors() throws -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw BenchError("getrlimit failed")
        }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }
}

/// A server in a round; the floor comes in several shapes.
struct Contestant {
    let kind: ServerKind
    let floor: FloorPlan?

    var name: String { floor?.name ?? kind.rawValue }
}

extension Runner {
    /// A run that fails is a remark, not the end of the benchmark.
    fileprivate mutating func attempt(_ contestant: Contestant, _ workload: Workload, round: Int) -> Measurement {
        let label = "\(workload.name) round \(round) \(contestant.name)"
        var result: Measurement
        do {
            result = try run(contestant.kind, floor: contestant.floor, in: workload)
        } catch {
            result = Measurement(workload: workload.name, server: contestant.name, round: round)
            result.remarks = ["FAILED: \(error)"]
        }
        result.round = round
        progress("\(label): \(result.inShort)")
        return result
    }
}

extension Measurement {
    fileprivate var inShort: String {
        func part(_ value: Double?, _ unit: String) -> String? { value.map { String(format: "%.1f \(unit)", $0) } }
        let parts = [
            part(cpuMicrosPerDelivery, "us"), part(deliveriesPerSecond, "deliveries/s"),
            part(p50Milliseconds, "ms p50"),
            part(p99Milliseconds, "ms p99"), part(connectsPerSecond, "connects/s"),
            part(residentBytesPerConnection, "B/connection"), part(cpu.map { $0.others }, "CPUs busy elsewhere"),
        ]
        return (parts.compactMap { $0 } + remarks).joined(separator: ", ")
    }
}

extension Report {
    /// Whether something was asked for and could not be measured at all.
    fileprivate var problem: String? {
        let failed = measurements.filter { $0.remarks.contains { $0.hasPrefix("FAILED") } }
        if measurements.isEmpty { return "nothing was measured" }
        return failed.isEmpty ? nil : "\(failed.count) of \(measurements.count) runs failed"
    }
}

private func progress(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
