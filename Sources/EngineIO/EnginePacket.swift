package import NIOCore

/// One Engine.IO packet (Engine.IO protocol 4, "Packet types").
///
/// | type | name    | direction | data |
/// |------|---------|-----------|------|
/// | 0    | open    | server →  | the handshake as JSON |
/// | 1    | close   | both      | |
/// | 2    | ping    | server →, or the client's `probe` | echoed by the pong |
/// | 3    | pong    | client →, or the server's `probe` | |
/// | 4    | message | both      | text; a binary message has no type character of its own |
/// | 5    | upgrade | client →  | |
/// | 6    | noop    | server →  | releases a parked poll |
package enum EnginePacket: Hashable, Sendable {
    case open(ByteBuffer)
    case close
    case ping(ByteBuffer)
    case pong(ByteBuffer)
    case text(ByteBuffer)
    case binary(ByteBuffer)
    case upgrade
    case noop

    /// Reads a packet from one WebSocket text frame, or from one element of a polling payload.
    ///
    /// `b` and Base64 is a binary message: in polling payloads always, in WebSocket text frames from clients that are
    /// set to it (`forceBase64`). The Base64 may be wrapped in lines, as Java's clients send it.
    ///
    /// The bytes are taken as they are: whoever reads them from a peer has checked that they are UTF-8.
    package init(text frame: ByteBuffer) throws(EngineError) {
        var data = frame
        guard let type = data.readInteger(as: UInt8.self) else { throw .emptyPacket }
        switch type {
        case UInt8(ascii: "0"): self = .open(data)
        case UInt8(ascii: "1"): self = .close
        case UInt8(ascii: "2"): self = .ping(data)
        case UInt8(ascii: "3"): self = .pong(data)
        case UInt8(ascii: "4"): self = .text(data)
        case UInt8(ascii: "5"): self = .upgrade
        case UInt8(ascii: "6"): self = .noop
        case UInt8(ascii: "b"):
            guard let bytes = Base64.decode(data) else { throw .invalidBase64 }
            self = .binary(bytes)
        default: throw .unknownPacketType(type)
        }
    }

    /// The packet as one WebSocket frame's payload; `isText` says of which kind the frame is.
    package func write(to buffer: inout ByteBuffer) {
        switch self {
        case .open(let data): Self.write("0", data, to: &buffer)
        case .close: buffer.writeInteger(UInt8(ascii: "1"))
        case .ping(let data): Self.write("2", data, to: &buffer)
        case .pong(let data): Self.write("3", data, to: &buffer)
        case .text(let data): Self.write("4", data, to: &buffer)
        case .binary(let data): buffer.writeImmutableBuffer(data)
        case .upgrade: buffer.writeInteger(UInt8(ascii: "5"))
        case .noop: buffer.writeInteger(UInt8(ascii: "6"))
        }
    }

    /// Whether the packet travels in a text frame; only `binary` does not.
    package var isText: Bool {
        if case .binary = self { false } else { true }
    }

    private static func write(_ type: Unicode.Scalar, _ data: ByteBuffer, to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8(ascii: type))
        buffer.writeImmutableBuffer(data)
    }
}

/// What is wrong with bytes that should have been Engine.IO packets.
package enum EngineError: Error, Hashable, Sendable {
    /// A packet of no bytes, not even its type.
    case emptyPacket
    /// A packet whose first byte is none of `0`…`6` and `b`.
    case unknownPacketType(UInt8)
    /// A packet `b…` whose rest is not Base64.
    case invalidBase64
    /// Text that is not UTF-8.
    case invalidUTF8
    /// More packets in one payload than a peer has reason to send.
    case tooManyPackets
}
