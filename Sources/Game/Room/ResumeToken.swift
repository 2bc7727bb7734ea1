/// What brings a player back to the same seat: 128 random bits, as 22 characters of base64url (RFC 4648 §5, unpadded).
///
/// Handed out at join and at every resume anew; see ``TokenPair`` for which are good, until the seat is given up. It is a
/// secret, so two are compared in constant time.
package struct ResumeToken: Sendable {
    private let high: UInt64
    private let low: UInt64

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    package init(using generator: inout some RandomNumberGenerator) {
        self.high = generator.next()
        self.low = generator.next()
    }

    /// Reads a token that a client sent; nil when it is none by its form.
    package init?(_ text: String) {
        guard text.utf8.count == 22 else { return nil }
        var bits: UInt128 = 0
        for (index, character) in text.utf8.enumerated() {
            guard let value = Self.alphabet.firstIndex(of: character) else { return nil }
            // 22 characters hold 132 bits: the last four have to be 0.
            guard index < 21 else {
                guard value & 15 == 0 else { return nil }
                bits = bits << 2 | UInt128(value >> 4)
                break
            }
            bits = bits << 6 | UInt128(value)
        }
        self.high = UInt64(truncatingIfNeeded: bits >> 64)
        self.low = UInt64(truncatingIfNeeded: bits)
    }
}

extension ResumeToken: Hashable {
    package static func == (left: ResumeToken, right: ResumeToken) -> Bool {
        (left.high ^ right.high) | (left.low ^ right.low) == 0
    }
}

extension ResumeToken: CustomStringConvertible {
    package var description: String {
        let bits = UInt128(self.high) << 64 | UInt128(self.low)
        let characters = (0..<21).map { Self.alphabet[Int(truncatingIfNeeded: bits >> UInt128(122 - 6 * $0)) & 63] }
        return String(decoding: characters + [Self.alphabet[Int(truncatingIfNeeded: bits & 3) << 4]], as: UTF8.self)
    }
}
