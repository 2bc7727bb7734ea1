package import SocketIO

/// Which rooms somebody wants to hear of: `{game?, open?}`.
package struct LobbyFilter: Hashable, Sendable {
    package var game: String?
    package var isOpen: Bool?

    package init(game: String? = nil, isOpen: Bool? = nil) {
        self.game = game
        self.isOpen = isOpen
    }

    /// - Parameter payload: left out: all of them.
    package init(_ payload: JSON?) throws(Refusal) {
        let fields = try payload.flatMap { $0.isNull ? nil : $0 }.map { (payload) throws(Refusal) in try Fields(payload)
        }
        self.init(game: try fields?.string("game", bytes: 1...64), isOpen: try fields?.bool("open"))
    }

    func admits(_ room: RoomInfo) -> Bool {
        (self.game ?? room.game) == room.game && (self.isOpen ?? room.isOpen) == room.isOpen
    }
}
