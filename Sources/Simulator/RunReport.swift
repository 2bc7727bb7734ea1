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

    /// The text to standard output; the JSON to the file, if one is named. With `-` the JSON takes the place of the text.
    package func publish(to file: String?) throws {
        guard file != "-" else {
            try FileHandle.standardOutput.write(contentsOf: self.json())
            return
        }
        print(self)
        if let file { try self.json().write(to: URL(fileURLWithPath: file)) }
    }
}
