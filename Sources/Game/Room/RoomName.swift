/// What rooms are found by.
package enum RoomName {
    /// Crockford's base32: no I, L, O, U, which are taken for other characters or make words.
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// Names that topics under `game/` use for something else (`game/<rid>/…`).
    private static let reserved = ["cmd", "out", "lobby", "client"]

    /// A new `rid`: 12 characters, 60 random bits.
    package static func id(using generator: inout some RandomNumberGenerator) -> String {
        self.random(12, using: &generator)
    }

    /// A new join code: 6 characters. Whoever keeps the rooms draws again when it is taken.
    package static func code(using generator: inout some RandomNumberGenerator) -> String {
        self.random(6, using: &generator)
    }

    /// Whether a client's text may be a `rid`: 4 to 32 characters of `[A-Za-z0-9_-]`.
    package static func isID(_ text: String) -> Bool {
        (4...32).contains(text.utf8.count) && text.utf8.allSatisfy(self.isIDCharacter) && !self.reserved.contains(text)
    }

    /// The code that somebody meant who typed this: in either case, with O for 0, and with I or L for 1. Nil when it can
    /// be none.
    package static func code(typed text: String) -> String? {
        guard text.utf8.count == 6 else { return nil }
        var code: [UInt8] = []
        for character in text.uppercased().utf8 {
            let meant =
                switch character {
                case UInt8(ascii: "O"): UInt8(ascii: "0")
                case UInt8(ascii: "I"), UInt8(ascii: "L"): UInt8(ascii: "1")
                default: character
                }
            guard self.alphabet.contains(meant) else { return nil }
            code.append(meant)
        }
        return String(decoding: code, as: UTF8.self)
    }

    private static func random(_ count: Int, using generator: inout some RandomNumberGenerator) -> String {
        var bits = generator.next()
        let characters = (0..<count).map { _ in
            defer { bits >>= 5 }
            return self.alphabet[Int(truncatingIfNeeded: bits & 31)]
        }
        return String(decoding: characters, as: UTF8.self)
    }

    private static func isIDCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
