package import NIOCore

/// The hash FNV-1a with 64 bits (Fowler, Noll, Vo): the same on every machine and in every process, which the standard
/// library's is not.
///
/// Each byte maps the hash so far one to one, so two inputs of the same length that differ in one byte never have the
/// same hash. It finds damage and disagreement; it does not keep out somebody who looks for two inputs with one hash.
package struct FNV1a: Hashable, Sendable {
    package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    package init() {}

    package mutating func combine(_ byte: UInt8) {
        self.value = (self.value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }

    /// The number's bytes, the least significant first.
    package mutating func combine(_ number: some FixedWidthInteger) {
        for shift in stride(from: 0, to: number.bitWidth, by: 8) {
            self.combine(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// The readable bytes.
    package mutating func combine(_ bytes: ByteBuffer) {
        bytes.withUnsafeReadableBytes { for byte in $0 { self.combine(byte) } }
    }
}

extension UInt64 {
    /// Sixteen digits of base 16 in lower case: how hashes are written, since a JSON number has room for 53 bits only.
    package var hexDigits: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Reads what ``hexDigits`` writes, and nothing else.
    package init?(hexDigits text: String) {
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) }
        guard text.utf8.count == 16, text.utf8.allSatisfy(isDigit) else { return nil }
        self.init(text, radix: 16)
    }
}
