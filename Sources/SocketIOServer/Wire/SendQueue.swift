import DequeModule

/// What waits for one client whose transport cannot take it now, in order, bounded in bytes.
struct SendQueue {
    private var messages: Deque<OutboundMessage> = []
    private(set) var byteCount = 0

    var isEmpty: Bool { self.messages.isEmpty }
    var count: Int { self.messages.count }

    /// False when the message would make more than `limit` bytes wait. One message alone always fits: a limit smaller
    /// than a message must not close whoever is merely between two polls.
    mutating func append(_ message: OutboundMessage, limit: Int) -> Bool {
        guard self.messages.isEmpty || self.byteCount + message.byteCount <= limit else { return false }
        self.messages.append(message)
        self.byteCount += message.byteCount
        return true
    }

    mutating func popFirst() -> OutboundMessage? {
        guard let message = self.messages.popFirst() else { return nil }
        self.byteCount -= message.byteCount
        return message
    }

    /// The messages that fit in one polling answer, by the number of packets they are; at least one.
    mutating func popFirst(packets limit: Int) -> [OutboundMessage] {
        var popped: [OutboundMessage] = []
        var packets = 0
        while let first = self.messages.first, popped.isEmpty || packets + first.packetCount <= limit {
            packets += first.packetCount
            popped.append(first)
            _ = self.popFirst()
        }
        return popped
    }

    /// Puts a message before all others, whatever waits: for heartbeats.
    mutating func prepend(_ message: OutboundMessage) {
        self.messages.prepend(message)
        self.byteCount += message.byteCount
    }

    mutating func removeAll() {
        self.messages = []
        self.byteCount = 0
    }
}
