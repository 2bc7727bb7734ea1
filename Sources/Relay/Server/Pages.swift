import EngineIO
import Foundation
import NIOCore
import NIOHTTP1
import SocketIOServer

/// What the relay serves over plain HTTP: its pages, the browser client, and its own health.
struct Pages: Sendable {
    private let files: SiteFiles
    private let bridges: Bridges
    /// Where the browser client is, as Socket.IO servers serve it.
    private let clientPaths: Set<String>

    /// - Parameter path: where Socket.IO answers.
    init(path: String, files: SiteFiles, bridges: Bridges) {
        self.files = files
        self.bridges = bridges
        self.clientPaths = [path + "socket.io.js", path + "socket.io.min.js"]
    }

    func respond(to exchange: HTTPExchange, on shard: Shard) {
        let path = exchange.target.path
        guard exchange.head.method == .GET || exchange.head.method == .HEAD else {
            guard self.isThere(path) else { return exchange.respond(text: "not found\n", .notFound) }
            return exchange.respond(.methodNotAllowed, [("allow", "GET, HEAD")])
        }
        switch path {
        case "/healthz": exchange.respond(text: "ok\n")
        case "/readyz": self.ready(exchange)
        case "/metrics": self.metrics(exchange, shard)
        default: self.file(exchange, at: path)
        }
    }

    private func isThere(_ path: String) -> Bool {
        ["/healthz", "/readyz", "/metrics"].contains(path) || self.clientPaths.contains(path)
            || self.files.file(at: path) != nil
    }

    private func file(_ exchange: HTTPExchange, at path: String) {
        let isClient = self.clientPaths.contains(path)
        guard let file = isClient ? self.files.client : self.files.file(at: path) else {
            let hint =
                isClient
                ? "the browser client was not there when this relay was built: run scripts/setup first" : "not found"
            return exchange.respond(text: hint + "\n", .notFound)
        }
        exchange.respond(file, Self.headers)
    }

    /// Asked for anew each time, which costs a 304. The pages load nothing but what this relay serves, run no script but
    /// from files, and are shown inside no other site's (https://www.w3.org/TR/CSP3/).
    private static let headers = [
        ("cache-control", "no-cache"), ("vary", "Accept-Encoding"), ("referrer-policy", "same-origin"),
        (
            "content-security-policy",
            "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
                + "frame-ancestors 'self'"
        ),
    ]

    private func ready(_ exchange: HTTPExchange) {
        let missing = self.bridges.all.filter { !$0.current.isUp }
        func broker(_ bridge: Bridge) -> String { "the broker\(bridge.name.map { " " + $0 } ?? "")" }
        guard !missing.isEmpty else {
            // All else that is asked for comes: one topic that may not be read is no reason to serve none.
            let refusals = self.bridges.all.flatMap { bridge in
                bridge.refusedFilters.map { "but \(broker(bridge)) refuses to bring \($0)\n" }
            }
            return exchange.respond(text: "ready\n" + refusals.joined())
        }
        let lines = missing.map { "no link to \(broker($0)): \($0.current.reason ?? "unknown")\n" }
        exchange.respond(text: lines.joined(), .serviceUnavailable)
    }

    private func metrics(_ exchange: HTTPExchange, _ shard: Shard) {
        let pending = NIOLoopBound(exchange, eventLoop: shard.eventLoop)
        let bridges = self.bridges.all
        let brokers = EventLoopFuture.whenAllSucceed(
            bridges.map { $0.counters(on: shard.eventLoop) }, on: shard.eventLoop)
        RelayFigures.collect(from: shard.hub, on: shard.eventLoop).and(brokers).whenSuccess { figures, counters in
            var text = MetricsText()
            text.add(figures.server)
            text.add(figures.endpoints)
            text.add(bridges, counters)
            text.add(figures.topics)
            if let games = figures.games { text.add(games) }
            if let chats = figures.chats { text.add(chats) }
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
