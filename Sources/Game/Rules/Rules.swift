package import NIOCore

/// One round of a game under rules: its state, and what may change it. A value without clock, without I/O, and without
/// randomness beyond the seed it began with, so that the same calls give the same state on every machine.
///
/// Nothing that a player sends may trap here: a move that cannot be is refused, and has changed nothing.
///
/// Games of turns (`hz` 0) take moves by ``apply(_:by:)``, each one an event of the room's log. Games in real time
/// (`hz` above 0) take inputs: ``check(_:by:)`` when one arrives, ``step(_:)`` once a tick with at most one a seat.
package protocol Rules: Sendable {
    static var description: GameDescription { get }

    /// - Parameters:
    ///   - seats: who plays, in ascending order; as many as `description.players` allows.
    ///   - round: 0 for the first in this room, one more for each rematch: who begins alternates.
    init(seats: [Seat], round: Int, seed: UInt64)

    /// Whether the move could be made now. Must agree with ``apply(_:by:)``.
    func check(_ move: Move, by seat: Seat) throws(Refusal)
    /// Makes a move, or refuses it and changes nothing.
    mutating func apply(_ move: Move, by seat: Seat) throws(Refusal)
    /// One tick. A seat without an input does what the game says of a missing one.
    /// - Parameter inputs: at most one a seat, by ascending seat, each passed by ``check(_:by:)``.
    /// - Returns: what happened that the state alone does not tell, in order.
    mutating func step(_ inputs: [Input]) -> [Effect]

    /// Somebody who is not in the round takes a seat; only where `description.allowsLateJoin`.
    mutating func joined(_ seat: Seat)
    /// A seat is given up for good.
    mutating func left(_ seat: Seat)
    /// A seat's player has lost the connection, or has it again.
    mutating func setAway(_ isAway: Bool, _ seat: Seat)

    /// Whose move it is; nil where everybody moves, and when it is over.
    var turn: Seat? { get }
    /// How many moves have been made, for moves that say which state they are for; nil: not counted.
    var ply: Int? { get }
    var outcome: Outcome? { get }

    /// Moves that ``check(_:by:)`` lets pass now, in a fixed order: for bots, for property tests, and the first of them
    /// for a player whose time is up. In real time: some inputs worth choosing from.
    func legalMoves(for seat: Seat) -> [Move]

    /// FNV-1a over the whole state in a fixed order: equal states have equal hashes on every machine.
    var stateHash: UInt64 { get }

    /// The state as players and spectators see it.
    /// - Parameter base: an earlier state of the same round; the result holds only what has changed since. Nil, or a base
    ///   that is no use: all of it.
    func state(since base: (any Rules)?, as form: StateForm) -> Payload
}

/// A player's input for one tick.
package struct Input: Hashable, Sendable {
    package let seat: Seat
    package let move: Move

    package init(_ seat: Seat, _ move: Move) {
        self.seat = seat
        self.move = move
    }
}

/// Something that a tick brought about: an event for the log.
package struct Effect: Hashable, Sendable {
    package let seat: Seat
    package let kind: EventKind
    package let data: Payload

    package init(_ kind: EventKind, _ seat: Seat, _ data: Payload) {
        self.seat = seat
        self.kind = kind
        self.data = data
    }
}

package enum StateForm: Hashable, Sendable {
    case json
    case binary
}

/// How a round ended.
package struct Outcome: Hashable, Sendable {
    package enum Reason: String, Sendable {
        /// By the game's own end.
        case finished
        /// Too few players were left.
        case abandoned
        /// The host or the server ended it.
        case stopped
    }

    /// Nil: a draw, or nobody.
    package var winner: Seat?
    package var scores: [(seat: Seat, score: Int)] { self.scoreList.map { ($0.seat, $0.score) } }
    package var reason: Reason
    private var scoreList: [Score]

    private struct Score: Hashable, Sendable {
        let seat: Seat
        let score: Int
    }

    package init(winner: Seat?, scores: [(Seat, Int)] = [], reason: Reason = .finished) {
        self.winner = winner
        self.scoreList = scores.map { Score(seat: $0.0, score: $0.1) }
        self.reason = reason
    }
}

/// What a game is, before anybody plays it.
package struct GameDescription: Sendable {
    package struct NamedKind: Hashable, Sendable {
        package let kind: EventKind
        package let name: String

        package init(_ kind: EventKind, _ name: String) {
            self.kind = kind
            self.name = name
        }
    }

    /// As `room:create` names it: `connect4`.
    package var name: String
    /// The kinds of the game's own events that have names.
    package var kinds: [NamedKind]
    /// How many players a round needs, and how many the room seats at most; `room:create` may ask for fewer.
    package var players: ClosedRange<Int>
    /// Ticks a second; 0: every event goes out at once.
    package var hz: Int
    /// How long a player may think; nil: for ever.
    package var turnTime: TimeAmount?
    /// Whether a room is authoritative unless created otherwise.
    package var isAuthoritative: Bool
    /// Whether one may take a seat while a round is on.
    package var allowsLateJoin: Bool
    /// Whether a round is on from the room's creation, without anybody starting it.
    package var startsAtOnce: Bool

    package init(
        name: String, kinds: [NamedKind], players: ClosedRange<Int>, hz: Int, turnTime: TimeAmount? = nil,
        isAuthoritative: Bool, allowsLateJoin: Bool = false, startsAtOnce: Bool = false
    ) {
        self.name = name
        self.kinds = kinds
        self.players = players
        self.hz = hz
        self.turnTime = turnTime
        self.isAuthoritative = isAuthoritative
        self.allowsLateJoin = allowsLateJoin
        self.startsAtOnce = startsAtOnce
    }
}
