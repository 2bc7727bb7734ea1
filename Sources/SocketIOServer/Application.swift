package import SocketIO

/// What a program makes of the server: one instance an event loop, used on that loop only.
package protocol Application: AnyObject {
    /// The handler for a namespace that a client names for the first time here, or again after all had left it; nil
    /// when there is no such namespace.
    func namespace(named name: String) -> (any NamespaceHandler)?

    /// Answers a request that is not for Socket.IO.
    func respond(to exchange: HTTPExchange)

    /// The server is about to stop: the time to end answers that go on, and those that wait.
    func stopping()

    /// What a plain WebSocket that this request asks for talks to; nil: there is none, or the application has answered the
    /// request with a refusal.
    func webSocket(for exchange: HTTPExchange) -> (any WebSocketReceiver)?
}

/// What happens in one namespace, on one event loop. All calls come on that loop.
package protocol NamespaceHandler: AnyObject {
    /// Whether a client may connect; a refusal is sent as its CONNECT_ERROR.
    func refusal(of handshake: SocketHandshake) -> ConnectRefusal?
    /// A socket has connected; its CONNECT reply is on its way.
    func connected(_ socket: Socket)
    func received(_ event: Event, from socket: Socket)
    /// The socket's connection takes messages again, after `Socket.notifyWhenWritable`.
    func writable(_ socket: Socket)
    func disconnected(_ socket: Socket, reason: String)
    /// The last socket has left; the next one finds a new handler.
    func closed()
}

extension NamespaceHandler {
    package func refusal(of handshake: SocketHandshake) -> ConnectRefusal? { nil }
    package func connected(_ socket: Socket) {}
    package func writable(_ socket: Socket) {}
    package func disconnected(_ socket: Socket, reason: String) {}
    package func closed() {}
}

/// How a client introduced itself to a namespace.
package struct SocketHandshake: Sendable {
    /// The auth payload of its CONNECT, if any.
    package let auth: JSON?
    package let request: HandshakeRequest
    /// The namespace's name.
    package let namespace: String
}

/// Why a client may not connect to a namespace: `{"message": …, "data": …}` in its `connect_error`.
package struct ConnectRefusal: Sendable {
    package let message: String
    package let data: JSON?

    package init(_ message: String, data: JSON? = nil) {
        self.message = message
        self.data = data
    }

    static let invalidNamespace = ConnectRefusal("Invalid namespace")

    var payload: JSON {
        var members: [(String, JSON)] = [("message", JSON(self.message))]
        if let data { members.append(("data", data)) }
        return .object(members)
    }
}
