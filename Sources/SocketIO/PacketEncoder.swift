package import NIOCore

extension SocketPacket {
    /// Writes the packet's text message: `<type>[<attachments>-][<namespace>,][<ack id>][JSON]`. The attachments follow
    /// as binary messages of their own.
    ///
    /// A namespace other than `/` is always followed by its comma, which Swift's and C#'s clients need.
    package func write(to buffer: inout ByteBuffer) {
        switch self.content {
        case .connect(let auth):
            self.writeHead("0", to: &buffer)
            if let auth { buffer.writeImmutableBuffer(auth.bytes) }
        case .disconnect:
            self.writeHead("1", to: &buffer)
        case .event(let arguments, let id):
            self.writeHead(arguments.attachments.isEmpty ? "2" : "5", attachments: self.attachments.count, to: &buffer)
            if let id { buffer.writeString(String(id)) }
            buffer.writeImmutableBuffer(arguments.bytes)
        case .ack(let arguments, let id):
            self.writeHead(arguments.attachments.isEmpty ? "3" : "6", attachments: self.attachments.count, to: &buffer)
            buffer.writeString(String(id))
            buffer.writeImmutableBuffer(arguments.bytes)
        case .connectError(let error):
            self.writeHead("4", to: &buffer)
            buffer.writeImmutableBuffer(error.bytes)
        }
    }

    /// The binary messages that follow the text.
    package var attachments: [ByteBuffer] {
        switch self.content {
        case .event(let arguments, _), .ack(let arguments, _): arguments.attachments
        case .connect, .disconnect, .connectError: []
        }
    }

    private func writeHead(_ type: Unicode.Scalar, attachments: Int = 0, to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8(ascii: type))
        if attachments > 0 { buffer.writeString("\(attachments)-") }
        if self.namespace != "/" { buffer.writeString("\(self.namespace),") }
    }
}
