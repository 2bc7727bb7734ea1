/// A text frame as a client sends it: masked (RFC 6455 §5.3), in one piece.
enum ClientFrame {
    /// The mask is no secret here; a key of zeros leaves the bytes readable, which only the floor wants.
    static let usualMask: [UInt8] = [0x5a, 0xc3, 0x17, 0xe8]
    static let noMask: [UInt8] = [0, 0, 0, 0]

    static func text(_ message: [UInt8], mask: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = [0x81]
        if message.count < 126 {
            frame.append(0x80 | UInt8(message.count))
        } else {
            frame += [0x80 | 126, UInt8(message.count >> 8 & 0xff), UInt8(message.count & 0xff)]
        }
        frame += mask
        for (index, byte) in message.enumerated() { frame.append(byte ^ mask[index & 3]) }
        return frame
    }
}

/// A text frame made once and stamped in place for each sending: what a viewer emits again and again.
struct StampedFrame {
    private(set) var bytes: [UInt8]
    private let timePlace: Int
    private let mask: [UInt8]

    /// - Parameter payload: A text that holds its time.
    init(_ payload: Payload, mask: [UInt8]) {
        guard case .digits(let place) = payload.stamp else {
            preconditionFailure("A message of a viewer is text, with its time in it")
        }
        bytes = ClientFrame.text(payload.bytes, mask: mask)
        timePlace = bytes.count - payload.bytes.count + place
        self.mask = (0..<4).map { mask[(place + $0) & 3] }
    }

    mutating func stamp(_ time: Nanoseconds) {
        bytes.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            let digits = start + timePlace
            Timestamp.writeText(time, to: digits)
            for index in 0..<Timestamp.digits { digits[index] ^= mask[index & 3] }
        }
    }
}
