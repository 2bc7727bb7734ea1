package import EngineIO
import NIOConcurrencyHelpers
package import NIOCore
package import SocketIO

/// One message on its way out, encoded once for however many clients: the WebSocket frames of its text and its
/// attachments back to back in one buffer, from which the polling form is taken where a client polls.
package final class OutboundMessage: Sendable {
    /// Ready for any WebSocket: server frames are not masked, hence the same for all.
    package let frames: ByteBuffer
    /// Engine.IO packets in it, as a polling body counts them.
    let packetCount: Int

    /// The text frame's payload, sharing the frames' storage; nil for a lone binary message.
    private let text: ByteBuffer?
    private let attachments: [ByteBuffer]
    /// Made when the first polling client needs it. Locked, because clients of other event loops may be the first.
    private let pollingForm = NIOLockedValueBox<ByteBuffer?>(nil)

    /// What the message counts for in a client's queue.
    package var byteCount: Int { self.frames.readableBytes }

    /// A message whose Engine.IO packet's text `writeText` writes, type character included, and whose attachments
    /// follow it.
    private init(sizeHint: Int, attachments: [ByteBuffer], writeText: (inout ByteBuffer) -> Void) {
        var frames = ByteBuffer()
        let attached = attachments.reduce(0) { $0 + $1.readableBytes + FrameHeader.maximumLength }
        frames.reserveCapacity(FrameHeader.maximumLength + sizeHint + attached)
        // The header's length is known only after the text: leave room for the longest, begin where it fits.
        frames.moveWriterIndex(to: FrameHeader.maximumLength)
        writeText(&frames)
        let length = frames.writerIndex - FrameHeader.maximumLength
        let start = FrameHeader.maximumLength - FrameHeader.length(payload: length)
        FrameHeader.set(isText: true, payload: length, in: &frames, at: start)
        frames.moveReaderIndex(to: start)
        for attachment in attachments {
            FrameHeader.write(isText: false, payload: attachment.readableBytes, to: &frames)
            frames.writeImmutableBuffer(attachment)
        }
        self.text = frames.getSlice(at: FrameHeader.maximumLength, length: length)
        self.frames = frames
        self.attachments = attachments
        self.packetCount = 1 + attachments.count
    }

    package convenience init(_ packet: SocketPacket) {
        let hint: Int
        switch packet.content {
        case .event(let arguments, _), .ack(let arguments, _): hint = arguments.bytes.readableBytes + 40
        case .connect, .disconnect, .connectError: hint = 100
        }
        self.init(sizeHint: hint, attachments: packet.attachments) { text in
            text.writeInteger(UInt8(ascii: "4"))
            packet.write(to: &text)
        }
    }

    /// An event whose JSON array `writeArguments` writes, brackets included, without building `Arguments` first.
    package convenience init(
        namespace: String, sizeHint: Int, attachments: [ByteBuffer] = [],
        writeArguments: (inout ByteBuffer) -> Void
    ) {
        self.init(sizeHint: sizeHint + 40, attachments: attachments) { text in
            text.writeStaticString(attachments.isEmpty ? "42" : "45")
            if !attachments.isEmpty { text.writeString("\(attachments.count)-") }
            if namespace != "/" {
                text.writeString(namespace)
                text.writeStaticString(",")
            }
            writeArguments(&text)
        }
    }

    /// A bare Engine.IO packet.
    package init(_ packet: EnginePacket) {
        var payload = ByteBuffer()
        packet.write(to: &payload)
        var frames = ByteBuffer()
        frames.reserveCapacity(payload.readableBytes + FrameHeader.maximumLength)
        FrameHeader.write(isText: packet.isText, payload: payload.readableBytes, to: &frames)
        frames.writeImmutableBuffer(payload)
        self.frames = frames
        self.text = packet.isText ? payload : nil
        self.attachments = packet.isText ? [] : [payload]
        self.packetCount = 1
    }

    /// Bytes as they are, for a `ResponseStream`: there is no Engine.IO packet in it.
    package init(plain bytes: ByteBuffer) {
        self.frames = bytes
        self.text = nil
        self.attachments = []
        self.packetCount = 0
    }

    /// Appends the message to the body of a polling answer.
    func write(toPollingBody body: inout ByteBuffer) {
        if body.readableBytes > 0 { body.writeInteger(PollingPayload.separator) }
        guard !self.attachments.isEmpty else {
            if let text { body.writeImmutableBuffer(text) }
            return
        }
        body.writeImmutableBuffer(self.pollingForm.withLockedValue { $0.orMake(self.makePollingForm) })
    }

    private func makePollingForm() -> ByteBuffer {
        var form = self.text ?? ByteBuffer()
        for attachment in self.attachments { PollingPayload.append(.binary(attachment), to: &form) }
        return form
    }
}

extension Optional {
    fileprivate mutating func orMake(_ make: () -> Wrapped) -> Wrapped {
        if let self { return self }
        let made = make()
        self = made
        return made
    }
}
