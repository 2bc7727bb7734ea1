import Settings
import MQTT

/// MQTT topics described level by level: `devices/{device}/telemetry`, `plant/{line}/{rest...}`.
///
/// `{name}` stands for exactly one level and is a named `+`; `{name...}` stands for all that follow (none included) and
/// is a named `#`. A bare `+` or `#` does the same without a name. A capture is a whole level, as in MQTT.
struct TopicPattern: Sendable, Hashable, CustomStringConvertible {
    enum Level: Sendable, Hashable {
        case literal(String)
        /// One level, `+`.
        case one(name: String?)
        /// Every level from here on, `#`; always the last.
        case rest(name: String?)
    }

    /// Never empty.
    let levels: [Level]

    /// Throws a sentence for the user when `text` cannot be a pattern of topics.
    init(_ text: String) throws(PatternError) {
        let parts = text.levels
        var levels: [Level] = []
        for part in parts {
            levels.append(try Self.level(part))
        }
        if let early = levels.dropLast().firstIndex(where: \.isRest) {
            throw PatternError("\"\(parts[early])\" stands for all that follows, so it must be the last level")
        }
        let names = levels.compactMap(\.name)
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            throw PatternError("{\(name)} is captured twice")
        }
        self.levels = levels
        try checkFilter()
    }

    /// What the broker would refuse is refused here, with its place in the file.
    private func checkFilter() throws(PatternError) {
        do {
            _ = try TopicFilter(filter)
        } catch {
            throw PatternError("\(error)")
        }
        guard levels.first != .literal("$share") else {
            throw PatternError("a shared subscription ($share) would bring the relay a part of the messages only")
        }
    }

    /// From levels known to be a pattern: some, `rest` last, no name twice.
    init(levels: [Level]) {
        self.levels = levels
    }

    private static func level(_ part: Substring) throws(PatternError) -> Level {
        switch part {
        case "+": return .one(name: nil)
        case "#": return .rest(name: nil)
        default: break
        }
        guard part.hasAny(of: "{}+#") else { return .literal(String(part)) }
        guard part.utf8.first == UInt8(ascii: "{"), part.utf8.last == UInt8(ascii: "}") else {
            throw PatternError("\"\(part)\": a capture or wildcard is a whole level, as in a/{name}/b")
        }
        let inside = Substring(part.utf8.dropFirst().dropLast())
        let isRest = inside.hasSuffix("...")
        let name = isRest ? inside.dropLast(3) : inside
        guard CaptureName.isValid(name) else {
            throw PatternError("\"\(part)\": a capture's name has letters, digits and _, and starts with no digit")
        }
        return isRest ? .rest(name: String(name)) : .one(name: String(name))
    }

    /// The names captured, in the order of the levels.
    var captureNames: [String] {
        levels.compactMap(\.name)
    }

    /// The MQTT topic filter: every capture a wildcard.
    var filter: String {
        levels.map(\.filter).joined(separator: "/")
    }

    var description: String {
        levels.map(\.description).joined(separator: "/")
    }

    /// What each named capture stands for in `topic`; nil when the topic does not match.
    ///
    /// As in MQTT 5 §4.7: `a/#` matches `a` as well (the capture is then empty), and a wildcard at the first level does
    /// not match topics that begin with `$`.
    func captures(in topic: String) -> [String: String]? {
        let parts = topic.levels
        if topic.utf8.first == UInt8(ascii: "$"), levels.first?.isWildcard == true { return nil }
        var captures: [String: String] = [:]
        for (index, level) in levels.enumerated() {
            switch level {
            case .literal(let text):
                guard index < parts.count, parts[index].isSameBytes(as: text) else { return nil }
            case .one(let name):
                guard index < parts.count else { return nil }
                if let name { captures[name] = String(parts[index]) }
            case .rest(let name):
                guard index <= parts.count else { return nil }
                if let name { captures[name] = parts[index...].joined(separator: "/") }
                return captures
            }
        }
        return parts.count == levels.count ? captures : nil
    }

    /// This pattern with the captures that `values` names replaced by what they stand for.
    ///
    /// Nil when a value could not be one level of a topic: empty, or with `/`, `+`, `#` or NUL in it. Values may come
    /// from clients, so this is what keeps a wildcard out of a filter.
    func binding(_ values: [String: String]) -> TopicPattern? {
        var bound: [Level] = []
        for level in levels {
            guard case .one(let name?) = level, let value = values[name] else {
                bound.append(level)
                continue
            }
            guard Self.isOneLevel(value) else { return nil }
            bound.append(.literal(value))
        }
        // A first level that starts with $ would step out of the topics that a wildcard reaches.
        if case .literal(let first)? = bound.first, first.utf8.first == UInt8(ascii: "$"), bound.first != levels.first {
            return nil
        }
        return TopicPattern(levels: bound)
    }

    private static func isOneLevel(_ value: String) -> Bool {
        !value.isEmpty && value.utf8.count <= 1_024 && !value.hasAny(of: "/+#\0")
    }
}

extension TopicPattern.Level {
    /// The name of the capture, if this is one and has one.
    var name: String? {
        switch self {
        case .literal: nil
        case .one(let name), .rest(let name): name
        }
    }

    var isRest: Bool {
        if case .rest = self { true } else { false }
    }

    var isWildcard: Bool {
        if case .literal = self { false } else { true }
    }

    fileprivate var filter: String {
        switch self {
        case .literal(let text): text
        case .one: "+"
        case .rest: "#"
        }
    }

    fileprivate var description: String {
        switch self {
        case .literal(let text): text
        case .one(let name): name.map { "{\($0)}" } ?? "+"
        case .rest(let name): name.map { "{\($0)...}" } ?? "#"
        }
    }
}
