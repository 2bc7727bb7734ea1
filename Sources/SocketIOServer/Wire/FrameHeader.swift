import NIOCore

/// The header of a WebSocket frame from a server: final, unmasked (RFC 6455 §5.2).
enum FrameHeader {
    static let maximumLength = 10

    static func length(payload: Int) -> Int {
        payload < 126 ? 2 : payload <= 0xffff ? 4 : 10
    }

    static func write(isText: Bool, payload: Int, to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8(isText ? 0x81 : 0x82))
        self.writeLength(payload, to: &buffer)
    }

    static func set(isText: Bool, payload: Int, in buffer: inout ByteBuffer, at index: Int) {
        var header = ByteBuffer()
        self.write(isText: isText, payload: payload, to: &header)
        buffer.setBuffer(header, at: index)
    }

    private static func writeLength(_ length: Int, to buffer: inout ByteBuffer) {
        if length < 126 {
            buffer.writeInteger(UInt8(length))
        } else if length <= 0xffff {
            buffer.writeMultipleIntegers(UInt8(126), UInt16(length))
        } else {
            buffer.writeMultipleIntegers(UInt8(127), UInt64(length))
        }
    }
}
