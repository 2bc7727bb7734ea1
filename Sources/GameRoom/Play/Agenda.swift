import HeapModule
import Seeding
import Simulator

/// Which player's turn to act it is when, for all players of an event loop. Times follow from when a player began and the
/// rate alone (an open loop): a stall makes moves late, not fewer.
struct Agenda {
    struct Slot: Comparable {
        let at: Moment
        let table: Int
        let member: Int

        static func < (left: Slot, right: Slot) -> Bool {
            (left.at, left.table, left.member) < (right.at, right.table, right.member)
        }
    }

    private struct Player: Hashable {
        let table: Int
        let member: Int
    }

    private var slots = Heap<Slot>()
    private var cadences: [Player: Cadence] = [:]

    /// When somebody is to act next.
    var next: Moment? { self.slots.min?.at }

    /// A player acts from now on.
    mutating func begin(_ member: Int, at table: Int, since start: Moment, rate: Double, random: SplitMix64) {
        let player = Player(table: table, member: member)
        guard self.cadences[player] == nil else { return }
        self.cadences[player] = Cadence(from: start, rate: rate, jitter: 0, random: random)
        self.insertNext(player)
    }

    /// Takes out a slot that is due by `now`, the earliest first.
    mutating func popDue(by now: Moment) -> Slot? {
        guard let slot = self.slots.min, slot.at <= now else { return nil }
        self.slots.removeMin()
        self.insertNext(Player(table: slot.table, member: slot.member))
        return slot
    }

    private mutating func insertNext(_ player: Player) {
        guard let at = self.cadences[player]?.next() else { return }
        self.slots.insert(Slot(at: at, table: player.table, member: player.member))
    }
}
