package import NIOCore

/// Why a request was refused, with the number and words that Engine.IO servers answer (a JSON body).
package enum RequestError: Int, Error, Hashable, Sendable {
    case unknownTransport = 0
    case unknownSession = 1
    case badHandshakeMethod = 2
    case badRequest = 3
    case forbidden = 4
    case unsupportedVersion = 5

    package var message: String {
        switch self {
        case .unknownTransport: "Transport unknown"
        case .unknownSession: "Session ID unknown"
        case .badHandshakeMethod: "Bad handshake method"
        case .badRequest: "Bad request"
        case .forbidden: "Forbidden"
        case .unsupportedVersion: "Unsupported protocol version"
        }
    }

    /// The HTTP status that goes with it.
    package var status: Int { self == .forbidden ? 403 : 400 }

    package var body: ByteBuffer {
        ByteBuffer(string: #"{"code":\#(self.rawValue),"message":"\#(self.message)"}"#)
    }
}
