/// Who plays: stable across connections and transports. Proving it is the server's business.
package struct Player: Hashable, Sendable {
    /// `pid`: 1 to 64 bytes.
    package let id: String
    /// What the others see.
    package let name: String

    package init(id: String, name: String? = nil) {
        self.id = id
        self.name = name ?? id
    }
}

/// A connection's presence in a room, as whoever owns the connections names it. The room asks nothing more of it.
package struct MemberID: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}
