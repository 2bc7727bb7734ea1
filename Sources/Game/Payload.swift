package import NIOCore
package import SocketIO

/// The data of a move or an event: a JSON value as it was written, or bytes that only the game understands.
package enum Payload: Hashable, Sendable {
    case json(JSON)
    case binary(ByteBuffer)

    package var byteCount: Int {
        switch self {
        case .json(let json): json.bytes.readableBytes
        case .binary(let bytes): bytes.readableBytes
        }
    }

    /// The value, when it is JSON.
    package var json: JSON? {
        if case .json(let json) = self { json } else { nil }
    }
}
