import Game
import NIOCore
import Seeding

/// Plays, and every so many slots does something else. In which slot it begins to, its seed decides.
private struct Interruption: Sendable {
    private let every: Int
    private let phase: Int

    init(_ chooser: MoveChooser, every slots: Int) {
        var random = SplitMix64(seed: chooser.seed, stream: .max)
        self.every = slots
        // Not in the first slots: there is to be something to interrupt.
        let first = slots / 8
        self.phase = first + random.index(below: max(1, slots - first))
    }

    /// How many times it has come, where it comes at this slot.
    func occurrence(at slot: Int) -> Int? {
        slot % self.every == self.phase % self.every && slot >= self.phase ? slot / self.every : nil
    }
}

/// Loses the connection now and then, and comes back by the token.
struct FlapperBrain: Brain {
    private let legal: LegalBrain
    private let interruption: Interruption

    init(_ chooser: MoveChooser, every slots: Int) {
        self.legal = LegalBrain(chooser)
        self.interruption = Interruption(chooser, every: slots)
    }

    func act(in situation: Situation) -> Act {
        guard let occurrence = self.interruption.occurrence(at: situation.slot) else {
            return self.legal.act(in: situation)
        }
        var random = SplitMix64(seed: self.legal.chooser.seed, stream: UInt64(clamping: occurrence))
        return .drop(.milliseconds(200 + Int64(random.index(below: 2_300))))
    }
}

/// Stops reading now and then, for longer than a server waits.
struct SlowBrain: Brain {
    private let legal: LegalBrain
    private let interruption: Interruption

    init(_ chooser: MoveChooser, every slots: Int) {
        self.legal = LegalBrain(chooser)
        self.interruption = Interruption(chooser, every: slots)
    }

    func act(in situation: Situation) -> Act {
        let stalls = self.interruption.occurrence(at: situation.slot) != nil
        return stalls ? .stall(.seconds(4)) : self.legal.act(in: situation)
    }
}

/// Makes whoever is host leave, so that the role must move on.
struct HostKillerBrain: Brain {
    private let legal: LegalBrain
    private let interruption: Interruption

    init(_ chooser: MoveChooser, every slots: Int) {
        self.legal = LegalBrain(chooser)
        self.interruption = Interruption(chooser, every: slots)
    }

    func act(in situation: Situation) -> Act {
        let kills = self.interruption.occurrence(at: situation.slot) != nil
        return kills ? .removeHost : self.legal.act(in: situation)
    }
}
