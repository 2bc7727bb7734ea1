package import NIOCore
package import SocketIO

/// The data of a move or an event: a JSON value as it was written, or bytes that only the game understands.
package enum Payload: Hashable, Sendable {
    case json(JSON)
    case binary(ByteBuffer)

    /// As it travels in a binary frame: the JSON's text in UTF-8, or the bytes.
    package var bytes: ByteBuffer {
        switch self {
        case .json(let json): json.bytes
        case .binary(let bytes): bytes
        }
    }

    package var byteCount: Int { self.bytes.readableBytes }

    /// The value, when it is JSON.
    package var json: JSON? {
        if case .json(let json) = self { json } else { nil }
    }
}
