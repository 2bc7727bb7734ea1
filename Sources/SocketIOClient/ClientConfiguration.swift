package import NIOCore
package import SocketIO

/// Where a client connects, how, and what it keeps at most.
package struct ClientConfiguration: Sendable {
    /// How Engine.IO's packets travel.
    package enum Transport: String, Sendable, CaseIterable {
        /// A WebSocket from the first byte.
        case webSocket = "websocket"
        /// HTTP long-polling only.
        case polling
        /// HTTP long-polling first, then a WebSocket if the server offers one ("Upgrade").
        case pollingThenWebSocket = "upgrade"
    }

    package var server: ServerAddress
    /// The path of the Socket.IO endpoint. Default `/socket.io/`; the last slash may be left out.
    package var path: String = "/socket.io/"
    /// The namespace joined when the connection opens. Default: the path of the URL, which is `/` if it has none.
    package var namespace: String
    /// What the namespace's server is told on joining; an object. Default none.
    package var auth: JSON?
    package var transport: Transport = .webSocket
    /// Pairs added to the query of every request. Default: those of the URL.
    package var query: [(name: String, value: String)]
    /// Header fields added to every request. Default none.
    package var headers: [(name: String, value: String)] = []
    /// From opening to the server's open packet, and from joining a namespace to its answer. Default 20 s.
    package var connectTimeout: TimeAmount = .seconds(20)
    /// From starting a WebSocket beside polling to the server's answer to the probe; then the client stays on polling.
    /// Default 10 s.
    package var upgradeTimeout: TimeAmount = .seconds(10)
    /// Bytes of the largest WebSocket message, or polling answer, that is taken; a larger one ends the connection. At
    /// most 2^32 - 1, default 16 MiB.
    package var maximumMessageBytes: Int = 16 << 20
    /// Bytes that may wait for the server. What would exceed it is refused with `ClientError.queueFull`.
    /// Default 1 MiB.
    package var maximumQueuedBytes: Int = 1 << 20
    /// Bytes that the kernel may keep of what is not read yet (`SO_RCVBUF`). Default nil: as many as it sees fit, megabytes
    /// for a client that stops reading.
    package var receiveBufferBytes: Int?
    /// Acknowledgements that may be awaited at once; asking for more is refused with `ClientError.tooManyAcks`.
    /// Default 10,000.
    package var maximumPendingAcks: Int = 10_000
    /// When the connection is lost: how to try again. Default nil, not at all.
    package var reconnect: Backoff?

    /// Reads a `http`, `https`, `ws` or `wss` URL: `http://host:port/namespace?query`.
    ///
    /// - Throws: `ClientError.invalidURL`, and `ClientError.tlsUnsupported` for `https` and `wss`.
    package init(url: String) throws(ClientError) {
        let url = try ClientURL(url)
        self.init(server: url.server)
        self.namespace = url.namespace
        self.query = url.query
    }

    package init(server: ServerAddress) {
        self.server = server
        self.namespace = "/"
        self.query = []
    }
}

/// A host and a port.
package struct ServerAddress: Hashable, Sendable {
    /// A name, or an IP address without brackets.
    package var host: String
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// As a `Host` field has it (RFC 9110 §7.2).
    var authority: String {
        let host = self.host.utf8.contains(UInt8(ascii: ":")) ? "[\(self.host)]" : self.host
        return self.port == 80 ? host : "\(host):\(self.port)"
    }
}
