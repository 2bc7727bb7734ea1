/// The games that this server knows.
package enum Games {
    /// In the order in which clients are told of them.
    package static let all = [
        GameDefinition(relay), GameDefinition(TicTacToe.self), GameDefinition(Connect4.self),
        GameDefinition(Arena.self),
    ]

    /// A game without rules: any moves of kinds 32…255, ordered and passed on.
    package static let relay = GameDescription(
        name: "relay", kinds: [], players: 1...32, hz: 0, isAuthoritative: false, allowsLateJoin: true,
        startsAtOnce: true)

    package static func named(_ name: String) -> GameDefinition? {
        self.all.first { $0.description.name == name }
    }
}
