/// Values by filter, found by topic: the time for a look-up depends on the topic's levels and the filters that share a
/// beginning with it, not on how many filters there are.
///
/// Each level of each filter is a node. Nodes lie in one array and their children in one dictionary, keyed by the
/// seeded hash of the level's bytes, so that a look-up makes no strings.
package struct TopicTree<Value: Equatable> {
    private struct Node {
        let parent: Int
        let level: [UInt8]
        var values: [Value] = []
        /// Those of the filter that ends here with one more level, `#`.
        var hashValues: [Value] = []
        /// The child for `+`.
        var plus: Int?
        /// Another child of the same parent whose level has the same hash.
        var twin: Int?
        /// Children with a level of their own, `plus` not counted.
        var childCount = 0

        var isIdle: Bool {
            self.values.isEmpty && self.hashValues.isEmpty && self.plus == nil && self.childCount == 0
        }
    }

    private struct Edge: Hashable {
        let parent: Int
        let levelHash: Int
    }

    private static var root: Int { 0 }

    private var nodes = [Node(parent: Self.root, level: [])]
    private var children: [Edge: Int] = [:]
    private var freeNodes: [Int] = []
    /// How many values the tree holds; one that is under two filters counts twice.
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { self.count == 0 }

    /// Adds the value under the filter; one value may be under many filters, and twice under one.
    package mutating func insert(_ value: Value, for filter: TopicFilter) {
        self.count += 1
        filter.withBytes { bytes in
            var node = Self.root
            var levels = TopicLevels(bytes)
            while let level = levels.next() {
                if level.isHash {
                    self.nodes[node].hashValues.append(value)
                    return
                }
                node = level.isPlus ? self.plusChild(of: node) : self.child(of: node, level)
            }
            self.nodes[node].values.append(value)
        }
    }

    /// Removes the value from under the filter, once.
    /// - Returns: whether it was there.
    @discardableResult
    package mutating func remove(_ value: Value, for filter: TopicFilter) -> Bool {
        let removed = filter.withBytes { bytes in
            var node = Self.root
            var levels = TopicLevels(bytes)
            while let level = levels.next() {
                if level.isHash { return self.remove(value, from: \.hashValues, of: node) }
                guard let next = level.isPlus ? self.nodes[node].plus : self.existingChild(of: node, level) else {
                    return false
                }
                node = next
            }
            return self.remove(value, from: \.values, of: node)
        }
        if removed { self.count -= 1 }
        return removed
    }

    /// The values of every filter that matches, in no particular order; a value under two such filters comes twice.
    package func match(_ topic: String) -> [Value] {
        var found: [Value] = []
        self.forEachMatch(of: topic) { found.append($0) }
        return found
    }

    /// Whether any filter matches.
    package func hasMatch(for topic: String) -> Bool {
        var found = false
        self.forEachMatch(of: topic) { _ in found = true }
        return found
    }

    /// Calls the closure as often as ``match(_:)`` has elements.
    package func forEachMatch(of topic: String, _ body: (Value) -> Void) {
        topic.withTopicBytes { bytes in
            guard let first = bytes.first else { return }
            var levels = TopicLevels(bytes)
            var reached = [Self.root]
            var next: [Int] = []
            var wildcardsMatch = first != Byte.dollar
            while let level = levels.next(), !reached.isEmpty {
                let levelHash = Self.hash(of: level)
                for node in reached {
                    if wildcardsMatch {
                        self.nodes[node].hashValues.forEach(body)
                        if let plus = self.nodes[node].plus { next.append(plus) }
                    }
                    if let child = self.existingChild(of: node, level, levelHash) { next.append(child) }
                }
                swap(&reached, &next)
                next.removeAll(keepingCapacity: true)
                wildcardsMatch = true
            }
            for node in reached {
                self.nodes[node].values.forEach(body)
                self.nodes[node].hashValues.forEach(body)
            }
        }
    }
}

// MARK: - Nodes

extension TopicTree {
    private static func hash(of level: TopicLevels.Level) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: level)))
        return hasher.finalize()
    }

    private func existingChild(of parent: Int, _ level: TopicLevels.Level, _ levelHash: Int? = nil) -> Int? {
        if self.nodes[parent].childCount == 0 { return nil }
        var candidate = self.children[Edge(parent: parent, levelHash: levelHash ?? Self.hash(of: level))]
        while let node = candidate, !self.nodes[node].level.elementsEqual(level) {
            candidate = self.nodes[node].twin
        }
        return candidate
    }

    private mutating func child(of parent: Int, _ level: TopicLevels.Level) -> Int {
        if let existing = self.existingChild(of: parent, level) { return existing }
        let edge = Edge(parent: parent, levelHash: Self.hash(of: level))
        let node = self.add(Node(parent: parent, level: Array(level)))
        self.nodes[node].twin = self.children.updateValue(node, forKey: edge)
        self.nodes[parent].childCount += 1
        return node
    }

    private mutating func plusChild(of parent: Int) -> Int {
        if let existing = self.nodes[parent].plus { return existing }
        let node = self.add(Node(parent: parent, level: [Byte.plus]))
        self.nodes[parent].plus = node
        return node
    }

    private mutating func add(_ node: Node) -> Int {
        if let index = self.freeNodes.popLast() {
            self.nodes[index] = node
            return index
        }
        self.nodes.append(node)
        return self.nodes.count - 1
    }

    private mutating func remove(_ value: Value, from list: WritableKeyPath<Node, [Value]>, of node: Int) -> Bool {
        guard let index = self.nodes[node][keyPath: list].firstIndex(of: value) else { return false }
        self.nodes[node][keyPath: list].remove(at: index)
        self.prune(from: node)
        return true
    }

    private mutating func prune(from node: Int) {
        var node = node
        while node != Self.root, self.nodes[node].isIdle {
            let parent = self.nodes[node].parent
            if self.nodes[parent].plus == node {
                self.nodes[parent].plus = nil
            } else {
                self.unlink(node, from: parent)
            }
            self.nodes[node] = Node(parent: Self.root, level: [])
            self.freeNodes.append(node)
            node = parent
        }
    }

    private mutating func unlink(_ node: Int, from parent: Int) {
        let level = self.nodes[node].level
        let levelHash = level.withUnsafeBufferPointer { Self.hash(of: $0[...]) }
        let edge = Edge(parent: parent, levelHash: levelHash)
        let twin = self.nodes[node].twin
        if self.children[edge] == node {
            self.children[edge] = twin
        } else {
            var previous = self.children[edge]
            while let candidate = previous, self.nodes[candidate].twin != node {
                previous = self.nodes[candidate].twin
            }
            if let previous { self.nodes[previous].twin = twin }
        }
        self.nodes[parent].childCount -= 1
    }
}
