/// What is wrong with bytes that should have been JSON (RFC 8259), and where.
package enum JSONError: Error, Hashable, Sendable {
    /// The byte at this offset has no place in the grammar, or the text ends there too early.
    case malformed(at: Int)
    /// Arrays and objects are nested deeper than `JSONScanner.maximumDepth`.
    case tooDeep
    /// An array has more elements, or an object more members, than the reader takes.
    case tooManyElements
    /// The text is not UTF-8.
    case invalidUTF8
}

/// Walks over JSON text without building anything: checks the grammar and finds where values end.
///
/// It neither recurses nor allocates, so the nesting of foreign text costs nothing but the walk. The bytes must be
/// UTF-8 already; inside strings they are passed over as they are.
struct JSONScanner {
    /// Nesting up to here is accepted: the depth fits the bits of one integer.
    static let maximumDepth = 128

    let bytes: UnsafeRawBufferPointer
    private(set) var index = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { self.index >= self.bytes.count }

    var next: UInt8? { self.index < self.bytes.count ? self.bytes[self.index] : nil }

    mutating func skipWhitespace() {
        while let byte = self.next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { self.index += 1 }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard self.next == byte else { return false }
        self.index += 1
        return true
    }

    mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard self.take(byte) else { throw .malformed(at: self.index) }
    }

    /// Passes over one value, white space before it included, and stands behind its last byte.
    mutating func skipValue() throws(JSONError) {
        // One bit a level, the lowest for the innermost: 1 in an object, 0 in an array.
        var objects: UInt128 = 0
        var depth = 0
        while true {
            self.skipWhitespace()
            guard let first = self.next else { throw .malformed(at: self.index) }
            if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
                let isObject = first == UInt8(ascii: "{")
                self.index += 1
                self.skipWhitespace()
                if !self.take(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    guard depth < Self.maximumDepth else { throw .tooDeep }
                    objects = objects << 1 | (isObject ? 1 : 0)
                    depth += 1
                    if isObject { try self.skipKey() }
                    continue
                }
            } else {
                try self.skipScalar(first)
            }
            guard try self.skipToNextValue(&objects, &depth) else { return }
        }
    }

    /// Behind a value: closes what ends here, and stands before the next value within; false when all is closed.
    private mutating func skipToNextValue(_ objects: inout UInt128, _ depth: inout Int) throws(JSONError) -> Bool {
        while depth > 0 {
            let inObject = objects & 1 == 1
            self.skipWhitespace()
            if self.take(UInt8(ascii: ",")) {
                if inObject { try self.skipKey() }
                return true
            }
            try self.expect(inObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
            objects >>= 1
            depth -= 1
        }
        return false
    }

    private mutating func skipKey() throws(JSONError) {
        self.skipWhitespace()
        try self.skipString()
        self.skipWhitespace()
        try self.expect(UInt8(ascii: ":"))
    }

    private mutating func skipScalar(_ first: UInt8) throws(JSONError) {
        switch first {
        case UInt8(ascii: "\""): try self.skipString()
        case UInt8(ascii: "t"): try self.skipLiteral("true")
        case UInt8(ascii: "f"): try self.skipLiteral("false")
        case UInt8(ascii: "n"): try self.skipLiteral("null")
        default: try self.skipNumber()
        }
    }

    private mutating func skipLiteral(_ literal: StaticString) throws(JSONError) {
        let count = literal.utf8CodeUnitCount
        guard self.bytes.count - self.index >= count else { throw .malformed(at: self.index) }
        for offset in 0..<count where self.bytes[self.index + offset] != literal.utf8Start[offset] {
            throw .malformed(at: self.index + offset)
        }
        self.index += count
    }

    /// Passes over a string with its quotes.
    mutating func skipString() throws(JSONError) {
        try self.expect(UInt8(ascii: "\""))
        while let byte = self.next {
            self.index += 1
            switch byte {
            case UInt8(ascii: "\""): return
            case UInt8(ascii: "\\"): try self.skipEscape()
            case 0..<0x20: throw .malformed(at: self.index - 1)
            default: continue
            }
        }
        throw .malformed(at: self.index)
    }

    private mutating func skipEscape() throws(JSONError) {
        guard let escaped = self.next else { throw .malformed(at: self.index) }
        self.index += 1
        switch escaped {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return
        case UInt8(ascii: "u"):
            for _ in 0..<4 {
                guard let digit = self.next, JSONScanner.hexadecimal(digit) != nil else {
                    throw .malformed(at: self.index)
                }
                self.index += 1
            }
        default:
            throw .malformed(at: self.index - 1)
        }
    }

    private mutating func skipNumber() throws(JSONError) {
        _ = self.take(UInt8(ascii: "-"))
        if !self.take(UInt8(ascii: "0")) { try self.skipDigits() }
        if self.take(UInt8(ascii: ".")) { try self.skipDigits() }
        if self.take(UInt8(ascii: "e")) || self.take(UInt8(ascii: "E")) {
            if !self.take(UInt8(ascii: "+")) { _ = self.take(UInt8(ascii: "-")) }
            try self.skipDigits()
        }
    }

    private mutating func skipDigits() throws(JSONError) {
        let start = self.index
        while let byte = self.next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { self.index += 1 }
        guard self.index > start else { throw .malformed(at: self.index) }
    }

    static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}

extension JSONScanner {
    /// The ranges of an array's elements, with nothing but white space around the array. Checks all of it.
    static func elements(of bytes: UnsafeRawBufferPointer, limit: Int) throws(JSONError) -> [Range<Int>] {
        var scanner = JSONScanner(bytes)
        var elements: [Range<Int>] = []
        scanner.skipWhitespace()
        try scanner.expect(UInt8(ascii: "["))
        scanner.skipWhitespace()
        if !scanner.take(UInt8(ascii: "]")) {
            repeat {
                guard elements.count < limit else { throw .tooManyElements }
                scanner.skipWhitespace()
                let start = scanner.index
                try scanner.skipValue()
                elements.append(start..<scanner.index)
                scanner.skipWhitespace()
            } while scanner.take(UInt8(ascii: ","))
            try scanner.expect(UInt8(ascii: "]"))
        }
        try scanner.expectEnd()
        return elements
    }

    /// The ranges of an object's keys (quotes included) and values.
    static func members(
        of bytes: UnsafeRawBufferPointer, limit: Int
    ) throws(JSONError) -> [(key: Range<Int>, value: Range<Int>)] {
        var members: [(key: Range<Int>, value: Range<Int>)] = []
        try self.forEachMember(of: bytes, limit: limit) { members.append(($0, $1)) }
        return members
    }

    /// Hands out the same ranges one by one. Throws `tooManyElements` after `limit` of them.
    static func forEachMember(
        of bytes: UnsafeRawBufferPointer, limit: Int, _ body: (_ key: Range<Int>, _ value: Range<Int>) -> Void
    ) throws(JSONError) {
        var scanner = JSONScanner(bytes)
        var count = 0
        scanner.skipWhitespace()
        try scanner.expect(UInt8(ascii: "{"))
        scanner.skipWhitespace()
        if !scanner.take(UInt8(ascii: "}")) {
            repeat {
                guard count < limit else { throw .tooManyElements }
                count += 1
                scanner.skipWhitespace()
                let key = scanner.index
                try scanner.skipString()
                let keyEnd = scanner.index
                scanner.skipWhitespace()
                try scanner.expect(UInt8(ascii: ":"))
                scanner.skipWhitespace()
                let value = scanner.index
                try scanner.skipValue()
                body(key..<keyEnd, value..<scanner.index)
                scanner.skipWhitespace()
            } while scanner.take(UInt8(ascii: ","))
            try scanner.expect(UInt8(ascii: "}"))
        }
        try scanner.expectEnd()
    }

    mutating func expectEnd() throws(JSONError) {
        self.skipWhitespace()
        guard self.isAtEnd else { throw .malformed(at: self.index) }
    }
}
