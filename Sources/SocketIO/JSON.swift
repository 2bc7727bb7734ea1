import EngineIO
package import NIOCore

/// One well-formed JSON value, kept as the bytes it came in. Nothing is parsed before somebody asks, and then only one
/// level of it; what the relay has no reason to read goes out as it came in, to the byte.
package struct JSON: Hashable, Sendable {
    /// The value's text, UTF-8, without white space around it.
    package let bytes: ByteBuffer

    /// Most elements of one array, or members of one object, that are read. Larger ones pass through, but count as
    /// neither array nor object when asked.
    package static let maximumElements = 10_000

    /// Checks that `text` is exactly one JSON value in UTF-8, white space around it allowed.
    package init(validating text: ByteBuffer) throws(JSONError) {
        guard text.isValidUTF8 else { throw .invalidUTF8 }
        try self.init(validatingUTF8: text)
    }

    /// The same for text that is known to be UTF-8.
    package init(validatingUTF8 text: ByteBuffer) throws(JSONError) {
        let range = try text.withUnsafeReadableBytes { (bytes) throws(JSONError) -> Range<Int> in
            var scanner = JSONScanner(bytes)
            scanner.skipWhitespace()
            let start = scanner.index
            try scanner.skipValue()
            let end = scanner.index
            try scanner.expectEnd()
            return start..<end
        }
        self.bytes = text.slice(range)
    }

    /// Bytes that the caller has just written as one JSON value, or checked to be one.
    package init(unchecked bytes: ByteBuffer) {
        self.bytes = bytes
    }

    private var first: UInt8? { self.bytes.getInteger(at: self.bytes.readerIndex) }

    package var isNull: Bool { self.first == UInt8(ascii: "n") }
    package var isObject: Bool { self.first == UInt8(ascii: "{") }
    package var isArray: Bool { self.first == UInt8(ascii: "[") }

    package var bool: Bool? {
        switch self.first {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }

    /// The number, when the value is one; a number too large for a `Double` is none.
    package var double: Double? {
        self.numberText.flatMap(Double.init).flatMap { $0.isFinite ? $0 : nil }
    }

    /// The number, when it is a whole one that fits: `7`, `7.0` and `70e-1` alike.
    package var int: Int? {
        guard let text = self.numberText else { return nil }
        // First as it is written: a `Double` would round what has more than 53 bits.
        return Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
    }

    private var numberText: String? {
        guard let first, first == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return nil
        }
        return String(buffer: self.bytes)
    }

    /// The string's text with its escapes undone; a lone surrogate becomes U+FFFD.
    package var string: String? {
        guard self.first == UInt8(ascii: "\""), self.bytes.readableBytes >= 2 else { return nil }
        return self.bytes.withUnsafeReadableBytes { bytes in
            JSONString.decode(UnsafeRawBufferPointer(rebasing: bytes[1..<(bytes.count - 1)]))
        }
    }

    /// The elements of an array.
    package var elements: [JSON]? {
        guard self.isArray else { return nil }
        return try? self.bytes.withUnsafeReadableBytes { (bytes) throws(JSONError) in
            try JSONScanner.elements(of: bytes, limit: Self.maximumElements)
        }.map { JSON(unchecked: self.bytes.slice($0)) }
    }

    /// The members of an object, in the order sent.
    package var members: [(key: String, value: JSON)]? {
        guard self.isObject else { return nil }
        return try? self.bytes.withUnsafeReadableBytes { (bytes) throws(JSONError) in
            try JSONScanner.members(of: bytes, limit: Self.maximumElements)
        }.map { (JSON(unchecked: self.bytes.slice($0.key)).string ?? "", JSON(unchecked: self.bytes.slice($0.value))) }
    }

    /// An object's member; the last where a key stands twice, as `JSON.parse` has it.
    package subscript(key: String) -> JSON? {
        guard self.isObject else { return nil }
        let range = try? self.bytes.withUnsafeReadableBytes { (bytes) throws(JSONError) -> Range<Int>? in
            var found: Range<Int>?
            try JSONScanner.forEachMember(of: bytes, limit: Self.maximumElements) { name, value in
                // Within the quotes.
                let inside = UnsafeRawBufferPointer(rebasing: bytes[(name.lowerBound + 1)..<(name.upperBound - 1)])
                if JSONString.is(inside, key) { found = value }
            }
            return found
        }
        return range.flatMap { $0 }.map { JSON(unchecked: self.bytes.slice($0)) }
    }
}

extension ByteBuffer {
    /// The readable bytes at these offsets from the reader index, sharing storage.
    func slice(_ range: Range<Int>) -> ByteBuffer {
        self.getSlice(at: self.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
    }
}
