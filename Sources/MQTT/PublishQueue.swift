import DequeModule
import NIOCore

/// What one session still has to send, and what the broker still has to acknowledge: first in, first out, bounded in
/// bytes.
///
/// Messages wait here, not in libmosquitto, whose own queues have no bound: it gets the next one only after it has
/// written the last.
struct PublishQueue {
    typealias Completion = (Result<Void, PublishError>) -> Void

    struct Message {
        let topic: TopicName
        let payload: ByteBuffer
        let qos: QoS
        let retain: Bool
        let properties: MQTTProperties?
        let completion: Completion?

        var cost: Int { PublishQueue.cost(of: self.topic, self.payload) }
    }

    /// What a message counts for: its topic and payload, and 64 for the record of it.
    static func cost(of topic: TopicName, _ payload: ByteBuffer) -> Int {
        topic.string.utf8.count + payload.readableBytes + 64
    }

    private struct Unacknowledged {
        let cost: Int
        let completion: Completion?
    }

    private let limit: Int
    private var waiting = Deque<Message>()
    /// By packet identifier.
    private var unacknowledged: [Int: Unacknowledged] = [:]
    private(set) var bytes = 0
    /// QoS 1 messages that may be under way at a time.
    var window: Int

    init(limit: Int, window: Int) {
        self.limit = limit
        self.window = window
    }

    var isEmpty: Bool { self.waiting.isEmpty && self.unacknowledged.isEmpty }

    mutating func add(_ message: Message) throws(PublishError) {
        let cost = message.cost
        if cost > self.limit { throw .tooLarge }
        if cost > self.limit - self.bytes { throw .queueFull }
        self.bytes += cost
        self.waiting.append(message)
    }

    /// The next message to hand to the library, if there is one and now is the time: the window is open, and the packet
    /// identifier that the library is about to use is not still in use (identifiers are 16 bits, it does not look).
    mutating func next(identifier: Int) -> Message? {
        guard let first = self.waiting.first, self.unacknowledged[identifier] == nil else { return nil }
        if first.qos != .atMostOnce, self.unacknowledged.count >= self.window { return nil }
        return self.waiting.popFirst()
    }

    /// The library took a message that the broker will acknowledge.
    mutating func awaitAcknowledgement(of message: Message, identifier: Int) {
        self.unacknowledged[identifier] = Unacknowledged(cost: message.cost, completion: message.completion)
    }

    /// A message that ``next(identifier:)`` gave is done with, one way or the other.
    mutating func finish(_ message: Message) {
        self.bytes -= message.cost
    }

    enum Acknowledged {
        /// Nothing was under way with this identifier: QoS 0 messages end here too.
        case unknown
        case known(Completion?)
    }

    mutating func acknowledged(identifier: Int) -> Acknowledged {
        guard let entry = self.unacknowledged.removeValue(forKey: identifier) else { return .unknown }
        self.bytes -= entry.cost
        return .known(entry.completion)
    }

    /// Empties the queue.
    /// - Returns: how many messages came to nothing, and whom to tell.
    mutating func removeAll() -> (count: Int, completions: [Completion]) {
        let count = self.waiting.count + self.unacknowledged.count
        let completions =
            self.unacknowledged.values.compactMap(\.completion) + self.waiting.compactMap(\.completion)
        self.waiting.removeAll()
        self.unacknowledged.removeAll()
        self.bytes = 0
        return (count, completions)
    }
}
