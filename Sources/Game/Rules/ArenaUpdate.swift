import NIOCore
import SocketIO

/// The payload of an arena's state frame: the whole state, or what has changed since an earlier one.
package struct ArenaUpdate: Hashable, Sendable {
    /// All, or those that have changed or come.
    package var players: [ArenaView.Player]
    package var coins: [ArenaView.Coin]
    /// Who was there before and has left; empty in a whole state.
    package var left: [Seat]

    /// The whole state.
    init(to view: ArenaView) {
        self.players = view.players
        self.coins = view.coins
        self.left = []
    }

    init(from base: ArenaView, to view: ArenaView) {
        self.players = view.players.filter { !base.players.contains($0) }
        self.coins = view.coins.filter { !base.coins.contains($0) }
        let present = view.players.map(\.seat)
        self.left = base.players.map(\.seat).filter { !present.contains($0) }
    }

    init(players: [ArenaView.Player], coins: [ArenaView.Coin], left: [Seat]) {
        self.players = players
        self.coins = coins
        self.left = left
    }

    package func payload(as form: StateForm) -> Payload {
        switch form {
        case .json: .json(self.json)
        case .binary: .binary(self.bytes)
        }
    }

    package init(_ payload: Payload) throws(Unreadable) {
        switch payload {
        case .json(let json): try self.init(json: json)
        case .binary(let bytes): try self.init(bytes: bytes)
        }
    }

    /// Why a state frame of an arena was of no use.
    package enum Unreadable: Error, Hashable, Sendable {
        case truncated
        case trailingBytes
        /// JSON, but not of this shape.
        case notAnUpdate
        /// It tells the difference from a state that the receiver does not have.
        case wrongBase
    }
}
