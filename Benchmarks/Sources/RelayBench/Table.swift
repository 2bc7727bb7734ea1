internal import Foundation

/// The summary as text, one block a workload.
struct Table {
    private static let columns = [
        "", "CPU us/delivery", "x floor", "relay/this", "deliveries/s", "p50 ms", "p99 ms", "RSS kB/conn", "connects/s",
        "CPUs", "generator",
    ]

    static func text(of report: Report, titles: [String: String]) -> String {
        var lines: [String] = []
        var workload = ""
        for row in report.summary {
            if row.workload != workload {
                workload = row.workload
                lines += ["", "\(workload)  \(titles[workload] ?? "")", line(columns)]
            }
            let remarks = row.remarks.isEmpty ? "" : "  " + row.remarks.joined(separator: ", ")
            lines.append(line(cells(of: row)) + remarks)
        }
        return lines.joined(separator: "\n")
    }

    private static func cells(of row: Report.Row) -> [String] {
        [
            row.server, number(row.cpuMicrosPerDelivery, 2), number(row.timesFloor, 2), number(row.relayByThis, 2),
            count(row.deliveriesPerSecond), number(row.p50Milliseconds, 1), number(row.p99Milliseconds, 1),
            number(row.residentBytesPerConnection.map { $0 / 1000 }, 1), count(row.connectsPerSecond),
            number(row.serverProcessors, 2), number(row.generatorProcessors, 2),
        ]
    }

    private static func line(_ cells: [String]) -> String {
        let padded = zip(cells, columns).enumerated().map { index, cell in
            let width = max(cell.1.count, index == 0 ? 9 : 6)
            let fill = String(repeating: " ", count: max(0, width - cell.0.count))
            return index == 0 ? cell.0 + fill : fill + cell.0
        }
        return "  " + padded.joined(separator: "  ")
    }

    private static func number(_ value: Double?, _ digits: Int) -> String {
        value.map { String(format: "%.\(digits)f", $0) } ?? "-"
    }

    private static func count(_ value: Double?) -> String {
        guard let value else { return "-" }
        return value < 100_000 ? String(format: "%.0f", value) : String(format: "%.0f k", value / 1000)
    }
}
