/// Why a session ended. Counted, logged and told to handlers under the same name.
package enum CloseReason: String, Hashable, Sendable, CaseIterable {
    /// The client left, or its connection broke.
    case transportClose = "transport close"
    /// The connection failed: a request aborted, two polls at once, an I/O error.
    case transportError = "transport error"
    /// The client did not answer a ping in time.
    case pingTimeout = "ping timeout"
    /// The client sent what is not Engine.IO or Socket.IO.
    case parseError = "parse error"
    /// The client sent more bytes at once than it may.
    case payloadTooLarge = "payload too large"
    /// The client joined no namespace in time.
    case connectTimeout = "connect timeout"
    /// The client read so slowly that more waited for it than the server keeps.
    case slowConsumer = "slow consumer"
    /// The server closed this client's connection.
    case forcedServerClose = "forced server close"
    /// The server stops.
    case serverShuttingDown = "server shutting down"
}
