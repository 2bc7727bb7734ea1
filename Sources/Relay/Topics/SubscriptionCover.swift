import MQTT

/// Subscriptions that bring every topic wanted, and none twice: on MQTT 5 a broker delivers a message once
/// for each filter of ours that matches.
enum SubscriptionCover {
    static func of(_ filters: [TopicFilter]) -> [TopicFilter] {
        var cover: [TopicFilter] = []
        for filter in filters { self.add(filter, to: &cover) }
        return cover
    }

    static func add(_ filter: TopicFilter, to cover: inout [TopicFilter]) {
        var filter = filter
        while let overlapping = cover.firstIndex(where: { self.overlap($0, filter) }) {
            let other = cover.remove(at: overlapping)
            filter = other.covers(filter) ? other : filter.covers(other) ? filter : self.join(filter, other)
        }
        cover.append(filter)
    }

    /// Whether some topic is matched by both.
    static func overlap(_ left: TopicFilter, _ right: TopicFilter) -> Bool {
        let left = left.string.levels
        let right = right.string.levels
        for index in 0..<max(left.count, right.count) {
            let mine = index < left.count ? left[index] : nil
            let theirs = index < right.count ? right[index] : nil
            if mine == "#" || theirs == "#" { return true }
            guard let mine, let theirs, mine.isSameBytes(as: theirs) || mine == "+" || theirs == "+" else {
                return false
            }
        }
        return true
    }

    /// A filter that covers both: wild where they differ. What it brings besides is passed over by the rules.
    private static func join(_ left: TopicFilter, _ right: TopicFilter) -> TopicFilter {
        let mine = left.string.levels
        let theirs = right.string.levels
        var levels: [Substring] = []
        for (mine, theirs) in zip(mine, theirs) {
            if mine == "#" || theirs == "#" { break }
            levels.append(mine.isSameBytes(as: theirs) ? mine : "+")
        }
        if mine.count != theirs.count || mine.last == "#" || theirs.last == "#" { levels.append("#") }
        return (try? TopicFilter(levels.joined(separator: "/"))) ?? left
    }
}
