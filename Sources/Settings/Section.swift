package import Yams

/// One mapping of the file, read key by key.
///
/// Every reader answers nil both when the key is absent and when its value is wrong; what is wrong is noted with its
/// line, and reading goes on, so that one run names every problem.
package struct Section {
    /// Where the section is, as `server.cors`; empty for the whole file.
    package let path: String
    package let line: Int?
    package let problems: ProblemLog
    /// The keys that are there, unknown ones left out, in the order of the file.
    package let entries: [(key: String, line: Int?, value: Node)]

    /// Notes every key that is not among `keys`; nil `keys` takes any name.
    package init?(_ node: Node, path: String, keys: [String]?, problems: ProblemLog) {
        guard case .mapping(let mapping) = node else {
            problems.note(
                line: node.line, "\(path.isEmpty ? "" : "\(path): ")expected keys and values, found \(node.words)")
            return nil
        }
        var entries: [(String, Int?, Node)] = []
        for (keyNode, value) in mapping {
            guard let key = keyNode.scalar?.string else { continue }
            let place = path.isEmpty ? key : "\(path).\(key)"
            if let keys, !keys.contains(key) {
                problems.note(line: keyNode.line, "\(place): \(Self.unknown(key, among: keys))")
                continue
            }
            entries.append((key, keyNode.line, value))
        }
        self.path = path
        self.line = node.line
        self.problems = problems
        self.entries = entries
    }

    private static func unknown(_ key: String, among keys: [String]) -> String {
        guard let nearest = Suggestion.nearest(to: key, among: keys) else {
            return "unknown key; the keys here are \(keys.joined(separator: ", "))"
        }
        return "unknown key; did you mean \"\(nearest)\"?"
    }

    package func has(_ key: String) -> Bool {
        entries.contains { $0.key == key }
    }

    /// The line a key stands on, else that of the section.
    package func line(of key: String) -> Int? {
        entries.first { $0.key == key }?.line ?? line
    }

    package func note(_ key: String, _ message: String) {
        problems.note(line: line(of: key), "\(place(key)): \(message)")
    }

    package func place(_ key: String) -> String {
        path.isEmpty ? key : "\(path).\(key)"
    }

    /// A value and its path, such as `namespaces./devices.rules[0]`.
    package struct Item {
        package let place: String
        package let node: Node

        /// Whether it has keys and values.
        package var isMapping: Bool {
            if case .mapping = self.node { true } else { false }
        }
    }

    // MARK: - Values

    package func section(_ key: String, keys: [String]?) -> Section? {
        guard let node = node(key) else { return nil }
        return Section(node, path: place(key), keys: keys, problems: problems)
    }

    /// The items of a list, each with its place as `rules[0]`.
    package func list(_ key: String, of items: String) -> [Item]? {
        guard let node = node(key) else { return nil }
        guard case .sequence(let sequence) = node else {
            problems.note(line: node.line, "\(place(key)): expected a list of \(items), found \(node.words)")
            return nil
        }
        return sequence.enumerated().map { Item(place: "\(place(key))[\($0.offset)]", node: $0.element) }
    }

    package func text(_ key: String, _ expected: String) -> String? {
        value(key, expected) { $0.string.isEmpty ? nil : $0.string }
    }

    /// A text that begins with a slash: a path, or the name of a namespace.
    package func rooted(_ key: String, _ expected: String) -> String? {
        self.value(key, "\(expected), which begins with /") { $0.string.hasPrefix("/") ? $0.string : nil }
    }

    package func flag(_ key: String) -> Bool? {
        value(key, "true or false") { scalar in
            scalar.isQuoted ? nil : ["true": true, "false": false][scalar.string.lowercased()]
        }
    }

    package func integer<Number: FixedWidthInteger>(_ key: String, in range: ClosedRange<Number>) -> Number? {
        value(key, "a whole number from \(range.lowerBound) to \(range.upperBound)") { scalar in
            guard !scalar.isQuoted, let number = Number(scalar.string), range.contains(number) else { return nil }
            return number
        }
    }

    /// A positive number, with a fraction or without.
    package func number(_ key: String, upTo limit: Double) -> Double? {
        value(key, "a number above 0, at most \(Int(limit))") { scalar in
            guard !scalar.isQuoted, scalar.string.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }),
                let number = Double(scalar.string), number > 0, number <= limit
            else { return nil }
            return number
        }
    }

    /// A number, with a fraction or without, in decimal digits.
    package func number(_ key: String, in range: ClosedRange<Double>) -> Double? {
        value(key, "a number from \(Quantity.describe(range.lowerBound)) to \(Quantity.describe(range.upperBound))") {
            scalar in
            guard !scalar.isQuoted, scalar.string.utf8.allSatisfy({ "0123456789.-".utf8.contains($0) }),
                let number = Double(scalar.string), range.contains(number)
            else { return nil }
            return number
        }
    }

    package func duration(_ key: String, in range: ClosedRange<Duration>) -> Duration? {
        let bounds = "\(Quantity.describe(range.lowerBound)) to \(Quantity.describe(range.upperBound))"
        return value(key, "a duration with its unit, such as 25s, 300ms or 1m, from \(bounds)") { scalar in
            Quantity.duration(scalar.string).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    package func bytes(_ key: String, in range: ClosedRange<Int>) -> Int? {
        let bounds = "\(Quantity.describe(bytes: range.lowerBound)) to \(Quantity.describe(bytes: range.upperBound))"
        return value(key, "a size such as 1MB, 64kB or 1MiB, from \(bounds)") { scalar in
            Quantity.bytes(scalar.string).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    package func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        let words = Choice.allCases.map(\.rawValue)
        guard let word = value(key, "one of \(words.joined(separator: ", "))", read: { $0.string }) else { return nil }
        guard let choice = Choice(rawValue: word) else {
            let nearest = Suggestion.nearest(to: word, among: words).map { "; did you mean \"\($0)\"?" } ?? ""
            problems.note(
                line: node(key)?.line,
                "\(place(key)): expected one of \(words.joined(separator: ", ")), found \"\(word)\"\(nearest)")
            return nil
        }
        return choice
    }

    /// A list of texts, at least one.
    package func texts(_ key: String, of items: String) -> [String]? {
        guard let list = self.list(key, of: items) else { return nil }
        if list.isEmpty { self.note(key, "expected at least one of its \(items)") }
        return list.compactMap { self.value($0, "a text") { $0.string.isEmpty ? nil : $0.string } }
    }

    /// A text that `make` turns into a value or refuses with a sentence.
    package func made<Value>(_ key: String, _ expected: String, by make: (String) throws(PatternError) -> Value)
        -> Value?
    {
        node(key).flatMap { made(Item(place: place(key), node: $0), expected, by: make) }
    }

    /// The same for an item of a list.
    package func made<Value>(_ item: Item, _ expected: String, by make: (String) throws(PatternError) -> Value)
        -> Value?
    {
        guard let text = value(item, expected, read: { $0.string.isEmpty ? nil : $0.string }) else { return nil }
        do {
            return try make(text)
        } catch {
            problems.note(line: item.node.line, "\(item.place): \(error), found \"\(text.prefix(60))\"")
            return nil
        }
    }

    /// Whether the key is there with exactly this word for its value, such as `any` in place of a number.
    package func says(_ key: String, _ word: String) -> Bool {
        guard case .scalar(let scalar)? = self.node(key) else { return false }
        return !scalar.isQuoted && scalar.string == word
    }

    /// Whether the key is there with keys and values below it.
    package func isMapping(_ key: String) -> Bool {
        if case .mapping? = self.node(key) { true } else { false }
    }

    package func isList(_ key: String) -> Bool {
        if case .sequence? = self.node(key) { true } else { false }
    }

    private func node(_ key: String) -> Node? {
        entries.first { $0.key == key }?.value
    }

    private func value<Value>(_ key: String, _ expected: String, read: (Node.Scalar) -> Value?) -> Value? {
        node(key).flatMap { value(Item(place: place(key), node: $0), expected, read: read) }
    }

    private func value<Value>(_ item: Item, _ expected: String, read: (Node.Scalar) -> Value?) -> Value? {
        guard case .scalar(let scalar) = item.node, !scalar.isNull, let value = read(scalar) else {
            problems.note(line: item.node.line, "\(item.place): expected \(expected), found \(item.node.words)")
            return nil
        }
        return value
    }
}

extension Node.Scalar {
    var isQuoted: Bool {
        style == .singleQuoted || style == .doubleQuoted || style == .literal || style == .folded
    }

    /// `key:` with nothing after it, `~` or `null`.
    var isNull: Bool {
        !isQuoted && ["", "~", "null", "Null", "NULL"].contains(string)
    }
}

extension Node {
    /// What the user wrote, for "found …".
    var words: String {
        switch self {
        case .mapping: "keys and values"
        case .sequence: "a list"
        case .alias: "an alias"
        case .scalar(let scalar) where scalar.isNull: "nothing"
        case .scalar(let scalar): "\"\(scalar.string.prefix(60))\""
        }
    }
}
