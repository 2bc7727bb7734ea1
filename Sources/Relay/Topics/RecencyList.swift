/// Elements in the order in which they were last touched; every change is O(1).
struct RecencyList<Element> {
    private struct Node {
        var element: Element?
        var older: Int
        var newer: Int
    }

    /// The first node is none: its neighbours are the newest and the oldest.
    private var nodes = [Node(element: nil, older: 0, newer: 0)]
    private var free: [Int] = []
    private(set) var count = 0

    /// The one that was touched longest ago.
    var oldest: Element? { self.nodes[self.nodes[0].newer].element }

    /// - Returns: the element's place, by which it is touched and removed.
    mutating func insert(_ element: Element) -> Int {
        self.count += 1
        let place = self.free.popLast() ?? self.nodes.count
        let node = Node(element: element, older: 0, newer: 0)
        if place < self.nodes.count { self.nodes[place] = node } else { self.nodes.append(node) }
        self.link(place)
        return place
    }

    mutating func touch(_ place: Int) {
        guard self.nodes[0].older != place else { return }
        self.unlink(place)
        self.link(place)
    }

    mutating func remove(_ place: Int) {
        self.unlink(place)
        self.nodes[place].element = nil
        self.free.append(place)
        self.count -= 1
    }

    private mutating func link(_ place: Int) {
        let newest = self.nodes[0].older
        self.nodes[place].older = newest
        self.nodes[place].newer = 0
        self.nodes[newest].newer = place
        self.nodes[0].older = place
    }

    private mutating func unlink(_ place: Int) {
        let node = self.nodes[place]
        self.nodes[node.older].newer = node.newer
        self.nodes[node.newer].older = node.older
    }
}
