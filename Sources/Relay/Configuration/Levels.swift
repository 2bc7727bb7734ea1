extension StringProtocol {
    /// The parts between slashes, empty ones too.
    ///
    /// By bytes, as MQTT compares topics: a slash under a combining accent is still a slash.
    var levels: [Substring] {
        Substring(self).utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Substring.init)
    }

    /// Whether any byte of this text is one of the ASCII characters in `characters`.
    func hasAny(of characters: StaticString) -> Bool {
        characters.withUTF8Buffer { unwanted in utf8.contains { unwanted.contains($0) } }
    }

    /// Whether both texts are the same bytes; `==` would also take two spellings of one accented letter as equal.
    func isSameBytes(as other: some StringProtocol) -> Bool {
        utf8.elementsEqual(other.utf8)
    }
}
