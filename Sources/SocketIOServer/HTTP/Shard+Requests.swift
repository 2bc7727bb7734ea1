import EngineIO
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// What is served at an Engine.IO path.
enum Endpoint {
    case socketIO
    case engineEcho
}

/// Where an HTTP request belongs: Engine.IO with Socket.IO or a bare echo on it, a plain WebSocket, the program.
extension Shard {
    private func endpoint(for path: String) -> Endpoint? {
        if Self.path(path, isAt: self.configuration.path) { return .socketIO }
        if let echo = self.configuration.engineEchoPath, Self.path(path, isAt: echo) { return .engineEcho }
        return nil
    }

    /// The endpoint's path with or without its last slash.
    private static func path(_ path: String, isAt endpoint: String) -> Bool {
        path == endpoint || path == endpoint.dropLast(endpoint.hasSuffix("/") ? 1 : 0)
    }

    /// A request's head has come. A session learns at once of a POST to it: two at a time end it, and so does one that
    /// breaks off.
    func began(_ exchange: HTTPExchange) {
        guard exchange.head.method == .POST, let connection = self.connection(of: exchange) else { return }
        _ = connection.postOpened(exchange)
    }

    func refusedBody(of exchange: HTTPExchange) {
        guard exchange.head.method == .POST, !exchange.isAnswered else { return }
        self.connection(of: exchange)?.postRefused(exchange)
    }

    private func connection(of exchange: HTTPExchange) -> EngineConnection? {
        guard let endpoint = self.endpoint(for: exchange.target.path), exchange.target["transport"] == "polling",
            let id = exchange.target["sid"].flatMap({ SessionID($0) }), let connection = self.connection(id)
        else { return nil }
        return connection.endpoint == endpoint ? connection : nil
    }

    /// A whole request has come.
    func received(_ exchange: HTTPExchange, on handler: HTTPHandler) {
        guard !exchange.isAnswered else { return }
        guard let endpoint = self.endpoint(for: exchange.target.path) else {
            return self.receivedForApplication(exchange)
        }
        if exchange.head.method == .OPTIONS && !self.configuration.cors.isOff {
            return exchange.respond(.noContent, self.configuration.cors.preflightHeaders(for: exchange.head))
        }
        do {
            try self.received(exchange, at: endpoint, on: handler)
        } catch {
            self.metrics.handshakesRefused += 1
            exchange.refuse(error)
        }
    }

    private func receivedForApplication(_ exchange: HTTPExchange) {
        guard let application else { return exchange.respond(.notFound) }
        guard exchange.wantsWebSocket, let receiver = application.webSocket(for: exchange) else {
            if !exchange.isAnswered { application.respond(to: exchange) }
            return
        }
        guard exchange.originIsAllowed else { return exchange.refuse(.forbidden) }
        exchange.upgrade(to: receiver, maximumMessage: self.configuration.maximumPayload)
    }

    /// The checks in the reference server's order: transport, session, method, upgrade, origin, version.
    private func received(
        _ exchange: HTTPExchange, at endpoint: Endpoint, on handler: HTTPHandler
    ) throws(RequestError) {
        guard let transport = exchange.target["transport"].flatMap(SessionStateMachine.Transport.init(rawValue:)) else {
            throw .unknownTransport
        }
        if let sid = exchange.target["sid"] {
            guard let id = SessionID(sid), id.shard < self.hub.mailboxes.count else { throw .unknownSession }
            guard id.shard == self.index else { return self.move(exchange, on: handler, to: id.shard) }
            if let connection = self.connection(id), connection.endpoint == endpoint {
                return try self.received(exchange, for: connection, transport)
            }
            guard transport == .polling, exchange.head.method == .GET,
                let farewell = self.takeFarewell(for: id, at: endpoint)
            else { throw .unknownSession }
            return exchange.respondPolling(farewell)
        }
        guard exchange.head.method == .GET else { throw .badHandshakeMethod }
        if transport == .webSocket {
            guard exchange.wantsWebSocket else { throw .badRequest }
            guard exchange.originIsAllowed else { throw .forbidden }
        }
        guard exchange.target["EIO"] == "4" else { throw .unsupportedVersion }
        self.open(exchange, transport, endpoint)
    }

    private func received(
        _ exchange: HTTPExchange, for connection: EngineConnection, _ transport: SessionStateMachine.Transport
    ) throws(RequestError) {
        switch (transport, exchange.head.method) {
        case (.webSocket, _):
            guard exchange.wantsWebSocket else { throw .badRequest }
            guard exchange.originIsAllowed else { throw .forbidden }
            exchange.upgrade(to: connection, maximumMessage: self.configuration.maximumPayload)
        case (.polling, .GET): connection.polled(exchange)
        case (.polling, .POST): connection.posted(exchange)
        default: throw .badRequest
        }
    }

    private func open(
        _ exchange: HTTPExchange, _ transport: SessionStateMachine.Transport, _ endpoint: Endpoint
    ) {
        let request = HandshakeRequest(exchange)
        switch transport {
        case .polling:
            guard let connection = self.makeConnection(request, at: endpoint, transport: .polling) else {
                return self.refuseAsFull(exchange)
            }
            connection.open(self.layer(for: endpoint, on: connection), webSocket: nil)
            connection.polled(exchange)
        case .webSocket:
            guard !self.isStopping else { return self.refuseAsFull(exchange) }
            let opening = WebSocketOpening { webSocket in
                guard let connection = self.makeConnection(request, at: endpoint, transport: .webSocket) else {
                    return webSocket.close(.init(codeNumber: 1013))
                }
                webSocket.receiver = connection
                connection.open(self.layer(for: endpoint, on: connection), webSocket: webSocket)
            }
            exchange.upgrade(to: opening, maximumMessage: self.configuration.maximumPayload)
        }
    }

    private func layer(for endpoint: Endpoint, on connection: EngineConnection) -> any MessageLayer {
        switch endpoint {
        case .socketIO: Client(connection)
        case .engineEcho: EngineEcho(connection)
        }
    }

    private func refuseAsFull(_ exchange: HTTPExchange) {
        self.metrics.handshakesRefused += 1
        exchange.respond(
            .serviceUnavailable, [("content-type", "application/json"), ("retry-after", "5")],
            body: ByteBuffer(string: #"{"code":4,"message":"Too many connections"}"#))
    }

    /// The session is another loop's: the TCP connection goes there, the request in its hand.
    private func move(_ exchange: HTTPExchange, on handler: HTTPHandler, to index: Int) {
        let request = HandedOverRequest(head: exchange.head, body: exchange.body)
        guard let descriptor = handler.handOver(exchange) else { return exchange.refuse(.badRequest) }
        self.hub.mailboxes[index].post { $0.adopt(descriptor, with: request) }
    }
}

/// Listens to a WebSocket that opens a session, until it is open.
private final class WebSocketOpening: WebSocketReceiver {
    private let open: (WebSocketHandler) -> Void

    init(open: @escaping (WebSocketHandler) -> Void) {
        self.open = open
    }

    func opened(_ webSocket: WebSocketHandler) { self.open(webSocket) }
    func received(text: ByteBuffer, on webSocket: WebSocketHandler) {}
    func received(binary: ByteBuffer, on webSocket: WebSocketHandler) {}
    func writable(_ webSocket: WebSocketHandler) {}
    func closed(_ webSocket: WebSocketHandler, error: WebSocketErrorCode?) {}
}
