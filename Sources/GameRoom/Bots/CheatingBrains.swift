import Game
import NIOCore

/// Provokes one refusal after another, and plays in between.
struct CheaterBrain: Brain {
    private let legal: LegalBrain
    private let every: Int
    /// The one that has waited longest first.
    private var provocations = Provocation.allCases

    /// - Parameter slots: how many from one provocation to the next: few a minute, or the server's limits answer instead.
    init(_ chooser: MoveChooser, every slots: Int) {
        self.legal = LegalBrain(chooser)
        self.every = slots
    }

    mutating func act(in situation: Situation) -> Act {
        guard situation.slot % self.every == 0, situation.seat != nil,
            let index = self.provocations.firstIndex(where: { $0.isPossible(in: situation) })
        else { return self.legal.act(in: situation) }
        let next = self.provocations.remove(at: index)
        self.provocations.append(next)
        return .provoke(next)
    }
}

/// Watches, and tries to have a say.
struct SpectatorBrain: Brain {
    private let every: Int

    init(every slots: Int) {
        self.every = slots
    }

    func act(in situation: Situation) -> Act {
        guard situation.seat == nil, situation.slot % self.every == 0 else { return .nothing }
        return .provoke((situation.slot / self.every).isMultiple(of: 2) ? .moveOfSpectator : .readinessOfSpectator)
    }
}
