/// A WebSocket frame, well-formed or not (RFC 6455 §5.2).
package struct WebSocketFrame: Sendable, Equatable {
    package var isFinal = true
    /// The three reserved bits, 0…7.
    package var reserved: UInt8 = 0
    package var opcode: UInt8
    /// A client must mask.
    package var isMasked = true
    package var payload: [UInt8] = []
    /// The length written in the header, when it is to differ from the payload's.
    package var declaredLength: UInt64?
    /// Writes even a short length in eight bytes.
    package var hasLongLength = false

    package static let continuation: UInt8 = 0
    package static let text: UInt8 = 1
    package static let binary: UInt8 = 2
    package static let close: UInt8 = 8
    package static let ping: UInt8 = 9
    package static let pong: UInt8 = 10

    package init(_ opcode: UInt8, _ payload: [UInt8] = [], isFinal: Bool = true) {
        self.opcode = opcode
        self.payload = payload
        self.isFinal = isFinal
    }

    package init(_ opcode: UInt8, _ text: String, isFinal: Bool = true) {
        self.init(opcode, Array(text.utf8), isFinal: isFinal)
    }

    /// The frame as bytes.
    package var bytes: [UInt8] {
        var bytes = [(self.isFinal ? 0x80 : 0) | self.reserved << 4 | self.opcode]
        let length = self.declaredLength ?? UInt64(self.payload.count)
        let mask: UInt8 = self.isMasked ? 0x80 : 0
        if length < 126, !self.hasLongLength {
            bytes.append(mask | UInt8(length))
        } else if length < 65_536, !self.hasLongLength {
            bytes += [mask | 126, UInt8(length >> 8), UInt8(length & 0xff)]
        } else {
            bytes.append(mask | 127)
            for shift in stride(from: UInt64(56), through: 0, by: -8) { bytes.append(UInt8(length >> shift & 0xff)) }
        }
        guard self.isMasked else { return bytes + self.payload }
        let key = (0..<4).map { _ in UInt8.random(in: 0...255) }
        bytes += key
        bytes.reserveCapacity(bytes.count + self.payload.count)
        for (index, byte) in self.payload.enumerated() { bytes.append(byte ^ key[index & 3]) }
        return bytes
    }

    /// The first frame in `bytes` from `start` and where it ends, nil while it is not complete.
    package static func parse(_ bytes: [UInt8], from start: Int) -> (frame: WebSocketFrame, end: Int)? {
        guard bytes.count >= start + 2 else { return nil }
        var position = start + 2
        var length = Int(bytes[start + 1] & 0x7f)
        if length >= 126 {
            let width = length == 126 ? 2 : 8
            guard bytes.count >= position + width else { return nil }
            let declared = bytes[position..<position + width].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            length = Int(clamping: declared)
            position += width
        }
        let isMasked = bytes[start + 1] & 0x80 != 0
        var key: [UInt8] = []
        if isMasked {
            guard bytes.count >= position + 4 else { return nil }
            key = Array(bytes[position..<position + 4])
            position += 4
        }
        guard bytes.count - position >= length else { return nil }
        var frame = WebSocketFrame(bytes[start] & 0x0f, Array(bytes[position..<position + length]))
        frame.isFinal = bytes[start] & 0x80 != 0
        frame.reserved = bytes[start] >> 4 & 7
        frame.isMasked = isMasked
        if isMasked { for index in frame.payload.indices { frame.payload[index] ^= key[index & 3] } }
        return (frame, position + length)
    }
}
