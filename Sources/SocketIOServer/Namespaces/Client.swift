import EngineIO
import NIOCore
import SocketIO

/// The Socket.IO side of one connection: packets from its messages, its sockets in their namespaces.
final class Client: MessageLayer {
    /// Alive until `closed`.
    unowned let connection: EngineConnection
    private var isClosed = false
    private let shard: Shard
    private var decoder = PacketDecoder()
    private var state = ConnectionStateMachine()
    private var sockets: [String: Socket] = [:]

    init(_ connection: EngineConnection) {
        self.connection = connection
        self.shard = connection.shard
    }

    func opened() {
        self.shard.expectNamespace(from: self)
    }

    /// The time to join a namespace is up.
    func connectTimedOut() {
        if !self.isClosed && !self.state.hasEverJoined { self.connection.close(.connectTimeout) }
    }

    func received(text: ByteBuffer) {
        self.shard.metrics.messagesReceived += 1
        do {
            if let packet = try self.decoder.decode(text: text) { self.received(packet) }
        } catch {
            self.connection.close(.parseError)
        }
    }

    func received(binary: ByteBuffer) {
        do {
            if let packet = try self.decoder.decode(binary: binary) { self.received(packet) }
        } catch {
            self.connection.close(.parseError)
        }
    }

    private func received(_ packet: SocketPacket) {
        switch self.state.received(packet) {
        case .connect(let auth): self.connect(to: packet.namespace, auth)
        case .deliverEvent(let arguments, let id): self.deliver(arguments, id, to: packet.namespace)
        case .deliverAck(let arguments, let id): self.sockets[packet.namespace]?.acknowledged(id, arguments)
        case .disconnect:
            self.sockets.removeValue(forKey: packet.namespace)?.disconnected(Socket.goodbye)
        case .ignore: break
        case .close: self.connection.close(.parseError)
        }
    }

    private func connect(to name: String, _ auth: JSON?) {
        let handshake = SocketHandshake(auth: auth, request: self.connection.request, namespace: name)
        guard let namespace = self.shard.namespace(named: name) else {
            return self.refuse(name, .invalidNamespace)
        }
        if let refusal = namespace.handler.refusal(of: handshake) {
            self.refuse(name, refusal)
            return self.shard.removeNamespaceIfEmpty(namespace)
        }
        let socket = Socket(
            id: self.shard.makeSocketID(), handshake: handshake, namespace: namespace, client: self)
        self.state.accepted(name)
        self.sockets[name] = socket
        namespace.add(socket)
        socket.send(OutboundMessage(SocketPacket(namespace: name, .connect(["sid": JSON(socket.id)]))))
        // The reply may have been what a slow client's queue could not hold.
        if socket.isConnected { namespace.handler.connected(socket) }
    }

    private func refuse(_ name: String, _ refusal: ConnectRefusal) {
        self.state.refused(name)
        self.connection.send(OutboundMessage(SocketPacket(namespace: name, .connectError(refusal.payload))))
    }

    private func deliver(_ arguments: Arguments, _ id: UInt64?, to name: String) {
        guard let socket = self.sockets[name], let first = arguments[0] else { return }
        let event = Event(
            name: first.string ?? String(buffer: first.bytes), arguments: arguments,
            acknowledgement: id.map { Acknowledgement(id: $0, socket: socket) })
        socket.namespace.handler.received(event, from: socket)
    }

    func disconnect(_ socket: Socket, close: Bool) {
        let name = socket.namespace.name
        guard self.sockets.removeValue(forKey: name) != nil else { return }
        self.state.leave(name)
        socket.send(OutboundMessage(SocketPacket(namespace: name, .disconnect)))
        socket.disconnected("server namespace disconnect")
        guard close else { return }
        for other in self.sockets.values { self.disconnect(other, close: false) }
        self.connection.close(.forcedServerClose)
    }

    func writable() {
        for socket in self.sockets.values { socket.namespace.handler.writable(socket) }
    }

    func closed(_ reason: CloseReason) {
        self.isClosed = true
        let sockets = self.sockets
        self.sockets = [:]
        for socket in sockets.values { socket.disconnected(reason.rawValue) }
    }
}
