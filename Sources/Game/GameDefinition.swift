/// A game that rooms can be opened for.
package struct GameDefinition: Sendable {
    package typealias Begin = @Sendable (_ seats: [Seat], _ round: Int, _ seed: UInt64) -> any Rules

    package let description: GameDescription
    /// Begins a round under the game's rules; nil: it has none, and rooms of it can only relay.
    package let begin: Begin?

    package init(_ description: GameDescription) {
        self.description = description
        self.begin = nil
    }

    package init<Played: Rules>(_ rules: Played.Type) {
        self.description = rules.description
        self.begin = { Played(seats: $0, round: $1, seed: $2) }
    }
}
