import DequeModule
import NIOCore
import SocketIOServer

/// A client that follows topics by Server-Sent Events. Lives on its connection's loop.
///
/// The id of an event says: every value up to this number has reached the client, or a newer one of its topic. While the
/// newest value of some topic waits its turn the id stays below that topic's, so that whoever comes back with the last id
/// it saw misses nothing.
final class EventStream: ViewerCarrier {
    private let stream: ResponseStream
    private unowned let relay: RelayShard
    /// Set once, before anything is sent.
    weak var viewer: Viewer?
    /// Topics of which something waits, each with the number of its first value that does.
    private var held: [Int: Int64] = [:]
    /// The same in the order in which they began to wait, hence of their numbers; some of them wait no longer.
    private var order: Deque<(topic: Int, number: Int64)> = []
    /// The last id; 0: none yet.
    private var id: Int64
    /// Whether what begins to wait is the snapshot's, of which nothing has reached the client.
    private var isOpening = true

    /// Sent in a silence.
    static let keepAlive = ByteBuffer(string: ":\n\n")
    /// How long a client waits before it comes back, in milliseconds.
    private static let retry = 2_000

    /// - Parameter resumption: the id with which the client comes back; 0: with none.
    init(_ stream: ResponseStream, relay: RelayShard, resumption: Int64) {
        self.stream = stream
        self.relay = relay
        self.id = resumption
        stream.send(OutboundMessage(plain: ByteBuffer(string: "retry: \(Self.retry)\n\n")))
    }

    var isWritable: Bool { self.stream.isWritable }

    func notifyWhenWritable() { self.stream.notifyWhenWritable() }

    func closeAsSlow() { self.stream.end(.slowConsumer) }

    /// Ends the stream behind what was sent.
    func end() { self.stream.end() }

    func tell(_ link: Bridge.Link) {
        self.stream.send(EventStreamMessage.make(event: "upstream", link.json))
    }

    func send(_ message: OutboundMessage) {
        self.advance()
        let isOwn = EventStreamMessage.id(of: message) == self.id
        self.stream.send(isOwn ? message : EventStreamMessage.relabelled(message, id: self.id > 0 ? self.id : nil))
    }

    func held(_ entry: TopicStore.Entry) {
        guard self.held[entry.id] == nil else { return }
        let number = self.isOpening ? self.id + 1 : entry.last.number
        self.held[entry.id] = number
        self.order.append((entry.id, number))
        if self.order.count > 1_024 + 2 * self.held.count { self.order.removeAll { self.held[$0.topic] != $0.number } }
    }

    /// All that the snapshot brings waits, or has been sent.
    func opened() { self.isOpening = false }

    func released(_ entry: TopicStore.Entry) { self.held[entry.id] = nil }

    /// Raises the id as far as it may go.
    private func advance() {
        while let first = self.order.first, self.held[first.topic] != first.number { self.order.removeFirst() }
        if let first = self.order.first {
            self.id = max(self.id, first.number - 1)
        } else if self.viewer?.backlogBytes == 0 {
            self.id = max(self.id, self.relay.lastNumber)
        }
    }
}
