/// A filter as subscriptions use it: levels between `/`, `+` for any one level, `#` at the end for any number of levels,
/// none included (MQTT 5 §4.7). A wildcard in the first level does not match topics that begin with `$`.
///
/// `$share/GROUP/FILTER` (MQTT 5 §4.8.2) matches and covers what FILTER does.
package struct TopicFilter: Sendable, Hashable, CustomStringConvertible {
    /// As written, `$share/…/` included.
    package let string: String

    /// Where the filter proper begins: past `$share/GROUP/`.
    private let start: Int

    package init(_ string: String) throws(TopicError) {
        var string = string
        string.makeContiguousUTF8()
        try TopicError.checkText(string)
        self.string = string
        self.start = try Self.lengthOfShare(in: string)
        try Self.checkLevels(of: string.utf8.dropFirst(self.start))
    }

    package var description: String { self.string }

    package var hasWildcards: Bool {
        self.withBytes { $0.contains { $0 == Byte.plus || $0 == Byte.hash } }
    }

    /// Whether a message on this topic would be delivered to a subscription of this filter.
    package func matches(_ topic: String) -> Bool {
        self.withBytes { filter in topic.withTopicBytes { Self.matches($0, filter: filter) } }
    }

    /// Whether every topic that the other filter matches is matched by this one.
    package func covers(_ other: TopicFilter) -> Bool {
        self.withBytes { mine in other.withBytes { theirs in Self.covers(mine, theirs) } }
    }

    /// The bytes of the filter proper.
    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        self.string.withTopicBytes { body(UnsafeBufferPointer(rebasing: $0.dropFirst(self.start))) }
    }
}

// MARK: - Parsing

extension TopicFilter {
    private static func lengthOfShare(in string: String) throws(TopicError) -> Int {
        let prefix = "$share/"
        if string == "$share" { throw .malformedShare }
        guard string.utf8.starts(with: prefix.utf8) else { return 0 }
        let group = string.utf8.dropFirst(prefix.utf8.count).prefix { $0 != Byte.slash }
        let length = prefix.utf8.count + group.count + 1
        let groupIsPlain = !group.isEmpty && !group.contains { $0 == Byte.plus || $0 == Byte.hash }
        guard groupIsPlain, length < string.utf8.count else { throw .malformedShare }
        return length
    }

    private static func checkLevels(of filter: Substring.UTF8View) throws(TopicError) {
        var levelLength = 0
        var wildcard: UInt8?
        for byte in filter {
            if byte == Byte.slash {
                if wildcard == Byte.hash { throw .hashNotLast }
                levelLength = 0
                wildcard = nil
                continue
            }
            levelLength += 1
            if byte == Byte.plus || byte == Byte.hash { wildcard = byte }
            if wildcard != nil, levelLength > 1 { throw .wildcardBesideText }
        }
    }
}

// MARK: - Matching

extension TopicFilter {
    private static func matches(_ topic: UnsafeBufferPointer<UInt8>, filter: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = topic.first else { return false }
        var topicLevels = TopicLevels(topic)
        var filterLevels = TopicLevels(filter)
        var isFirstLevel = true
        while let pattern = filterLevels.next() {
            let isWildcard = pattern.isPlus || pattern.isHash
            if isFirstLevel, isWildcard, first == Byte.dollar { return false }
            if pattern.isHash { return true }
            guard let level = topicLevels.next() else { return false }
            if !pattern.isPlus, !pattern.elementsEqual(level) { return false }
            isFirstLevel = false
        }
        return topicLevels.next() == nil
    }

    private static func covers(_ mine: UnsafeBufferPointer<UInt8>, _ theirs: UnsafeBufferPointer<UInt8>) -> Bool {
        var myLevels = TopicLevels(mine)
        var theirLevels = TopicLevels(theirs)
        var isFirstLevel = true
        // Whether what the other filter has matched so far can be a whole topic: nothing and one empty level cannot.
        var canEndHere = false
        while let pattern = myLevels.next() {
            let level = theirLevels.next()
            if isFirstLevel, pattern.isPlus || pattern.isHash, level?.first == Byte.dollar { return false }
            if pattern.isHash { return true }
            guard let level else { return false }
            // `#` is none or more levels. When none is no topic, `+/#` says the same.
            if level.isHash { return !canEndHere && pattern.isPlus && myLevels.next()?.isHash == true }
            if !pattern.isPlus, !pattern.elementsEqual(level) { return false }
            canEndHere = !isFirstLevel || !level.isEmpty
            isFirstLevel = false
        }
        return theirLevels.next() == nil
    }
}
