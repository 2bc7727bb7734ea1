import NIOCore

/// Tells one content from another (RFC 9110 §8.8.3): the same wherever and whenever the same bytes are served, so it
/// holds on every event loop and across restarts.
struct EntityTag: Equatable, CustomStringConvertible {
    private let hash: UInt64
    private let length: Int

    init(of content: ByteBuffer) {
        // FNV-1a: an accident is as unlikely as 64 bits make it, and nobody gains by forging one.
        self.hash = content.readableBytesView.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        self.length = content.readableBytes
    }

    /// In quotes.
    var description: String { "\"\(String(self.length, radix: 36))-\(String(self.hash, radix: 36))\"" }

    /// For a body whose bytes depend on the encoding that was chosen for it.
    var weak: String { "W/\(self)" }

    /// Whether a client that sent these `If-None-Match` headers has this content (RFC 9110 §13.1.2: weak comparison).
    func isKnown(to ifNoneMatch: [String]) -> Bool {
        let own = self.description
        return ifNoneMatch.contains { header in
            header.split(separator: ",").contains { entry in
                let tag = entry.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }
                return tag == "*" || (tag.hasPrefix("W/") ? tag.dropFirst(2) : tag) == own
            }
        }
    }
}
