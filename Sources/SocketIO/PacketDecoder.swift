import EngineIO
package import NIOCore

/// Socket.IO packets from Engine.IO messages: text messages, and the binary ones that follow a binary packet.
///
/// Holds at most one unfinished packet, whose size the transport's limit on messages and `maximumAttachments` bound.
package struct PacketDecoder: Sendable {
    private struct Unfinished {
        var packet: SocketPacket
        var attachments: [ByteBuffer] = []
        var missing: Int
    }

    private var unfinished: Unfinished?

    package init() {}

    /// A text message; its bytes are UTF-8. Nil while attachments are missing.
    package mutating func decode(text: ByteBuffer) throws(PacketError) -> SocketPacket? {
        guard self.unfinished == nil else { throw .missingAttachment }
        var reader = PacketReader(text)
        let (packet, attachments) = try reader.packet()
        guard attachments > 0 else { return packet }
        self.unfinished = Unfinished(packet: packet, missing: attachments)
        return nil
    }

    /// A binary message: an attachment. The packet, when it was the last one missing.
    package mutating func decode(binary: ByteBuffer) throws(PacketError) -> SocketPacket? {
        guard var unfinished = self.unfinished else { throw .unexpectedBinary }
        self.unfinished = nil
        unfinished.attachments.append(binary)
        unfinished.missing -= 1
        guard unfinished.missing == 0 else {
            self.unfinished = unfinished
            return nil
        }
        return try unfinished.packet.attaching(unfinished.attachments)
    }
}

extension SocketPacket {
    fileprivate func attaching(_ attachments: [ByteBuffer]) throws(PacketError) -> SocketPacket {
        var packet = self
        switch self.content {
        case .event(let arguments, let id):
            guard let whole = arguments.attaching(attachments) else { throw .invalidPlaceholder }
            packet.content = .event(whole, id: id)
        case .ack(let arguments, let id):
            guard let whole = arguments.attaching(attachments) else { throw .invalidPlaceholder }
            packet.content = .ack(whole, id: id)
        case .connect, .disconnect, .connectError:
            throw .unexpectedBinary
        }
        return packet
    }
}

/// Reads the one packet of a text message: `<type>[<attachments>-][<namespace>,][<ack id>][JSON]`.
private struct PacketReader {
    private var rest: ByteBuffer

    init(_ text: ByteBuffer) {
        self.rest = text
    }

    mutating func packet() throws(PacketError) -> (SocketPacket, attachments: Int) {
        guard let type = self.rest.readInteger(as: UInt8.self) else { throw .empty }
        guard (UInt8(ascii: "0")...UInt8(ascii: "6")).contains(type) else { throw .unknownType(type) }
        let isBinary = type >= UInt8(ascii: "5")
        let attachments = isBinary ? try self.attachmentCount() : 0
        let namespace = try self.namespace()
        let id = try self.ackID()
        let content: SocketPacket.Content
        switch type {
        case UInt8(ascii: "0"):
            guard id == nil else { throw .invalidPayload }
            content = .connect(try self.object())
        case UInt8(ascii: "1"):
            guard self.rest.readableBytes == 0 else { throw .invalidPayload }
            content = .disconnect
        case UInt8(ascii: "2"), UInt8(ascii: "5"):
            content = .event(try self.eventArguments(), id: id)
        case UInt8(ascii: "3"), UInt8(ascii: "6"):
            guard let id else { throw .invalidAckID }
            content = .ack(try self.arguments(), id: id)
        default:
            content = .connectError(try self.object() ?? [:])
        }
        return (SocketPacket(namespace: namespace, content), attachments)
    }

    private var next: UInt8? { self.rest.getInteger(at: self.rest.readerIndex) }

    /// The digits before `-`. No digits at all count as none, as the reference parser has it.
    private mutating func attachmentCount() throws(PacketError) -> Int {
        guard let count = self.digits() else { throw .tooManyAttachments }
        guard self.next == UInt8(ascii: "-") else { throw .invalidAttachmentCount }
        self.rest.moveReaderIndex(forwardBy: 1)
        guard count.value <= UInt64(SocketPacket.maximumAttachments) else { throw .tooManyAttachments }
        return Int(count.value)
    }

    private mutating func namespace() throws(PacketError) -> String {
        guard self.next == UInt8(ascii: "/") else { return "/" }
        let comma = self.rest.readableBytesView.firstIndex(of: UInt8(ascii: ","))
        let length = comma.map { $0 - self.rest.readerIndex } ?? self.rest.readableBytes
        guard length <= SocketPacket.maximumNamespaceLength, let name = self.rest.readString(length: length) else {
            throw .invalidNamespace
        }
        if comma != nil { self.rest.moveReaderIndex(forwardBy: 1) }
        return name
    }

    private mutating func ackID() throws(PacketError) -> UInt64? {
        guard let id = self.digits() else { throw .invalidAckID }
        return id.count > 0 ? id.value : nil
    }

    /// The digits that come next, however many, and the number they write; nil when it is too large.
    private mutating func digits() -> (count: Int, value: UInt64)? {
        var count = 0
        var value: UInt64 = 0
        while let byte = self.next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            let (shifted, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = shifted.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            guard !overflowed, !carried else { return nil }
            value = sum
            count += 1
            self.rest.moveReaderIndex(forwardBy: 1)
        }
        return (count, value)
    }

    private func object() throws(PacketError) -> JSON? {
        guard self.rest.readableBytes > 0 else { return nil }
        let json: JSON
        do { json = try JSON(validatingUTF8: self.rest) } catch { throw .invalidJSON(error) }
        guard json.isObject else { throw .invalidPayload }
        return json
    }

    private func arguments() throws(PacketError) -> Arguments {
        do { return try Arguments(parsing: self.rest) } catch { throw .invalidJSON(error) }
    }

    /// Few and short, so that comparing with each is cheaper than hashing.
    private static let reservedNames = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    ]

    /// An event's array: its first element is a string that is not reserved, or a number.
    private func eventArguments() throws(PacketError) -> Arguments {
        let arguments = try self.arguments()
        guard let name = arguments[0] else { throw .invalidPayload }
        if let text = name.string {
            guard !Self.reservedNames.contains(text) else { throw .reservedEvent }
        } else if name.double == nil {
            throw .invalidPayload
        }
        return arguments
    }
}
