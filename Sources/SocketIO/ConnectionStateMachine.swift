/// Which namespaces one connection has joined, and what a packet for one of them means (Socket.IO protocol 5,
/// "Exchange protocol").
///
/// Pure: the caller carries the actions out.
package struct ConnectionStateMachine: Sendable {
    private var joined: Set<String> = []
    private var pending: Set<String> = []
    /// Namespaces left most recently, newest last: an event or ack that was under way when the server disconnected the
    /// socket is no offence of the client's.
    private var left: [String] = []

    private static let remembered = 16
    /// Most namespaces one connection may join.
    package static let maximumNamespaces = 128

    package init() {}

    /// Whether any namespace has accepted the client yet; one that it has left again counts.
    package var hasEverJoined: Bool { !self.joined.isEmpty || !self.left.isEmpty }

    package enum Action: Hashable, Sendable {
        case connect(JSON?)
        case deliverEvent(Arguments, id: UInt64?)
        case deliverAck(Arguments, id: UInt64)
        case disconnect
        case ignore
        /// What no client may send: the whole connection ends.
        case close
    }

    package mutating func received(_ packet: SocketPacket) -> Action {
        let namespace = packet.namespace
        switch packet.content {
        case .connect(let auth):
            guard !self.joined.contains(namespace), !self.pending.contains(namespace),
                self.joined.count + self.pending.count < Self.maximumNamespaces
            else { return .close }
            self.pending.insert(namespace)
            return .connect(auth)
        case .event(let arguments, let id):
            guard self.joined.contains(namespace) else { return self.stray(namespace) }
            return .deliverEvent(arguments, id: id)
        case .ack(let arguments, let id):
            guard self.joined.contains(namespace) else { return self.stray(namespace) }
            return .deliverAck(arguments, id: id)
        case .disconnect:
            guard self.joined.contains(namespace) else { return self.stray(namespace) }
            self.leave(namespace)
            return .disconnect
        case .connectError:
            return .close
        }
    }

    /// The namespace accepted the connection.
    package mutating func accepted(_ namespace: String) {
        self.pending.remove(namespace)
        self.joined.insert(namespace)
    }

    /// The namespace refused the connection; the client may try again.
    package mutating func refused(_ namespace: String) {
        self.pending.remove(namespace)
    }

    /// The server disconnected the socket.
    package mutating func leave(_ namespace: String) {
        guard self.joined.remove(namespace) != nil else { return }
        self.left.removeAll { $0 == namespace }
        self.left.append(namespace)
        if self.left.count > Self.remembered { self.left.removeFirst() }
    }

    private func stray(_ namespace: String) -> Action {
        self.left.contains(namespace) ? .ignore : .close
    }
}
