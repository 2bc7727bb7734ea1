import EngineIO
package import NIOHTTP1

/// What a client sent when it opened its session; kept for as long as the session, so only what handlers may ask.
package final class HandshakeRequest: Sendable {
    package let query: [(name: String, value: String)]
    package let headers: HTTPHeaders
    package let remoteAddress: String?

    init(_ exchange: HTTPExchange) {
        self.query = exchange.target.query
        self.headers = exchange.head.headers
        self.remoteAddress = exchange.remoteAddress
    }
}
