package import FoundationEssentials
import Foundation

/// What a run came to, for people and for programs.
package protocol RunReport: Encodable, CustomStringConvertible {
    /// Whether all went well; decides the exit code.
    var passed: Bool { get }
}

extension RunReport {
    /// The report as indented JSON with a newline at the end.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }

    /// The text to standard output; to the file, if one is named, JSON or what its name asks for: CSV (`.csv`) or
    /// Prometheus text (`.prom`). With `-` the JSON takes the place of the text.
    package func publish(to file: String?) throws {
        guard file != "-" else {
            try FileHandle.standardOutput.write(contentsOf: self.json())
            return
        }
        print(self)
        guard let file else { return }
        let contents =
            switch file.split(separator: ".").last {
            case "csv": Data(try self.figures().csv.utf8)
            case "prom": Data(try self.figures().prometheus.utf8)
            default: try self.json()
            }
        try contents.write(to: URL(fileURLWithPath: file))
    }

    /// Every number of the report.
    package func figures() throws -> [Figure] {
        return Figure.all(in: try JSONSerialization.jsonObject(with: self.json()))
    }
}
