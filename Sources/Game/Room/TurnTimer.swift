package import NIOCore

/// How long the player whose turn it is may still think. It knows which turn it was set for, so that one that comes late
/// means nothing.
package struct TurnTimer: Hashable, Sendable {
    package struct Turn: Hashable, Sendable {
        package let seat: Seat
        /// Moves made in the round when the turn began: the same seat may have the turn twice.
        package let ply: Int
        /// How long it may last.
        package let time: TimeAmount

        package init(seat: Seat, ply: Int, time: TimeAmount) {
            self.seat = seat
            self.ply = ply
            self.time = time
        }
    }

    package private(set) var turn: Turn?
    package private(set) var deadline: NIODeadline?

    package init() {}

    /// Says whose turn it is; nil: nobody's, or for as long as they like.
    /// - Returns: when it ends, where the turn is a new one.
    package mutating func set(_ turn: Turn?, at now: NIODeadline) -> NIODeadline? {
        guard turn != self.turn else { return nil }
        self.turn = turn
        self.deadline = turn.map { now + $0.time }
        return self.deadline
    }

    /// The time is up: who has let it pass. Does not go off for the same turn again.
    package mutating func expire(at now: NIODeadline) -> Seat? {
        guard let deadline, deadline <= now else { return nil }
        self.deadline = nil
        return self.turn?.seat
    }
}
