/// One round of a room's game.
struct Round: Sendable {
    /// 0 for the first in the room.
    let number: Int
    let seed: UInt64
    /// By the room's time, in milliseconds.
    let beganAt: UInt32
    /// Whoever takes part, ascending; who leaves does no more.
    var seats: [Seat]
    /// Nil: the room just relays.
    var rules: (any Rules)?
    /// Moves that were made.
    var moves = 0
    /// The state that the last state frame told of, and its tick.
    var told: (rules: any Rules, tick: UInt32)?
    /// The tick from which on the next state frame is to be a full one.
    var nextFullState: UInt32 = 0
}

extension Round: Equatable {
    /// The told state is a part of the past: its tick says which.
    static func == (left: Round, right: Round) -> Bool {
        left.number == right.number && left.seed == right.seed
            && left.beganAt == right.beganAt && left.seats == right.seats && left.moves == right.moves
            && left.rules?.stateHash == right.rules?.stateHash && left.told?.tick == right.told?.tick
            && left.nextFullState == right.nextFullState
    }
}
