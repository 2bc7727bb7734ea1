package import EngineIO
package import NIOCore
package import NIOHTTP1

/// One HTTP request and the way to answer it, once. Lives on its connection's loop.
package final class HTTPExchange {
    package let head: HTTPRequestHead
    package let target: RequestTarget
    package let remoteAddress: String?
    package internal(set) var body = ByteBuffer()

    /// Called once when the client goes away before the answer.
    package var whenAborted: (() -> Void)?

    private weak var handler: HTTPHandler?
    private let cors: CORSPolicy

    init(_ head: HTTPRequestHead, handler: HTTPHandler, cors: CORSPolicy, remoteAddress: String?) {
        self.head = head
        self.target = RequestTarget(head.uri)
        self.handler = handler
        self.cors = cors
        self.remoteAddress = remoteAddress
    }

    package var isAnswered: Bool { self.handler == nil }

    /// Answers. `Content-Length`, CORS and connection headers are added here; a second answer is ignored.
    ///
    /// The decoder reads nothing behind a request that asks for an upgrade, so the connection cannot go on after one.
    package func respond(
        _ status: HTTPResponseStatus, _ headers: [(String, String)] = [], body: ByteBuffer = ByteBuffer(),
        close: Bool = false
    ) {
        guard let handler else { return }
        self.handler = nil
        self.whenAborted = nil
        var head = self.responseHead(status, headers)
        head.headers.add(name: "content-length", value: String(body.readableBytes))
        handler.respond(
            head,
            body: self.head.method == .HEAD ? ByteBuffer() : body,
            keepAlive: self.head.isKeepAlive && !close && !self.head.headers.contains(name: "upgrade"))
    }

    /// Begins an answer that goes on, behind which the connection closes; nil when it was answered already.
    ///
    /// - Parameter keepAlive: what is sent whenever nothing else was for `keepAliveInterval`.
    package func stream(_ headers: [(String, String)], keepAlive: ByteBuffer) -> ResponseStream? {
        guard let handler else { return nil }
        self.handler = nil
        self.whenAborted = nil
        return handler.stream(self.responseHead(.ok, headers), keepAlive: keepAlive)
    }

    private func responseHead(_ status: HTTPResponseStatus, _ headers: [(String, String)]) -> HTTPResponseHead {
        var all = HTTPHeaders(headers)
        for (name, value) in self.cors.headers(for: self.head) {
            // One `Vary` that names all: some readers look at the first only.
            let present = name == "vary" ? all.first(name: name) : nil
            all.replaceOrAdd(name: name, value: present.map { "\(value), \($0)" } ?? value)
        }
        return HTTPResponseHead(version: self.head.version, status: status, headers: all)
    }

    /// Answers a request of the Engine.IO endpoint with its error (JSON).
    func refuse(_ error: RequestError, message: String? = nil) {
        self.respond(
            HTTPResponseStatus(statusCode: error.status), [("content-type", "application/json")], body: error.body)
    }

    func respondPolling(_ body: ByteBuffer) {
        self.respond(
            .ok, [("content-type", "text/plain; charset=UTF-8"), ("cache-control", "no-store")], body: body)
    }

    /// Turns the connection into a WebSocket for `receiver`. Answers 400 or 426 itself when the request is not one.
    func upgrade(to receiver: any WebSocketReceiver, maximumMessage: Int) {
        self.handler?.upgrade(self, to: receiver, maximumMessage: maximumMessage)
    }

    /// Whether the client asks for a WebSocket (RFC 6455 §4.1).
    package var wantsWebSocket: Bool {
        self.head.method == .GET
            && self.head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
            && self.head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
    }

    /// Whether a page of the request's origin may open a WebSocket here.
    package var originIsAllowed: Bool {
        self.cors.allows(
            origin: self.head.headers.first(name: "origin"), host: self.head.headers.first(name: "host"))
    }

    /// The exchange is another loop's from here on; this one no longer answers it.
    func handedOver() {
        self.handler = nil
        self.whenAborted = nil
    }

    func aborted() {
        self.handler = nil
        let whenAborted = self.whenAborted
        self.whenAborted = nil
        whenAborted?()
    }
}

@available(*, unavailable)
extension HTTPExchange: Sendable {}
