import NIOCore

/// Whether every `{"_placeholder":true,"num":i}` in checked JSON names an attachment that there is. One pass, whatever
/// the nesting.
///
/// The packet is for other clients' parsers, some of which drop the connection over a number that names nothing. So
/// whatever any of them could take for a placeholder must be one beyond doubt: keys are compared with their escapes
/// undone, and the one `num` is written in plain digits, as every client writes it.
struct PlaceholderCheck {
    /// What is known of an object or array that is still open.
    private struct Open {
        /// The member whose value comes next.
        var member = Member.other
        var isPlaceholder = false
        /// How many members are named `num`, and what the last one says.
        var numbers = 0
        var number: Int?
    }

    private enum Member {
        case placeholder
        case number
        case other
    }

    private let bytes: UnsafeRawBufferPointer
    private let attachments: Int
    private var index = 0
    /// The inside of the string read last, which before a `:` is the key.
    private var key = 0..<0
    private var current = Open()
    private var outer: [Open] = []

    static func passes(_ json: ByteBuffer, attachments: Int) -> Bool {
        json.withUnsafeReadableBytes { bytes in
            var check = PlaceholderCheck(bytes: bytes, attachments: attachments)
            return check.passes()
        }
    }

    private init(bytes: UnsafeRawBufferPointer, attachments: Int) {
        self.bytes = bytes
        self.attachments = attachments
    }

    private mutating func passes() -> Bool {
        while self.index < self.bytes.count {
            let byte = self.bytes[self.index]
            self.index += 1
            switch byte {
            case UInt8(ascii: "\""):
                self.note(value: 0..<0)
                self.skipString()
            case UInt8(ascii: ":"):
                self.current.member = self.member
            case UInt8(ascii: ","):
                self.current.member = .other
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                self.note(value: 0..<0)
                self.outer.append(self.current)
                self.current = Open()
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard self.namesAnAttachment(self.current), let outer = self.outer.popLast() else { return false }
                self.current = outer
            case 0x20, 0x0a, 0x0d, 0x09:
                continue
            default:
                self.note(value: self.scalar())
            }
        }
        return true
    }

    private func namesAnAttachment(_ closed: Open) -> Bool {
        guard closed.isPlaceholder else { return true }
        return closed.numbers == 1 && closed.number.map((0..<self.attachments).contains) == true
    }

    /// Moves behind the string whose first quote was read, and keeps its inside.
    private mutating func skipString() {
        let start = self.index
        while self.index < self.bytes.count, self.bytes[self.index] != UInt8(ascii: "\"") {
            self.index += self.bytes[self.index] == UInt8(ascii: "\\") ? 2 : 1
        }
        self.key = start..<min(self.index, self.bytes.count)
        self.index += 1
    }

    private var member: Member {
        let key = UnsafeRawBufferPointer(rebasing: self.bytes[self.key])
        if JSONString.is(key, "_placeholder") { return .placeholder }
        return JSONString.is(key, "num") ? .number : .other
    }

    /// Moves behind the number or literal whose first byte was read.
    private mutating func scalar() -> Range<Int> {
        let start = self.index - 1
        while self.index < self.bytes.count, Self.isWithinScalar(self.bytes[self.index]) { self.index += 1 }
        return start..<self.index
    }

    private static func isWithinScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0x20, 0x0a, 0x0d, 0x09: false
        default: true
        }
    }

    /// Takes note of a value where one of the two members has it. Nothing stands for a string, array or object.
    private mutating func note(value range: Range<Int>) {
        let value = self.bytes[range]
        switch self.current.member {
        case .placeholder:
            if value.elementsEqual("true".utf8) { self.current.isPlaceholder = true }
        case .number:
            self.current.numbers += 1
            self.current.number = Self.plainNumber(value)
        case .other:
            break
        }
    }

    /// What one or two digits write: attachments are counted in no more.
    private static func plainNumber(_ text: Slice<UnsafeRawBufferPointer>) -> Int? {
        guard (1...2).contains(text.count) else { return nil }
        var number = 0
        for byte in text {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return number
    }
}
