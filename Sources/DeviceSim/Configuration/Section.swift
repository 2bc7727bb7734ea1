import Yams

/// A configuration that cannot be used, and where: `FILE:LINE: what is wrong`.
struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    let file: String
    /// From 1; nil for what is not a place in the file.
    let line: Int?
    let message: String

    var description: String {
        return self.line.map { "\(self.file):\($0): \(self.message)" } ?? "\(self.file): \(self.message)"
    }
}

/// One mapping of a configuration file, read strictly: every key that is there must be taken, as the type it is to have.
///
/// Each `take…` leaves the target as it is when the key is absent. ``finish()`` refuses what nobody took.
struct Section {
    let path: String
    private let file: String
    private let mark: Mark?
    private var entries: [(key: String, mark: Mark?, value: Node)] = []
    private var known: [String] = []

    /// - Parameter node: nil, or YAML's null, is a section without keys.
    init(_ node: Node?, path: String, file: String) throws(ConfigurationError) {
        self.path = path
        self.file = file
        self.mark = node?.mark
        switch node {
        case .mapping(let mapping):
            for (key, value) in mapping {
                guard let name = key.scalar?.string else {
                    throw ConfigurationError(file: file, line: key.mark?.line, message: "a key is a plain word")
                }
                self.entries.append((name, key.mark ?? value.mark, value))
            }
        case nil: break
        case .scalar(let scalar) where scalar.string.isEmpty || scalar.string == "~" || scalar.string == "null": break
        default: throw self.error("\(path) holds keys with values", at: self.mark)
        }
    }

    /// The names of all keys, in the file's order.
    var keys: [String] {
        return self.entries.map(\.key)
    }

    mutating func take(_ key: String, into value: inout Int, _ range: ClosedRange<Int>) throws(ConfigurationError) {
        guard let node = self.node(key) else { return }
        guard let number = node.int, range.contains(number) else {
            throw self.wrong(key, node, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        value = number
    }

    mutating func take(_ key: String, into value: inout Double, _ range: ClosedRange<Double>) throws(ConfigurationError)
    {
        guard let node = self.node(key) else { return }
        guard let number = node.float, range.contains(number) else {
            throw self.wrong(key, node, "a number from \(range.lowerBound.brief) to \(range.upperBound.brief)")
        }
        value = number
    }

    mutating func take(_ key: String, into value: inout UInt64) throws(ConfigurationError) {
        guard let node = self.node(key) else { return }
        guard let number = node.scalar.flatMap({ UInt64($0.string) }) else {
            throw self.wrong(key, node, "a whole number from 0 to \(UInt64.max)")
        }
        value = number
    }

    mutating func take(_ key: String, into value: inout Duration) throws(ConfigurationError) {
        guard let node = self.node(key) else { return }
        guard let duration = node.scalar.flatMap({ Duration(text: $0.string) }) else {
            throw self.wrong(key, node, "a time such as 250ms, 25s or 2m")
        }
        value = duration
    }

    mutating func take(
        _ key: String, into value: inout String, allowing isAllowed: (String) -> Bool, _ expected: String
    )
        throws(ConfigurationError)
    {
        guard let node = self.node(key) else { return }
        guard let text = node.scalar?.string, isAllowed(text) else { throw self.wrong(key, node, expected) }
        value = text
    }

    mutating func take<Choice: RawRepresentable & CaseIterable>(_ key: String, into value: inout Choice)
        throws(ConfigurationError) where Choice.RawValue == String
    {
        guard let node = self.node(key) else { return }
        guard let choice = node.scalar.flatMap({ Choice(rawValue: $0.string) }) else {
            throw self.wrong(key, node, Choice.allCases.map(\.rawValue).joined(separator: " or "))
        }
        value = choice
    }

    /// A list of texts.
    mutating func take(_ key: String, into value: inout [String]) throws(ConfigurationError) {
        guard let node = self.node(key) else { return }
        guard let texts = node.sequence?.map(\.scalar?.string), !texts.isEmpty, !texts.contains(nil) else {
            throw self.wrong(key, node, "a list of words, such as [idle, running]")
        }
        value = texts.compactMap(\.self)
    }

    /// The mapping under a key; an empty one if the key is absent.
    mutating func section(_ key: String) throws(ConfigurationError) -> Section {
        return try Section(self.node(key), path: self.path.isEmpty ? key : "\(self.path).\(key)", file: self.file)
    }

    /// Whether the key is there, with `none` for its value: then it is taken.
    mutating func takesNone(_ key: String, _ none: String) -> Bool {
        guard let entry = self.entries.first(where: { $0.key == key }), entry.value.scalar?.string == none else {
            return false
        }
        self.known.append(key)
        return true
    }

    /// Whether the key is there; one that may be there from now on.
    mutating func has(_ key: String) -> Bool {
        if !self.known.contains(key) { self.known.append(key) }
        return self.entries.contains { $0.key == key }
    }

    /// An error about this section as a whole.
    func error(_ message: String) -> ConfigurationError {
        return self.error(message, at: self.mark)
    }

    /// Refuses the first key that nobody took.
    func finish() throws(ConfigurationError) {
        guard let unknown = self.entries.first(where: { !self.known.contains($0.key) }) else { return }
        let place = self.path.isEmpty ? "" : " in \(self.path)"
        let known = self.known.sorted().joined(separator: ", ")
        throw self.error("unknown key \"\(unknown.key)\"\(place); known: \(known)", at: unknown.mark)
    }

    private mutating func node(_ key: String) -> Node? {
        if !self.known.contains(key) { self.known.append(key) }
        return self.entries.first { $0.key == key }?.value
    }

    private func wrong(_ key: String, _ node: Node, _ expected: String) -> ConfigurationError {
        let name = self.path.isEmpty ? key : "\(self.path).\(key)"
        return self.error("\(name) is to be \(expected)", at: node.mark)
    }

    private func error(_ message: String, at mark: Mark?) -> ConfigurationError {
        return ConfigurationError(file: self.file, line: mark?.line, message: message)
    }
}
