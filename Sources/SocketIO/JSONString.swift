package import NIOCore

/// The inside of JSON strings (RFC 8259 §7).
enum JSONString {
    /// Undoes the escapes of a checked string's inside.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> String {
        guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard byte == UInt8(ascii: "\\"), index < bytes.count else {
                text.append(byte)
                continue
            }
            let escaped = bytes[index]
            index += 1
            if escaped == UInt8(ascii: "u") {
                text.append(contentsOf: Self.unicode(bytes, &index).utf8)
            } else {
                text.append(Self.plain(escaped))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether a checked string's inside stands for this text, scalar by scalar, as other languages compare.
    static func `is`(_ bytes: UnsafeRawBufferPointer, _ text: String) -> Bool {
        guard bytes.contains(UInt8(ascii: "\\")) else { return bytes.elementsEqual(text.utf8) }
        return self.decode(bytes).utf8.elementsEqual(text.utf8)
    }

    private static func plain(_ escaped: UInt8) -> UInt8 {
        switch escaped {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0c
        case UInt8(ascii: "n"): 0x0a
        case UInt8(ascii: "r"): 0x0d
        case UInt8(ascii: "t"): 0x09
        default: escaped
        }
    }

    /// The character of a `\uXXXX`, or of two that are a surrogate pair; `index` stands behind the `u`.
    private static func unicode(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) -> String {
        guard let unit = self.codeUnit(bytes, at: index) else { return "\u{fffd}" }
        index += 4
        if unit & 0xfc00 == 0xd800, index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u"), let low = self.codeUnit(bytes, at: index + 2), low & 0xfc00 == 0xdc00
        {
            index += 6
            let scalar = 0x10000 + (unit & 0x3ff) << 10 + low & 0x3ff
            return Unicode.Scalar(scalar).map { String(Character($0)) } ?? "\u{fffd}"
        }
        return Unicode.Scalar(unit).map { String(Character($0)) } ?? "\u{fffd}"
    }

    private static func codeUnit(_ bytes: UnsafeRawBufferPointer, at index: Int) -> UInt32? {
        guard index + 4 <= bytes.count else { return nil }
        var unit: UInt32 = 0
        for offset in 0..<4 {
            guard let digit = JSONScanner.hexadecimal(bytes[index + offset]) else { return nil }
            unit = unit << 4 | digit
        }
        return unit
    }
}

extension ByteBuffer {
    /// Writes a string as JSON, with quotes; only what must be escaped is.
    package mutating func writeJSON(string: some StringProtocol) {
        self.writeInteger(UInt8(ascii: "\""))
        if string.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            self.writeSubstring(Substring(string))
        } else {
            for byte in string.utf8 { self.writeEscaped(byte) }
        }
        self.writeInteger(UInt8(ascii: "\""))
    }

    private mutating func writeEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): self.writeStaticString("\\\"")
        case UInt8(ascii: "\\"): self.writeStaticString("\\\\")
        case 0x0a: self.writeStaticString("\\n")
        case 0x0d: self.writeStaticString("\\r")
        case 0x09: self.writeStaticString("\\t")
        case 0..<0x20:
            let digits: StaticString = "0123456789abcdef"
            self.writeStaticString("\\u00")
            self.writeInteger(digits.utf8Start[Int(byte >> 4)])
            self.writeInteger(digits.utf8Start[Int(byte & 15)])
        default: self.writeInteger(byte)
        }
    }
}
