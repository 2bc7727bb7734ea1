internal import Foundation
internal import Glibc
internal import LoadGenerator

/// What the kernel says about a process.
enum ProcessFigures {
    /// CPU time of all its threads, user and system.
    static func cpu(of process: pid_t) -> Nanoseconds {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
        return tasks.reduce(0) { $0 + (numbers(in: "/proc/\(process)/task/\($1)/schedstat").first ?? 0) }
    }

    /// Resident memory in bytes.
    static func residentBytes(of process: pid_t) -> Int {
        let pages = numbers(in: "/proc/\(process)/statm").dropFirst().first ?? 0
        return Int(pages) * Int(getpagesize())
    }

    private static func numbers(in path: String) -> [Int64] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return text.split(whereSeparator: \.isWhitespace).compactMap { Int64($0) }
    }
}

/// CPU time at one moment: of the server, of this generator, of the broker and of the whole machine.
struct CPUReading {
    let time = Clock.now()
    let server: Nanoseconds
    let broker: Nanoseconds
    let generator = Clock.threadCPU()
    let machine = Self.machineBusy()

    init(server: pid_t, broker: pid_t?) {
        self.server = ProcessFigures.cpu(of: server)
        self.broker = broker.map(ProcessFigures.cpu(of:)) ?? 0
    }

    /// Time all processors were busy or stolen.
    private static func machineBusy() -> Nanoseconds {
        guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
            let line = text.split(separator: "\n").first
        else { return 0 }
        let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Int64($0) }
        guard ticks.count == 8 else { return 0 }
        let busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] + ticks[7]
        return busy * (1_000_000_000 / Int64(sysconf(Int32(_SC_CLK_TCK))))
    }
}

/// CPU time between two readings, in processors: 1 is one kept busy all the time.
struct CPUShares: Codable, Sendable {
    let server: Double
    let generator: Double
    let broker: Double
    /// Everything else on the machine: builds, neighbours, interrupts nobody is charged for.
    let others: Double

    init(from start: CPUReading, to end: CPUReading) {
        let span = Double(max(1, end.time - start.time))
        server = Double(end.server - start.server) / span
        generator = Double(end.generator - start.generator) / span
        broker = Double(end.broker - start.broker) / span
        let machine = Double(end.machine - start.machine) / span
        others = max(0, machine - server - generator - broker)
    }
}
