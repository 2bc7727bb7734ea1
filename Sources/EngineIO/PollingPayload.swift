package import NIOCore

/// Many packets in the body of one polling request or answer (Engine.IO protocol 4, "HTTP long-polling").
///
/// Packets are separated by the record separator, U+001E. A binary message is `b` and its Base64.
package enum PollingPayload {
    package static let separator: UInt8 = 0x1e

    /// The packets of a body, in order.
    ///
    /// An empty body holds one empty packet, as the reference server sees it, and is therefore refused.
    ///
    /// - Parameter limit: the most packets one body may hold. The default is far above what a client batches into
    ///   one request, and bounds what a body of separators alone can cost.
    package static func decode(_ body: ByteBuffer, limit: Int = 16_384) throws(EngineError) -> [EnginePacket] {
        guard body.isValidUTF8 else { throw .invalidUTF8 }
        var packets: [EnginePacket] = []
        var rest = body
        while true {
            guard packets.count < limit else { throw .tooManyPackets }
            let end = rest.readableBytesView.firstIndex(of: separator)
            let length = end.map { $0 - rest.readerIndex } ?? rest.readableBytes
            guard let element = rest.readSlice(length: length) else { throw .emptyPacket }
            packets.append(try EnginePacket(text: element))
            guard end != nil else { return packets }
            rest.moveReaderIndex(forwardBy: 1)
        }
    }

    /// Appends a packet to a body, with a separator before it unless it is the first.
    package static func append(_ packet: EnginePacket, to body: inout ByteBuffer) {
        if body.readableBytes > 0 { body.writeInteger(separator) }
        if case .binary(let bytes) = packet {
            body.writeInteger(UInt8(ascii: "b"))
            Base64.encode(bytes, into: &body)
        } else {
            packet.write(to: &body)
        }
    }
}
