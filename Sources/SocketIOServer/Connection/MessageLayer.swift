import EngineIO
import NIOCore

/// What stands on an Engine.IO connection and gives its messages a meaning: Socket.IO, or a bare echo. Called on the
/// connection's loop.
protocol MessageLayer: AnyObject {
    func opened()
    func received(text: ByteBuffer)
    func received(binary: ByteBuffer)
    /// The connection takes messages again without keeping them, after `notifyWhenWritable`.
    func writable()
    /// Once; nothing can be sent any more.
    func closed(_ reason: CloseReason)
}

/// Sends every message back: the bare Engine.IO endpoint that protocol suites talk to.
final class EngineEcho: MessageLayer {
    private unowned let connection: EngineConnection

    init(_ connection: EngineConnection) {
        self.connection = connection
    }

    func opened() {}
    func received(text: ByteBuffer) { self.connection.send(OutboundMessage(.text(text))) }
    func received(binary: ByteBuffer) { self.connection.send(OutboundMessage(.binary(binary))) }
    func writable() {}
    func closed(_ reason: CloseReason) {}
}
