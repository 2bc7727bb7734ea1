import EngineIO
import NIOCore
import NIOHTTP1
import Settings
import SocketIOServer

/// `/ws/<namespace>/<room>`: plain WebSockets, in namespaces of kind `chat` and `echo`.
extension RelayShard {
    func webSocket(for exchange: HTTPExchange) -> (any WebSocketReceiver)? {
        guard let (name, namespace, room) = self.place(of: exchange) else { return nil }
        if let token = namespace.token, !token.isBrought(by: exchange) {
            exchange.refuse(.unauthorized, "the namespace asks for its token, as a bearer or as ?token=")
            return nil
        }
        guard case .chat = namespace.kind else {
            return WebSocketEcho(on: self.shard)
        }
        guard let chat = self.chat(named: namespace.name.description) else { return nil }
        do throws(ChatRefusal) {
            let address = ChatAddress(namespace: name, room: try ChatRoomName.check(room))
            return ChatWebSocket(in: address, as: try Self.name(exchange.target["name"]), among: chat.clients)
        } catch {
            exchange.refuse(error.code, error.message)
            return nil
        }
    }

    /// Where a WebSocket may be, but the request asks for none: a proxy has dropped its `Upgrade`, perhaps.
    /// - Returns: whether it was that, and is answered.
    func refusesPlainHTTP(_ exchange: HTTPExchange) -> Bool {
        guard exchange.head.method == .GET, self.place(of: exchange) != nil else { return false }
        exchange.respond(
            .upgradeRequired,
            [
                ("upgrade", "websocket"), ("connection", "upgrade"), ("sec-websocket-version", "13"),
                ("content-type", "text/plain; charset=utf-8"),
            ],
            body: ByteBuffer(string: "expected a WebSocket; a proxy on the way has to pass Upgrade and Connection on\n")
        )
        return true
    }

    /// The namespace that a request for a WebSocket names, by its own name and in the configuration, and the room in it; nil:
    /// there is none that takes WebSockets.
    private func place(
        of exchange: HTTPExchange
    ) -> (name: String, namespace: RelayConfiguration.Namespace, room: String)? {
        guard exchange.head.uri.hasPrefix("/ws/") else { return nil }
        let parts = RequestTarget.segments(of: exchange.head.uri)
        guard parts.count >= 4, let room = parts.last else { return nil }
        let name = "/" + parts[2..<(parts.count - 1)].joined(separator: "/")
        guard let (namespace, _) = self.configuration.namespace(named: name), namespace.kind.takesWebSockets else {
            return nil
        }
        return (name, namespace, room)
    }

    private static func name(_ text: String?) throws(ChatRefusal) -> ChatName? {
        guard let text else { return nil }
        return try ChatName(text)
    }
}

extension RelayConfiguration.Namespace.Kind {
    fileprivate var takesWebSockets: Bool {
        switch self {
        case .chat, .echo: true
        case .game, .topics: false
        }
    }
}
