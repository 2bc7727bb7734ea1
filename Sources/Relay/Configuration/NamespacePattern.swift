import Settings

/// The name of a namespace, or a family of them: `/devices`, `/dyn-{id}`, `/site/{site}`.
///
/// A capture stands for one or more characters and does not span a `/`; there is at most one between two slashes, so
/// that a name matches in one way only.
struct NamespacePattern: Sendable, Hashable, CustomStringConvertible {
    /// What lies between two slashes.
    private struct Segment: Sendable, Hashable {
        var prefix: String
        var capture: String?
        var suffix: String
    }

    private let segments: [Segment]

    /// Throws a sentence for the user when `text` cannot be a namespace's name.
    init(_ text: String) throws(PatternError) {
        guard text.utf8.first == UInt8(ascii: "/") else { throw PatternError("a namespace's name starts with /") }
        guard text.utf8.count <= 256 else { throw PatternError("a namespace's name has at most 256 bytes") }
        guard
            text.unicodeScalars.allSatisfy({
                $0.value > 0x20 && $0.value != 0x7F && !",?\"".unicodeScalars.contains($0)
            })
        else {
            throw PatternError("a namespace's name has no spaces, commas, question marks or quotes")
        }
        var segments: [Segment] = []
        for part in Substring(text.utf8.dropFirst()).levels {
            segments.append(try Self.segment(part))
        }
        let names = segments.compactMap(\.capture)
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            throw PatternError("{\(name)} is captured twice")
        }
        self.segments = segments
    }

    /// A namespace named by a single plain word, without the slash.
    init(plain word: String) {
        self.segments = [Segment(prefix: word, capture: nil, suffix: "")]
    }

    private static func segment(_ part: Substring) throws(PatternError) -> Segment {
        guard let open = part.firstIndex(of: "{") else {
            guard !part.contains("}") else { throw PatternError("\"\(part)\" has a } without its {") }
            return Segment(prefix: String(part), capture: nil, suffix: "")
        }
        guard let close = part[open...].firstIndex(of: "}") else {
            throw PatternError("\"\(part)\" has a { without its }")
        }
        let name = part[part.index(after: open)..<close]
        guard !name.hasSuffix("...") else {
            throw PatternError("{\(name)} may stand in topics only: a namespace's capture does not span a /")
        }
        guard CaptureName.isValid(name) else {
            throw PatternError("{\(name)}: a capture's name has letters, digits and _, and starts with no digit")
        }
        let suffix = part[part.index(after: close)...]
        guard !suffix.contains(where: { "{}".contains($0) }) else {
            throw PatternError("\"\(part)\" has two captures between two slashes, so a name could match in two ways")
        }
        return Segment(prefix: String(part[..<open]), capture: String(name), suffix: String(suffix))
    }

    /// The names captured, from left to right; empty for a plain name.
    var captureNames: [String] {
        segments.compactMap(\.capture)
    }

    /// Whether this is one namespace rather than a family.
    var isPlain: Bool {
        segments.allSatisfy { $0.capture == nil }
    }

    var description: String {
        "/" + segments.map { $0.prefix + ($0.capture.map { "{\($0)}" } ?? "") + $0.suffix }.joined(separator: "/")
    }

    /// The pattern with its captures' names left out: two patterns of one shape match the same names.
    var shape: String {
        "/" + segments.map { $0.prefix + ($0.capture.map { _ in "{}" } ?? "") + $0.suffix }.joined(separator: "/")
    }

    /// What each capture stands for in the name a client connects to; nil when the name does not match.
    func captures(in name: String) -> [String: String]? {
        guard name.utf8.first == UInt8(ascii: "/"), name.utf8.count <= 512 else { return nil }
        let parts = Substring(name.utf8.dropFirst()).levels
        guard parts.count == segments.count else { return nil }
        var captures: [String: String] = [:]
        for (part, segment) in zip(parts, segments) {
            guard let capture = segment.capture else {
                guard part.isSameBytes(as: segment.prefix) else { return nil }
                continue
            }
            guard let value = Self.middle(of: part, between: segment.prefix, and: segment.suffix) else { return nil }
            captures[capture] = String(value)
        }
        return captures
    }

    /// The name in which the captures stand for these values; nil when one is missing.
    func name(for captures: [String: String]) -> String? {
        var name = ""
        for segment in segments {
            guard let capture = segment.capture else {
                name += "/" + segment.prefix
                continue
            }
            guard let value = captures[capture] else { return nil }
            name += "/" + segment.prefix + value + segment.suffix
        }
        return name
    }

    /// What is left of `text` without `prefix` and `suffix`; nil when it has not both, or nothing is left.
    private static func middle(of text: Substring, between prefix: String, and suffix: String) -> Substring? {
        let bytes = text.utf8
        guard bytes.count > prefix.utf8.count + suffix.utf8.count, bytes.starts(with: prefix.utf8),
            bytes.reversed().starts(with: suffix.utf8.reversed())
        else { return nil }
        return Substring(bytes.dropFirst(prefix.utf8.count).dropLast(suffix.utf8.count))
    }
}
