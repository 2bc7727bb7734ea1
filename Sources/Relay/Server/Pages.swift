import EngineIO
import Foundation
import NIOCore
import NIOHTTP1
import SocketIOServer

/// What the relay serves over plain HTTP: the browser client, the first page, and its own health.
struct Pages: Sendable {
    /// A file of the program, compressed once.
    private static func file(_ body: ByteBuffer, type: String) -> Content {
        Content(type: type, body: body, tag: EntityTag(of: body), gzipped: Gzip.compress(body, .file))
    }

    private let files: [String: Content]
    private let bridge: Bridge?

    /// - Parameter client: the official browser client; nil: its address answers 404 with what to do.
    init(path: String, client: ByteBuffer?, bridge: Bridge?) {
        self.bridge = bridge
        var files: [String: Content] = [:]
        for page in PageFile.all { files[page.path] = Self.file(ByteBuffer(bytes: page.bytes), type: page.type) }
        if let client {
            let file = Self.file(client, type: "text/javascript; charset=utf-8")
            files[path + "socket.io.js"] = file
            files[path + "socket.io.min.js"] = file
        }
        self.files = files
    }

    func respond(to exchange: HTTPExchange, on shard: Shard) {
        guard exchange.head.method == .GET || exchange.head.method == .HEAD else {
            return exchange.respond(.methodNotAllowed, [("allow", "GET, HEAD")])
        }
        switch exchange.target.path {
        case "/healthz": exchange.respond(text: "ok\n")
        case "/readyz": self.ready(exchange)
        case "/metrics": self.metrics(exchange, shard)
        case let path:
            guard let file = self.files[path] else { return exchange.respond(text: "not found\n", .notFound) }
            exchange.respond(file, [("cache-control", "public, max-age=0"), ("vary", "Accept-Encoding")])
        }
    }

    private func ready(_ exchange: HTTPExchange) {
        guard let link = self.bridge?.current, !link.isUp else { return exchange.respond(text: "ready\n") }
        exchange.respond(text: "no link to the broker: \(link.reason ?? "unknown")\n", .serviceUnavailable)
    }

    private func metrics(_ exchange: HTTPExchange, _ shard: Shard) {
        let pending = NIOLoopBound(exchange, eventLoop: shard.eventLoop)
        let bridge = self.bridge
        shard.hub.collect(on: shard.eventLoop) { shard in
            let relay = shard.application as? RelayShard
            return (
                server: shard.metrics, endpoints: relay?.endpoints.currentMetrics, topics: relay?.topicMetrics,
                games: relay?.gameMetrics, chats: relay?.chatMetrics
            )
        }.whenSuccess { parts in
            var text = MetricsText()
            text.add(parts.map(\.server).reduce(ServerMetrics(), +))
            text.add(parts.compactMap(\.endpoints).reduce(TopicEndpointMetrics(), +))
            if let bridge { text.add(bridge) }
            text.add(parts.compactMap(\.topics))
            let games = parts.compactMap(\.games)
            if !games.isEmpty { text.add(games.reduce(GameMetrics(), +)) }
            let chats = parts.compactMap(\.chats)
            if !chats.isEmpty { text.add(chats.reduce(ChatMetrics(), +)) }
            pending.value.respond(
                .ok, [("content-type", "text/plain; version=0.0.4; charset=utf-8")],
                body: ByteBuffer(string: text.text))
        }
    }
}

extension HTTPExchange {
    func respond(text: String, _ status: HTTPResponseStatus = .ok) {
        self.respond(status, [("content-type", "text/plain; charset=utf-8")], body: ByteBuffer(string: text))
    }
}
