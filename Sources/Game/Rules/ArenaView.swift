/// What players and spectators see of an arena.
package struct ArenaView: Hashable, Sendable {
    package struct Player: Hashable, Sendable {
        package let seat: Seat
        package let x: UInt16
        package let y: UInt16
        package let score: UInt16
        package let flags: Flags
    }

    package struct Coin: Hashable, Sendable {
        package let id: UInt8
        package let x: UInt16
        package let y: UInt16
    }

    package struct Flags: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package static let dashing = Flags(rawValue: 1)
        package static let away = Flags(rawValue: 2)
        /// The next dash cannot begin yet.
        package static let dashSpent = Flags(rawValue: 4)

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }
    }

    /// Ascending by seat.
    package private(set) var players: [Player] = []
    /// Ascending by id.
    package private(set) var coins: [Coin] = []

    /// Nothing seen yet.
    package init() {}

    init(players: [Player], coins: [Coin]) {
        self.players = players
        self.coins = coins
    }

    package mutating func apply(_ update: ArenaUpdate) {
        self.players.removeAll { update.left.contains($0.seat) }
        for player in update.players { self.players.replace(player, by: \.seat) }
        for coin in update.coins { self.coins.replace(coin, by: \.id) }
    }
}

extension Array {
    /// Puts an element in the place of the one with the same key, or where it belongs in ascending order.
    fileprivate mutating func replace(_ element: Element, by key: (Element) -> some Comparable) {
        let index = self.firstIndex { key($0) >= key(element) } ?? self.count
        if index < self.count, key(self[index]) == key(element) {
            self[index] = element
        } else {
            self.insert(element, at: index)
        }
    }
}
