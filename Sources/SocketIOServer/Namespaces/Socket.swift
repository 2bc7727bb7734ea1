import EngineIO
package import NIOCore
package import SocketIO

/// One client in one namespace. Lives on its shard's loop.
package final class Socket {
    /// Twenty random characters; also the name of a room that only this socket is in.
    package let id: String
    package let handshake: SocketHandshake
    /// Whatever the namespace's handler keeps for this socket.
    package var context: AnyObject?

    let namespace: Namespace
    /// Alive while `isConnected`.
    private unowned let client: Client
    package private(set) var isConnected = true

    /// The rooms the socket is in, each with its place in the room's list.
    var memberships: [String: Int] = [:]
    /// The last broadcast that reached the socket, so that none reaches it twice.
    var lastBroadcast: UInt64 = 0

    private var questions: [UInt64: Question] = [:]

    init(id: String, handshake: SocketHandshake, namespace: Namespace, client: Client) {
        self.id = id
        self.handshake = handshake
        self.namespace = namespace
        self.client = client
    }

    package var eventLoop: any EventLoop { self.namespace.shard.eventLoop }

    /// The reason of a socket whose client has disconnected it, rather than lost its connection.
    package static let goodbye = "client namespace disconnect"

    /// `polling` or `websocket`, as of now.
    package var transport: String { self.isConnected ? self.client.connection.transport.rawValue : "none" }

    /// The rooms the socket is in, its own included, sorted.
    package var rooms: [String] { ([self.id] + self.memberships.keys).sorted() }

    // MARK: Sending

    package func emit(_ arguments: Arguments) {
        self.send(OutboundMessage(SocketPacket(namespace: self.namespace.name, .event(arguments, id: nil))))
    }

    /// Sends if the client can take it now, else drops it.
    package func emitVolatile(_ arguments: Arguments) {
        self.sendVolatile(OutboundMessage(SocketPacket(namespace: self.namespace.name, .event(arguments, id: nil))))
    }

    /// Sends a message made for this namespace.
    package func send(_ message: OutboundMessage) {
        guard self.isConnected else { return }
        self.client.connection.send(message)
    }

    package func sendVolatile(_ message: OutboundMessage) {
        guard self.isConnected else { return }
        if !self.client.connection.sendVolatile(message) { self.namespace.shard.metrics.volatileDropped += 1 }
    }

    /// Whether a message sent now leaves at once, without waiting in the client's queue.
    package var isWritable: Bool { self.isConnected && self.client.connection.isWritable }

    /// Bytes that wait for the client in the server's queue.
    package var queuedBytes: Int { self.isConnected ? self.client.connection.queuedBytes : 0 }

    /// Since when the client has taken nothing of what waits for it; nil: nothing waits.
    package var stalledSince: NIODeadline? { self.isConnected ? self.client.connection.stalledSince : nil }

    /// Milliseconds from the last heartbeat's ping to its answer; nil before the first.
    package var roundTrip: Int? { self.isConnected ? self.client.connection.roundTrip : nil }

    /// Has the handler's `writable` called once, when `isWritable` has become true.
    package func notifyWhenWritable() {
        if self.isConnected { self.client.connection.notifyWhenWritable() }
    }

    // MARK: Asking

    /// The outcome of an event that asked for an acknowledgement.
    package enum Reply {
        case arguments(Arguments)
        case timeout
        case disconnected
    }

    private struct Question {
        let timeout: Scheduled<Void>
        let reply: (Reply) -> Void
    }

    /// Emits an event that asks for an acknowledgement; `reply` is called once, on the loop.
    package func ask(_ arguments: Arguments, timeout: TimeAmount, reply: @escaping (Reply) -> Void) {
        let id = self.namespace.shard.nextAckID()
        let packet = SocketPacket(namespace: self.namespace.name, .event(arguments, id: id))
        self.ask(id, OutboundMessage(packet), timeout: timeout, reply: reply)
    }

    /// The same with a message that carries the acknowledgement's number already, as a broadcast's does.
    func ask(_ id: UInt64, _ message: OutboundMessage, timeout: TimeAmount, reply: @escaping (Reply) -> Void) {
        guard self.isConnected else { return reply(.disconnected) }
        let task = self.eventLoop.assumeIsolated().scheduleTask(in: timeout) { self.answer(id, .timeout) }
        self.questions[id] = Question(timeout: task, reply: reply)
        self.client.connection.send(message)
    }

    func acknowledged(_ id: UInt64, _ arguments: Arguments) {
        self.answer(id, .arguments(arguments))
    }

    private func answer(_ id: UInt64, _ reply: Reply) {
        guard let question = self.questions.removeValue(forKey: id) else { return }
        question.timeout.cancel()
        question.reply(reply)
    }

    // MARK: Rooms and leaving

    package func join(_ room: String) {
        guard self.isConnected else { return }
        self.namespace.rooms.add(self, to: room)
    }

    package func leave(_ room: String) {
        self.namespace.rooms.remove(self, from: room)
    }

    /// Ends this socket; the client is told. With `close` its whole connection ends.
    package func disconnect(close: Bool = false) {
        if self.isConnected { self.client.disconnect(self, close: close) }
    }

    /// Closes the connection below Socket.IO.
    package func sever() {
        if self.isConnected { self.client.connection.close(.forcedServerClose) }
    }

    /// Closes the connection because more waits for it than the server keeps.
    package func closeAsSlow() {
        if self.isConnected { self.client.connection.close(.slowConsumer) }
    }

    func disconnected(_ reason: String) {
        guard self.isConnected else { return }
        self.isConnected = false
        self.namespace.remove(self)
        let questions = self.questions
        self.questions = [:]
        for question in questions.values {
            question.timeout.cancel()
            question.reply(.disconnected)
        }
        self.namespace.handler.disconnected(self, reason: reason)
        self.context = nil
    }
}

@available(*, unavailable)
extension Socket: Sendable {}

/// An event from a client.
package struct Event {
    package let name: String
    /// The name first.
    package let arguments: Arguments
    /// How to answer, when the client asks for an acknowledgement.
    package let acknowledgement: Acknowledgement?

    /// Acknowledges with these values, if the client asked.
    package func reply(_ values: JSON...) {
        self.acknowledgement?.send(Arguments(values))
    }
}

/// The one answer to a client's event. Lives on the socket's loop.
package final class Acknowledgement {
    private let id: UInt64
    private var socket: Socket?

    init(id: UInt64, socket: Socket) {
        self.id = id
        self.socket = socket
    }

    /// Sends the answer; a second one is ignored.
    package func send(_ arguments: Arguments) {
        guard let socket else { return }
        self.socket = nil
        socket.send(OutboundMessage(SocketPacket(namespace: socket.namespace.name, .ack(arguments, id: self.id))))
    }
}

@available(*, unavailable)
extension Acknowledgement: Sendable {}
