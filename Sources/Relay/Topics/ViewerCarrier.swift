import SocketIO
import SocketIOServer

/// What brings a viewer its values: a socket, or an event stream. Lives on the viewer's loop.
protocol ViewerCarrier: AnyObject {
    /// Whether a message sent now leaves at once.
    var isWritable: Bool { get }
    /// Has the viewer's `drain` called once, when `isWritable` has become true.
    func notifyWhenWritable()
    /// Sends in order; what cannot leave now waits, up to `limits.queue`.
    func send(_ message: OutboundMessage)
    /// Ends the viewer because more waits for it than is kept.
    func closeAsSlow()
    /// The link to the broker went down or came back.
    func tell(_ link: Bridge.Link)
}

extension Socket: ViewerCarrier {
    func tell(_ link: Bridge.Link) { self.emit(Arguments(["upstream", link.json])) }
}
