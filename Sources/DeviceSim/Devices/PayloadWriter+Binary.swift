import Seeding

/// The binary forms of telemetry.
extension PayloadWriter {
    /// A field of packed telemetry, see ``Codec/packed``.
    mutating func packed(_ reading: Reading) {
        switch reading {
        case .decimal(let value): self.bigEndian(Float(value).bitPattern)
        case .integer(let value): self.bigEndian(value)
        case .text(let text):
            let bytes = Array(text.utf8.prefix(255))
            self.bigEndian(UInt8(clamping: bytes.count))
            self.append(bytes)
        }
    }

    /// Adds zeros up to `size` bytes.
    mutating func pad(to size: Int) {
        self.append(repeatElement(0, count: max(0, size - self.bytes.count)))
    }

    /// Adds random bytes up to `size`.
    mutating func fill(to size: Int, from random: inout SplitMix64) {
        while self.bytes.count + 8 <= size { self.bigEndian(random.next()) }
        while self.bytes.count < size { self.bigEndian(UInt8(truncatingIfNeeded: random.next())) }
    }

    // MARK: CBOR, RFC 8949 §3

    /// The head of a map with so many members.
    mutating func cborMap(of count: Int) {
        self.cborHead(major: 5, UInt64(count))
    }

    mutating func cborMember(_ name: String, _ reading: Reading) {
        self.cborText(name)
        switch reading {
        case .integer(let value) where value >= 0: self.cborHead(major: 0, UInt64(value))
        case .integer(let value): self.cborHead(major: 1, UInt64(bitPattern: ~value))
        case .text(let text): self.cborText(text)
        case .decimal(let value):
            self.bigEndian(0xFB as UInt8)
            self.bigEndian(value.bitPattern)
        }
    }

    private mutating func cborText(_ text: String) {
        self.cborHead(major: 3, UInt64(text.utf8.count))
        self.append(text.utf8)
    }

    /// The shortest head for this argument.
    private mutating func cborHead(major: UInt8, _ argument: UInt64) {
        let major = major << 5
        switch argument {
        case ..<24: self.bigEndian(major | UInt8(argument))
        case ...UInt64(UInt8.max):
            self.bigEndian(major | 24)
            self.bigEndian(UInt8(argument))
        case ...UInt64(UInt16.max):
            self.bigEndian(major | 25)
            self.bigEndian(UInt16(argument))
        case ...UInt64(UInt32.max):
            self.bigEndian(major | 26)
            self.bigEndian(UInt32(argument))
        default:
            self.bigEndian(major | 27)
            self.bigEndian(argument)
        }
    }
}
