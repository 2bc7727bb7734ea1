/// What a player does: the kind says what the data means.
package struct Move: Hashable, Sendable {
    package var kind: EventKind
    package var data: Payload

    package init(_ kind: EventKind, _ data: Payload) {
        self.kind = kind
        self.data = data
    }
}

/// The kind of an event in a room's log: 1…31 are the room's own, 32…255 the game's.
package struct EventKind: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// In place of an event that was meant for others: keeps the numbering whole.
    package static let hole = EventKind(rawValue: 0)
    package static let join = EventKind(rawValue: 1)
    package static let leave = EventKind(rawValue: 2)
    package static let away = EventKind(rawValue: 3)
    package static let back = EventKind(rawValue: 4)
    package static let host = EventKind(rawValue: 5)
    package static let ready = EventKind(rawValue: 6)
    package static let state = EventKind(rawValue: 7)
    package static let chat = EventKind(rawValue: 8)
    package static let properties = EventKind(rawValue: 9)
    package static let timer = EventKind(rawValue: 10)
    package static let end = EventKind(rawValue: 11)
    package static let bot = EventKind(rawValue: 12)
    package static let hash = EventKind(rawValue: 13)
    package static let desync = EventKind(rawValue: 14)
    package static let snapshot = EventKind(rawValue: 15)

    /// The first kind that belongs to the game.
    package static let firstOfGame = EventKind(rawValue: 32)

    package var isOfGame: Bool { self.rawValue >= Self.firstOfGame.rawValue }
}
