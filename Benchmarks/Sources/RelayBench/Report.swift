internal import Foundation

/// All runs, and what they come to.
struct Report: Codable, Sendable {
    struct Machine: Codable, Sendable {
        var processor: String
        var processors: Int
        var kernel: String
        var loadAtStart: Double
    }

    var started: String
    var machine: Machine
    var isQuick: Bool
    /// Servers that were asked for and could not be measured, with the reason.
    var missing: [String: String]
    var measurements: [Measurement] = []
    var summary: [Row] = []

    /// Medians over the rounds of one server in one workload.
    struct Row: Codable, Sendable {
        var workload: String
        var server: String
        var rounds: Int
        var cpuMicrosPerDelivery: Double?
        /// Its CPU per delivery by the floor's in the same round.
        var timesFloor: Double?
        /// Relay's CPU per delivery (per connect in W5) by this one's in the same round.
        var relayByThis: Double?
        var deliveriesPerSecond: Double?
        var p50Milliseconds: Double?
        var p99Milliseconds: Double?
        var connectsPerSecond: Double?
        var residentBytesPerConnection: Double?
        var serverProcessors: Double?
        var generatorProcessors: Double?
        var remarks: [String]
    }

    /// Works the summary out anew.
    mutating func summarise() {
        var rows: [Row] = []
        for measurement in measurements
        where !rows.contains(where: { $0.workload == measurement.workload && $0.server == measurement.server }) {
            rows.append(row(measurement.workload, measurement.server))
        }
        summary = rows
    }

    private func row(_ workload: String, _ server: String) -> Row {
        let runs = measurements.filter { $0.workload == workload && $0.server == server }
        let sound = runs.contains { !$0.isVoid } ? runs.filter { !$0.isVoid } : runs
        return Row(
            workload: workload, server: server, rounds: sound.count,
            cpuMicrosPerDelivery: median(sound.map(\.cpuMicrosPerDelivery)),
            timesFloor: server.hasPrefix("floor") ? nil : ratio(of: server, to: "floor", in: workload),
            relayByThis: server == "relay" ? nil : ratio(of: "relay", to: server, in: workload),
            deliveriesPerSecond: median(sound.map(\.deliveriesPerSecond)),
            p50Milliseconds: median(sound.map(\.p50Milliseconds)),
            p99Milliseconds: median(sound.map(\.p99Milliseconds)),
            connectsPerSecond: median(sound.map(\.connectsPerSecond)),
            residentBytesPerConnection: median(sound.map(\.residentBytesPerConnection)),
            serverProcessors: median(sound.map(\.cpu?.server)),
            generatorProcessors: median(sound.map(\.cpu?.generator)),
            remarks: remarks(of: runs))
    }

    /// The median over the rounds of the ratio within a round.
    private func ratio(of server: String, to other: String, in workload: String) -> Double? {
        let runs = measurements.filter { $0.workload == workload }
        let ratios = runs.filter { $0.server == server }.map { run -> Double? in
            guard let peer = runs.first(where: { $0.server == other && $0.round == run.round }) else { return nil }
            if let mine = run.cpuMicrosPerDelivery, let theirs = peer.cpuMicrosPerDelivery { return mine / theirs }
            if let mine = run.cpuMicrosPerConnect, let theirs = peer.cpuMicrosPerConnect { return mine / theirs }
            return nil
        }
        return median(ratios)
    }

    /// Every remark once, with the number of runs it was made of.
    private func remarks(of runs: [Measurement]) -> [String] {
        var counts: [(remark: String, count: Int)] = []
        for remark in runs.flatMap(\.remarks) {
            if let place = counts.firstIndex(where: { $0.remark == remark }) {
                counts[place].count += 1
            } else {
                counts.append((remark, 1))
            }
        }
        let voids = runs.filter(\.isVoid).count
        let all = counts.map { $0.count == runs.count ? $0.remark : "\($0.remark) (\($0.count) of \(runs.count))" }
        return (voids == runs.count && voids > 0 ? ["VOID"] : []) + all
    }

    private func median(_ values: [Double?]) -> Double? {
        let sorted = values.compactMap { $0 }.sorted()
        guard !sorted.isEmpty else { return nil }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

extension Report.Machine {
    static func here() -> Report.Machine {
        func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
        let model = text("/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("model name") }
        let load = text("/proc/loadavg").split(separator: " ").first.flatMap { Double($0) }
        return Report.Machine(
            processor: model?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? "unknown",
            processors: ProcessInfo.processInfo.activeProcessorCount,
            kernel: text("/proc/sys/kernel/osrelease").trimmingCharacters(in: .whitespacesAndNewlines),
            loadAtStart: load ?? 0)
    }
}
