/// One Socket.IO packet (Socket.IO protocol 5, "Packet types"), its attachments gathered.
///
/// | type | name          | payload |
/// |------|---------------|---------|
/// | 0    | CONNECT       | client: its auth object, if any; server: `{"sid":"…"}` |
/// | 1    | DISCONNECT    | – |
/// | 2    | EVENT         | array, the name first |
/// | 3    | ACK           | array |
/// | 4    | CONNECT_ERROR | `{"message":"…","data":…}` |
/// | 5    | BINARY_EVENT  | as EVENT, placeholders for the attachments that follow |
/// | 6    | BINARY_ACK    | as ACK, likewise |
package struct SocketPacket: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        case connect(JSON?)
        case disconnect
        case event(Arguments, id: UInt64?)
        case ack(Arguments, id: UInt64)
        case connectError(JSON)
    }

    /// Begins with `/`.
    package var namespace: String
    package var content: Content

    package init(namespace: String, _ content: Content) {
        self.namespace = namespace
        self.content = content
    }

    /// Most attachments of one packet. Official parsers refuse more since 4.2.6, in both directions.
    package static let maximumAttachments = 10

    /// Longest name of a namespace that is read, in bytes.
    static let maximumNamespaceLength = 512
}

/// What is wrong with a message that should have been a Socket.IO packet. Each ends the connection ("parse error").
package enum PacketError: Error, Hashable, Sendable {
    case empty
    case unknownType(UInt8)
    case invalidAttachmentCount
    case tooManyAttachments
    case invalidNamespace
    case invalidAckID
    case invalidPayload
    case invalidJSON(JSONError)
    /// An event whose name Socket.IO keeps for itself.
    case reservedEvent
    /// A placeholder that names no attachment.
    case invalidPlaceholder
    /// A binary message that no packet announced.
    case unexpectedBinary
    /// A text message where an attachment was announced.
    case missingAttachment
}
