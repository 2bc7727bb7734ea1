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
    /// The last id; 0: none yet.
    private var id: Int64

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

    /// Raises the id as far as it may go.
    private func advance() {
        guard let viewer else { return }
        self.id = max(self.id, viewer.firstUnseen().map { $0 - 1 } ?? self.relay.lastSerial)
    }
}
