/// Writes payloads into one reused array of bytes: thousands of devices, one allocation.
///
/// JSON is written member by member, in order, without spaces; the caller says where an object begins and ends.
struct PayloadWriter {
    private(set) var bytes: [UInt8] = []

    mutating func removeAll() {
        self.bytes.removeAll(keepingCapacity: true)
    }

    mutating func beginObject() {
        self.bytes.append(UInt8(ascii: "{"))
    }

    mutating func endObject() {
        self.bytes.append(UInt8(ascii: "}"))
    }

    /// `"name":123`
    mutating func member(_ name: String, _ value: some FixedWidthInteger) {
        self.key(name)
        self.decimalDigits(value)
    }

    /// `"name":"text"`, escaped as JSON asks.
    mutating func member(_ name: String, _ text: String) {
        self.key(name)
        self.quoted(text)
    }

    /// `"name":true`
    mutating func member(_ name: String, isTrue: Bool) {
        self.key(name)
        self.bytes.append(contentsOf: (isTrue ? "true" : "false").utf8)
    }

    mutating func member(_ name: String, _ reading: Reading) {
        switch reading {
        case .integer(let value): self.member(name, value)
        case .text(let text): self.member(name, text)
        case .decimal(let value):
            self.key(name)
            self.decimal(value)
        }
    }

    /// Adds a member `"pad"` so that the object, once ended, has `size` bytes; nothing if it is as long already.
    mutating func pad(toObjectOf size: Int) {
        let room = size - self.bytes.count - #","pad":"""#.utf8.count - 1
        guard room >= 0 else { return }
        self.key("pad")
        self.bytes.append(UInt8(ascii: "\""))
        self.bytes.append(contentsOf: repeatElement(UInt8(ascii: "x"), count: room))
        self.bytes.append(UInt8(ascii: "\""))
    }

    mutating func append(_ bytes: some Sequence<UInt8>) {
        self.bytes.append(contentsOf: bytes)
    }

    /// An integer's bytes, the most significant first.
    mutating func bigEndian(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { self.bytes.append(contentsOf: $0) }
    }

    /// The head of every binary payload: the time in Unix microseconds and the number.
    /// - Parameter timestamp: Unix milliseconds.
    mutating func head(timestamp: Int64, sequence: UInt64) {
        self.bigEndian(UInt64(clamping: timestamp) &* 1000)
        self.bigEndian(sequence)
    }

    private mutating func key(_ name: String) {
        if self.bytes.last != UInt8(ascii: "{") { self.bytes.append(UInt8(ascii: ",")) }
        self.quoted(name)
        self.bytes.append(UInt8(ascii: ":"))
    }

    private mutating func decimalDigits(_ value: some FixedWidthInteger) {
        if value < 0 { self.bytes.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        let start = self.bytes.count
        repeat {
            self.bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        self.bytes[start...].reverse()
    }

    /// Two decimals, as many as a sensor is worth; what is out of range or no number is written as null.
    private mutating func decimal(_ value: Double) {
        guard let hundredths = Int64(exactly: (value * 100).rounded()) else {
            self.bytes.append(contentsOf: "null".utf8)
            return
        }
        if hundredths < 0 { self.bytes.append(UInt8(ascii: "-")) }
        let magnitude = hundredths.magnitude
        self.decimalDigits(magnitude / 100)
        self.bytes.append(UInt8(ascii: "."))
        self.bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude / 10 % 10))
        self.bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10))
    }

    private mutating func quoted(_ text: String) {
        self.bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                self.bytes.append(UInt8(ascii: "\\"))
                self.bytes.append(byte)
            case 0..<0x20:
                self.bytes.append(contentsOf: "\\u00".utf8)
                self.bytes.append(Self.hexDigit(byte >> 4))
                self.bytes.append(Self.hexDigit(byte & 0xF))
            default:
                self.bytes.append(byte)
            }
        }
        self.bytes.append(UInt8(ascii: "\""))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        return value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + (value - 10)
    }
}
