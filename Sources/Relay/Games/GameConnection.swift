import Game
import NIOCore
import SocketIO
import SocketIOServer

/// What carries a client of a game namespace: a socket, topics of its own at the broker, or a device that plays without
/// knowing it. Lives on the client's loop.
protocol GameConnection: AnyObject {
    /// Sends something to the client alone.
    /// - Parameter room: which of the client's rooms it comes from; nil: none.
    func send(_ frame: EncodedFrame, from room: Admission?)

    /// The client is in a room from now on.
    func entered(_ room: Admission)
    /// The client is in the room no more.
    func left(_ room: Admission)

    /// Milliseconds to the client and back; nil: not measured.
    var roundTrip: Int? { get }

    /// Whether what is sent now leaves at once.
    var isWritable: Bool { get }
    /// Bytes that wait for the client.
    var queuedBytes: Int { get }
    /// Since when the client has taken nothing of what waits for it; nil: nothing waits.
    var stalledSince: NIODeadline? { get }
    /// Has the client's ``GameClient/writable()`` called once, when `isWritable` has become true.
    func notifyWhenWritable()
}

/// What holds of connections that keep nothing for a client: what they cannot send at once is lost.
extension GameConnection {
    func entered(_ room: Admission) {}
    func left(_ room: Admission) {}

    var roundTrip: Int? { nil }
    var isWritable: Bool { true }
    var queuedBytes: Int { 0 }
    var stalledSince: NIODeadline? { nil }
    func notifyWhenWritable() {}
}

/// A client's Socket.IO socket.
final class SocketConnection: GameConnection {
    private let socket: Socket

    init(_ socket: Socket) {
        self.socket = socket
    }

    func send(_ frame: EncodedFrame, from room: Admission?) {
        switch frame {
        case .packet(let message): self.socket.send(message)
        case .event(let arguments): self.socket.emit(arguments)
        }
    }

    var roundTrip: Int? { self.socket.roundTrip }
    var isWritable: Bool { self.socket.isWritable }
    var queuedBytes: Int { self.socket.queuedBytes }
    var stalledSince: NIODeadline? { self.socket.stalledSince }

    func notifyWhenWritable() {
        self.socket.notifyWhenWritable()
    }
}
