/// A move as a client sends it: numbered, so that sending it twice makes it once.
package struct NumberedMove: Hashable, Sendable {
    /// `n`: from 1, one more for each move of the player in the room.
    package var number: UInt32
    package var move: Move
    package var options: MoveOptions

    package init(_ number: UInt32, _ move: Move, options: MoveOptions = MoveOptions()) {
        self.number = number
        self.move = move
        self.options = options
    }
}

/// What a move's fifth element says: `{to?, c?, v?, at?}`.
package struct MoveOptions: Hashable, Sendable {
    /// For whom late joiners find the move in their cache.
    package enum Cache: Int, Sendable {
        /// Until its sender leaves.
        case whileSeated = 1
        /// As long as the room is there.
        case room = 2
    }

    /// The seats that may see it; nil: everybody. Only where the room just relays.
    package var recipients: [Seat]?
    package var cache: Cache?
    /// The ply that the move was made for; the rules' ply must still be that, or the move is `STALE`.
    package var version: UInt32?
    /// The tick that the player was shown. Noted in no decision: clients are not believed about time.
    package var shownTick: UInt32?

    package init(
        recipients: [Seat]? = nil, cache: Cache? = nil, version: UInt32? = nil, shownTick: UInt32? = nil
    ) {
        self.recipients = recipients
        self.cache = cache
        self.version = version
        self.shownTick = shownTick
    }
}
