package import SocketIO

/// What everybody may know of a room: the `Room` of the contract.
package struct RoomInfo: Hashable, Sendable {
    package enum State: String, Sendable {
        case lobby
        case countdown
        case live
        case ended
        case closed
    }

    package struct SeatInfo: Hashable, Sendable {
        package enum State: String, Sendable {
            case on
            case away
            /// Given up by its player, and played by the rules.
            case bot
        }

        package var seat: Seat
        package var player: Player
        package var state: State
        package var isReady: Bool
        /// Milliseconds to the player and back; nil: not measured.
        package var roundTrip: Int?
    }

    package var id: String
    package var code: String
    package var game: String
    package var mode: RoomSettings.Mode
    package var name: String
    package var isPrivate: Bool
    /// Whether somebody could take a seat now, as far as the room is concerned.
    package var isOpen: Bool
    /// Whether joining takes a password; not told to anybody.
    package var hasPassword: Bool
    package var state: State
    package var hz: Int
    package var maximumPlayers: Int
    package var host: Seat?
    package var meta: JSON?
    package var kinds: [GameDescription.NamedKind]
    /// One more for every change by the host.
    package var version: Int
    package var players: [SeatInfo]
    package var spectators: Int
}
