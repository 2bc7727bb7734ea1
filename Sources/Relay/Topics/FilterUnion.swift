import MQTT

/// Whether several filters together match whatever another one does.
enum FilterUnion {
    /// Whether every topic that the filter matches is matched by at least one of the others.
    static func covers(_ filter: TopicFilter, by others: some Sequence<TopicFilter>) -> Bool {
        // A shared subscription would be one for each viewer.
        guard !filter.string.utf8.starts(with: "$share/".utf8) else { return false }
        if others.contains(where: { $0.covers(filter) }) { return true }
        return self.covers(filter.string.levels, by: others.map { $0.string.levels })
    }

    /// Level by level. A wildcard stands for words that no filter names, too, so only the wildcards of the others can match
    /// all of its topics; and where they do, words that are named are matched as well.
    private static func covers(_ levels: [Substring], by others: [[Substring]]) -> Bool {
        var others = others
        for (depth, level) in levels.enumerated() {
            if level == "#" {
                return self.coversRest(from: depth, isWholeTopic: self.isTopic(levels[..<depth]), others)
            }
            let isReserved = depth == 0 && level.utf8.first == UInt8(ascii: "$")
            others = others.filter { $0.matches(level, at: depth, isReserved: isReserved) }
            if others.isEmpty { return false }
        }
        return others.contains { $0.count == levels.count || $0.endsAnywhere(from: levels.count) }
    }

    /// Whether topics that end here, and all longer ones, are matched.
    private static func coversRest(from depth: Int, isWholeTopic: Bool, _ others: [[Substring]]) -> Bool {
        var others = others
        var depth = depth
        var mustEndHere = isWholeTopic
        while true {
            if others.contains(where: { $0.endsAnywhere(from: depth) }) { return true }
            if mustEndHere && !others.contains(where: { $0.count == depth }) { return false }
            others = others.filter { depth < $0.count && $0[depth] == "+" }
            if others.isEmpty { return false }
            mustEndHere = true
            depth += 1
        }
    }

    /// Nothing, or one empty level, is no topic.
    private static func isTopic(_ levels: ArraySlice<Substring>) -> Bool {
        levels.count > 1 || levels.first.map { !$0.isEmpty } ?? false
    }
}

extension [Substring] {
    /// Whether the level of a filter with all its words is matched here: by the word itself, or a wildcard.
    fileprivate func matches(_ level: Substring, at depth: Int, isReserved: Bool) -> Bool {
        if self.endsAnywhere(from: depth) { return !isReserved }
        guard depth < self.count else { return false }
        if self[depth] == "+" { return !isReserved }
        return level != "+" && self[depth].isSameBytes(as: level)
    }

    /// Whether all topics with this beginning are matched, however many levels follow.
    fileprivate func endsAnywhere(from depth: Int) -> Bool {
        self.last == "#" && self.count - 1 <= depth
    }
}
