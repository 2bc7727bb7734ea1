import NIOCore
package import SocketIO

/// What a client can fail with.
package enum ClientError: Error, Hashable, Sendable {
    /// The text is no URL of a Socket.IO server.
    case invalidURL(String)
    /// The URL asks for TLS, which this client does not speak.
    case tlsUnsupported
    /// No connection came about; the system's words.
    case connectFailed(String)
    /// The server did not open the session, or did not answer for the namespace, in time.
    case connectTimeout
    /// The server answered a request with this HTTP status; `message` is what it said, at most 200 bytes of it.
    case httpStatus(Int, message: String)
    /// The namespace refused the client; the payload of its CONNECT_ERROR.
    case refused(JSON)
    /// There is no such connection or namespace at present.
    case notConnected
    /// The client is connected, or connecting, already.
    case alreadyConnected
    /// More would wait for the server than `ClientConfiguration.maximumQueuedBytes`.
    case queueFull
    /// More acknowledgements would be awaited than `ClientConfiguration.maximumPendingAcks`.
    case tooManyAcks
    /// An event or ack may have ten attachments.
    case tooManyAttachments
    /// No acknowledgement came in time.
    case ackTimeout
    /// The connection ended meanwhile.
    case disconnected(DisconnectReason)
    /// The server sent what is not WebSocket, Engine.IO or Socket.IO.
    case malformed(String)
}

/// Why a connection, or a namespace on it, ended; in the words of the official clients where they have one.
package enum DisconnectReason: String, Hashable, Sendable, CaseIterable {
    /// The server disconnected the namespace.
    case serverDisconnect = "io server disconnect"
    /// This client asked for it.
    case clientDisconnect = "io client disconnect"
    /// Nothing came from the server for the interval and timeout of its pings.
    case pingTimeout = "ping timeout"
    /// The server closed the connection.
    case transportClose = "transport close"
    /// The connection could not be made, or failed.
    case transportError = "transport error"
    /// The server sent what is not WebSocket, Engine.IO or Socket.IO.
    case parseError = "parse error"
    /// The server sent more bytes at once than `ClientConfiguration.maximumMessageBytes`.
    case messageTooLarge = "message too large"
    /// The namespace refused the client.
    case refused = "connect error"
    /// The server did not open the session, or did not answer for the namespace, in time.
    case connectTimeout = "connect timeout"
}

/// How a connection ended: why, and the error behind it if there was one.
package struct Ending: Hashable, Sendable {
    package let reason: DisconnectReason
    package let error: ClientError?

    init(_ reason: DisconnectReason, _ error: ClientError? = nil) {
        self.reason = reason
        self.error = error
    }

    /// The error to throw where the ending is one.
    package var asError: ClientError { self.error ?? .disconnected(self.reason) }
}

extension Ending: CustomStringConvertible {
    /// Why, in words for a line on a terminal.
    package var description: String {
        switch self.error {
        case nil, .disconnected: self.reason.rawValue
        case .refused(let payload): "refused: \(String(buffer: payload.bytes).prefix(200))"
        case .connectFailed(let text): "\(self.reason.rawValue): \(text)"
        case .some(let error): "\(self.reason.rawValue): \(error)"
        }
    }
}
