import Glibc
import NIOCore
import SocketIO
import SocketIOServer

/// A topic's value as an event of a stream (HTML standard, "Server-sent events"): its `id`, the rule's event, and
/// `{topic, payload, at, …}` as data, with what an event's third argument has.
///
/// The id comes first and always has the same length, so that a stream which has to give another one can.
enum EventStreamMessage {
    private static let digits = 16
    private static let idLength = "id: \n".utf8.count + Self.digits

    static func make(_ update: TopicUpdate, rule: TopicRules.Rule, _ remarks: TopicMessage.Remarks) -> OutboundMessage?
    {
        var data = ByteBuffer()
        data.reserveCapacity(update.topic.utf8.count + update.payload.readableBytes + 100)
        data.writeStaticString(#"{"topic":"#)
        data.writeJSON(string: update.topic)
        data.writeStaticString(#","payload":"#)
        guard update.writePayload(under: rule.payload, to: &data) else { return nil }
        data.writeStaticString(",")
        update.writeRemarks(under: rule, remarks, to: &data)
        data.writeStaticString("}")
        return OutboundMessage(plain: Self.event(rule.event, data, id: update.serial))
    }

    /// An event without an id.
    static func make(event: String, _ data: JSON) -> OutboundMessage {
        OutboundMessage(plain: self.event(event, data.bytes, id: nil))
    }

    /// The same event with this id, or with none.
    static func relabelled(_ message: OutboundMessage, id: Int64?) -> OutboundMessage {
        var rest = message.frames
        guard rest.readSlice(length: self.idLength) != nil else { return message }
        guard let id else { return OutboundMessage(plain: rest) }
        var bytes = ByteBuffer()
        bytes.reserveCapacity(message.frames.readableBytes)
        self.write(id: id, to: &bytes)
        bytes.writeBuffer(&rest)
        return OutboundMessage(plain: bytes)
    }

    /// The id with which the message was made.
    static func id(of message: OutboundMessage) -> Int64? {
        message.frames.getString(at: message.frames.readerIndex + "id: ".utf8.count, length: self.digits)
            .flatMap { Int64($0) }
    }

    private static func event(_ name: String, _ data: ByteBuffer, id: Int64?) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(data.readableBytes + name.utf8.count + 64)
        if let id { self.write(id: id, to: &bytes) }
        bytes.writeStaticString("event: ")
        bytes.writeString(name)
        var data = data
        while let line = data.readLine() {
            bytes.writeStaticString("\ndata: ")
            bytes.writeImmutableBuffer(line)
        }
        bytes.writeStaticString("\n\n")
        return bytes
    }

    private static func write(id: Int64, to bytes: inout ByteBuffer) {
        let digits = String(id)
        bytes.writeStaticString("id: ")
        for _ in 0..<max(0, Self.digits - digits.utf8.count) { bytes.writeInteger(UInt8(ascii: "0")) }
        bytes.writeString(digits)
        bytes.writeStaticString("\n")
    }
}

extension ByteBuffer {
    /// What stands before the next line break, which within JSON is white space, or all there is; nil at the end.
    fileprivate mutating func readLine() -> ByteBuffer? {
        guard self.readableBytes > 0 else { return nil }
        let length = self.withUnsafeReadableBytes { bytes in
            var length = bytes.count
            for lineBreak in [UInt8(ascii: "\n"), UInt8(ascii: "\r")] {
                guard let start = bytes.baseAddress, let found = memchr(start, CInt(lineBreak), length) else {
                    continue
                }
                length = start.distance(to: UnsafeRawPointer(found))
            }
            return length
        }
        let line = self.readSlice(length: length)
        self.moveReaderIndex(forwardBy: min(1, self.readableBytes))
        return line
    }
}
