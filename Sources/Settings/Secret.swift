import Foundation

/// A password or token. It prints as dots, so that it cannot slip into a log by interpolation.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The secret itself.
    package let value: String

    package init(_ value: String) {
        self.value = value
    }

    package var description: String { "•••" }
    package var debugDescription: String { "•••" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// Whether `candidate` is this secret, in a time that depends on its length alone.
    package func matches(_ candidate: String) -> Bool {
        let own = Array(value.utf8)
        let other = Array(candidate.utf8)
        var difference = own.count ^ other.count
        for (index, byte) in other.enumerated() {
            difference |= Int((own.isEmpty ? 0 : own[index % own.count]) ^ byte)
        }
        return difference == 0
    }
}

extension Secret {
    /// The first line of a file.
    package init(inFile path: String) throws(PatternError) {
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: 4_096) else {
            throw PatternError("expected a file that can be read")
        }
        guard let text = String(validating: data, as: UTF8.self), let line = text.split(separator: "\n").first else {
            throw PatternError("expected a file with the secret on its first line")
        }
        self.init(line.hasSuffix("\r") ? String(line.dropLast()) : String(line))
    }
}
