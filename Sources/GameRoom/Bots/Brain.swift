import Game
import NIOCore

/// How a simulated player behaves. A value that decides by its seed and by what it is shown, never by the clock: with the
/// same seed it makes the same moves in the same order.
protocol Brain: Sendable {
    /// What to do at a slot of the player's schedule. Called once a slot while the player is in the room.
    mutating func act(in situation: Situation) -> Act
}

/// What a brain is shown.
struct Situation: Sendable {
    /// Which slot it is, from 0.
    var slot: Int
    /// The number of the player's next move.
    var number: UInt32
    /// Nil: watches only.
    var seat: Seat?
    var isHost: Bool
    /// `lobby`, `countdown`, `live`, `ended` or `closed`.
    var state: String
    var room: String
    var reference: UInt16
    var isStrict: Bool
    /// Whether moves are acknowledged, and belong to a room by its number; else by its topic and a token.
    var answersMoves = true
    /// Whether the seat is of the very identity that the player has now: one that has come to it by a token alone may be let
    /// in once more, as somebody else.
    var ownsSeat = true
    /// Whether a move is under way that the next one has to wait for, as on boards.
    var isMoving = false
    var game: GameCopy

    var isLive: Bool { self.state == "live" }
}

/// What a brain wants done.
enum Act: Equatable, Sendable {
    case nothing
    case move(Move)
    /// The last move once more, under its old number.
    case repeatMove
    case provoke(Provocation)
    /// The connection breaks without a goodbye, and the player comes back after a while by another transport.
    case drop(TimeAmount)
    /// The player reads nothing for a while.
    case stall(TimeAmount)
    /// Whoever is host leaves.
    case removeHost
}

/// The brains there are, as `--brains` names them.
enum BrainKind: String, CaseIterable, Sendable {
    /// Any move that the rules allow.
    case legal
    /// A good one.
    case greedy
    /// Provokes refusals, one code after another.
    case cheater
    /// Sends moves twice.
    case duper
    /// Loses the connection and resumes.
    case flapper
    /// Stops reading now and then.
    case slow
    /// Comes when the game is on.
    case late
    /// Watches, and tries to play all the same.
    case spectator
    /// Makes the host leave.
    case hostkiller

    /// Whether such a player takes a seat from the beginning.
    var sitsFromTheStart: Bool { self != .late && self != .spectator }

    /// - Parameters:
    ///   - seed: of the player alone.
    ///   - rate: slots a second.
    func makeBrain(seed: UInt64, form: MoveChooser.Form, rate: Double) -> any Brain {
        let chooser = MoveChooser(seed: seed, form: form)
        let slots = { (seconds: Double) in max(1, Int((seconds * max(rate, 0.01)).rounded())) }
        switch self {
        case .legal, .late: return LegalBrain(chooser)
        case .greedy: return GreedyBrain(chooser)
        case .cheater: return CheaterBrain(chooser, every: slots(1))
        case .duper: return DuperBrain(chooser)
        case .flapper: return FlapperBrain(chooser, every: slots(20))
        case .slow: return SlowBrain(chooser, every: slots(40))
        case .spectator: return SpectatorBrain(every: slots(1))
        case .hostkiller: return HostKillerBrain(chooser, every: slots(15))
        }
    }
}
