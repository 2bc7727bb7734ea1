package import SocketIO

/// What two who want to play together must agree in: the game, and `meta` as a value, however it was written.
package struct MatchKey: Hashable, Sendable {
    private let game: String
    private let meta: JSON?

    package init(game: String, meta: JSON?) {
        self.game = game
        self.meta = meta?.canonical
    }
}
