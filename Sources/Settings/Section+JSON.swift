import Foundation
import Yams

extension Section {
    /// The value of a key, whatever it is, as JSON text: a number, `true`, `false` and nothing as such, any other word, and
    /// what is quoted, as a string.
    package func json(_ key: String) -> String? {
        entries.first { $0.key == key }?.value.json
    }
}

extension Node {
    /// By recursion: a document is not deeper than ``YAMLDocument/maximumDepth``.
    fileprivate var json: String {
        switch self {
        case .scalar(let scalar): scalar.json
        case .sequence(let items): "[\(items.map(\.json).joined(separator: ","))]"
        case .mapping(let pairs):
            "{\(pairs.map { "\(Self.quoted($0.key.scalar?.string ?? "")):\($0.value.json)" }.joined(separator: ","))}"
        case .alias: "null"
        }
    }

    fileprivate static func quoted(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}

extension Node.Scalar {
    fileprivate var json: String {
        if self.isNull { return "null" }
        guard !self.isQuoted else { return Node.quoted(self.string) }
        let isNumber = (try? JSONDecoder().decode(Double.self, from: Data(self.string.utf8))) != nil
        return isNumber || self.string == "true" || self.string == "false" ? self.string : Node.quoted(self.string)
    }
}
