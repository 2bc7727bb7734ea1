import Game

/// The states that the members of an arena have arrived at, held against each other (I9): whoever has followed the
/// differences up to a tick must see what somebody sees who was told everything at that tick.
struct StateComparison: Sendable {
    private struct Sighting {
        let tick: UInt32
        /// By hash: a tick in which a round ends is told of twice, before and after.
        var views: [Int]
        let member: Int
    }

    /// Ticks that are remembered: two seconds and more at 20 Hz.
    static let capacity = 64

    private var sightings: [Sighting] = []

    /// - Parameters:
    ///   - view: what the member sees; compared by its hash, within this process.
    ///   - isRepeated: the member has been told of this tick before.
    mutating func observe(_ view: ArenaView, at tick: UInt32, isRepeated: Bool = false, by member: Int) -> Violation? {
        let hash = view.hashValue
        guard let index = self.sightings.lastIndex(where: { $0.tick == tick }) else {
            if self.sightings.count >= Self.capacity { self.sightings.removeFirst() }
            self.sightings.append(Sighting(tick: tick, views: [hash], member: member))
            return nil
        }
        if self.sightings[index].views.contains(hash) { return nil }
        guard !isRepeated else {
            self.sightings[index].views.append(hash)
            return nil
        }
        let other = self.sightings[index].member
        return Violation(.state, "members \(other) and \(member) see different states at tick \(tick)")
    }

    /// A round is over; ticks of the next may have the same numbers.
    mutating func restart() {
        self.sightings.removeAll()
    }
}
