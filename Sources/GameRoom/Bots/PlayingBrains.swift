import Game
import NIOCore

/// Plays any move that the rules allow.
struct LegalBrain: Brain {
    let chooser: MoveChooser

    init(_ chooser: MoveChooser) {
        self.chooser = chooser
    }

    func act(in situation: Situation) -> Act {
        guard situation.isLive, let seat = situation.seat else { return .nothing }
        return self.chooser.anyMove(situation.number, for: seat, in: situation.game).map(Act.move) ?? .nothing
    }
}

/// Wins where it can, blocks where it must, and runs for the nearest coin.
struct GreedyBrain: Brain {
    let chooser: MoveChooser

    init(_ chooser: MoveChooser) {
        self.chooser = chooser
    }

    func act(in situation: Situation) -> Act {
        guard situation.isLive, let seat = situation.seat else { return .nothing }
        return self.chooser.goodMove(situation.number, for: seat, in: situation.game).map(Act.move) ?? .nothing
    }
}

/// Sends every move twice, as a client does that has not heard the answer.
struct DuperBrain: Brain {
    private let legal: LegalBrain
    private var hasMoved = false

    init(_ chooser: MoveChooser) {
        self.legal = LegalBrain(chooser)
    }

    mutating func act(in situation: Situation) -> Act {
        if self.hasMoved {
            self.hasMoved = false
            return .repeatMove
        }
        let act = self.legal.act(in: situation)
        if case .move = act { self.hasMoved = true }
        return act
    }
}
