package import NIOCore

/// Base64 (RFC 4648 §4) between buffers, as polling payloads need it: padded when written, lenient when read.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Marks white space and padding among the values.
    private static let skipped: UInt8 = 64

    /// The value of each byte in the alphabet, `skipped`, or 255 for the rest.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        for character in " \t\r\n=".utf8 { values[Int(character)] = skipped }
        // The URL alphabet's two letters, which some encoders use.
        values[Int(UInt8(ascii: "-"))] = 62
        values[Int(UInt8(ascii: "_"))] = 63
        return values
    }()

    package static func encode(_ bytes: ByteBuffer, into buffer: inout ByteBuffer) {
        let count = bytes.readableBytes
        let length = (count + 2) / 3 * 4
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { target in
            bytes.withUnsafeReadableBytes { source in
                alphabet.withUnsafeBufferPointer { alphabet in
                    Self.encode(source, into: target, alphabet)
                }
            }
            return length
        }
    }

    private static func encode(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer,
        _ alphabet: UnsafeBufferPointer<UInt8>
    ) {
        var from = 0
        var to = 0
        while from < source.count {
            let left = source.count - from
            let group =
                UInt32(source[from]) << 16 | (left > 1 ? UInt32(source[from + 1]) << 8 : 0)
                | (left > 2 ? UInt32(source[from + 2]) : 0)
            target[to] = alphabet[Int(group >> 18 & 63)]
            target[to + 1] = alphabet[Int(group >> 12 & 63)]
            target[to + 2] = left > 1 ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "=")
            target[to + 3] = left > 2 ? alphabet[Int(group & 63)] : UInt8(ascii: "=")
            from += 3
            to += 4
        }
    }

    /// The bytes that `text` stands for. Line breaks and missing padding do no harm; nil when it holds a character of
    /// neither alphabet, goes on after its padding, or ends within a byte.
    package static func decode(_ text: ByteBuffer) -> ByteBuffer? {
        var bytes = ByteBuffer()
        var isValid = true
        bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: text.readableBytes / 4 * 3 + 3) { target in
            let count = text.withUnsafeReadableBytes { source in
                values.withUnsafeBufferPointer { values in
                    Self.decode(source, into: target, values)
                }
            }
            isValid = count != nil
            return count ?? 0
        }
        return isValid ? bytes : nil
    }

    private static func decode(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer,
        _ values: UnsafeBufferPointer<UInt8>
    ) -> Int? {
        var group: UInt32 = 0
        var sextets = 0
        var to = 0
        var padding = 0
        for character in source {
            let value = values[Int(character)]
            guard value < 64 else {
                guard value == Self.skipped else { return nil }
                if character == UInt8(ascii: "=") { padding += 1 }
                continue
            }
            guard padding == 0 else { return nil }
            group = group << 6 | UInt32(value)
            sextets += 1
            guard sextets == 4 else { continue }
            Self.store(group, bytes: 3, in: target, at: &to)
            sextets = 0
        }
        switch sextets {
        case 0: break
        case 2: Self.store(group << 12, bytes: 1, in: target, at: &to)
        case 3: Self.store(group << 6, bytes: 2, in: target, at: &to)
        default: return nil
        }
        return to
    }

    /// Stores the first bytes of a group's three.
    private static func store(
        _ group: UInt32, bytes: Int, in target: UnsafeMutableRawBufferPointer, at index: inout Int
    ) {
        for byte in 0..<bytes {
            target[index] = UInt8(truncatingIfNeeded: group >> UInt32(16 - 8 * byte))
            index += 1
        }
    }
}
