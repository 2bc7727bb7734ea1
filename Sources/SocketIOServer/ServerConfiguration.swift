package import NIOCore

/// Every limit and time of a server. The defaults are the reference server's, where it has one.
package struct ServerConfiguration: Sendable {
    /// The address to listen on. Loopback unless said otherwise, so that nothing is exposed by accident.
    package var host = "127.0.0.1"
    /// 0 takes a free port; the server tells which.
    package var port = 3000
    /// Event loops, each a thread with its own connections; 1…64.
    package var threads = 1
    /// Where Socket.IO is served. Requests match it with or without its last slash.
    package var path = "/socket.io/"
    /// Where a bare Engine.IO endpoint sends every message back; nil: nowhere.
    package var engineEchoPath: String?
    package var cors = CORSPolicy()

    /// Between two pings.
    package var pingInterval = TimeAmount.seconds(25)
    /// How long a client has to answer a ping.
    package var pingTimeout = TimeAmount.seconds(20)
    /// How long an upgrade may take from the WebSocket's opening to the client's `5`.
    package var upgradeTimeout = TimeAmount.seconds(10)
    /// How long a client may stay without joining a namespace.
    package var connectTimeout = TimeAmount.seconds(45)
    /// How long an HTTP connection may stay idle, or take to send one request.
    package var requestTimeout = TimeAmount.seconds(75)
    /// The longest silence of an answer that goes on: below the half minute after which some proxies give up.
    package var keepAliveInterval = TimeAmount.seconds(15)

    /// Most bytes of one polling body or one WebSocket message from a client.
    package var maximumPayload = 1_000_000
    /// Most sessions at once; further handshakes are refused with 503.
    package var maximumConnections = 20_000
    /// Most bytes that wait for one client besides what its socket takes; beyond them it is closed as too slow.
    package var maximumQueue = 1_000_000

    package init() {}
}

/// Which pages of other origins may talk to the server. Requests without an `Origin`, and those from the server's own
/// pages, always may.
package struct CORSPolicy: Sendable {
    package enum Origins: Sendable {
        case none
        case any
        /// True for origins that may, such as `https://example.org`.
        case matching(@Sendable (String) -> Bool)
    }

    package var origins: Origins
    /// Whether browsers may send cookies along.
    package var credentials: Bool

    package init(origins: Origins = .none, credentials: Bool = false) {
        self.origins = origins
        self.credentials = credentials
    }

    package var isOff: Bool {
        if case .none = self.origins { true } else { false }
    }

    /// Whether a page of `origin` may open a WebSocket to `host` (the request's Host header).
    package func allows(origin: String?, host: String?) -> Bool {
        guard let origin else { return true }
        switch self.origins {
        case .any: return true
        case .matching(let matches) where matches(origin): return true
        case .none, .matching: return Self.isSame(origin: origin, host: host)
        }
    }

    private static func isSame(origin: String, host: String?) -> Bool {
        guard let host, let separator = origin.firstRange(of: "://") else { return false }
        return origin[separator.upperBound...] == host
    }
}
