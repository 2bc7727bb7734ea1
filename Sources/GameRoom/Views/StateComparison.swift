import Game

/// The states that the members of an arena have arrived at, held against each other (I9): whoever has followed the
/// differences up to a tick must see what somebody sees who was told everything at that tick.
struct StateComparison: Sendable {
    private struct Sighting {
        let tick: UInt32
        let view: Int
        let member: Int
    }

    /// Ticks that are remembered: two seconds and more at 20 Hz.
    static let capacity = 64

    private var sightings: [Sighting] = []

    /// - Parameter view: what the member sees; compared by its hash, within this process.
    mutating func observe(_ view: ArenaView, at tick: UInt32, by member: Int) -> Violation? {
        let hash = view.hashValue
        if let known = self.sightings.last(where: { $0.tick == tick }) {
            guard known.view != hash else { return nil }
            return Violation(.state, "members \(known.member) and \(member) see different states at tick \(tick)")
        }
        if self.sightings.count >= Self.capacity { self.sightings.removeFirst() }
        self.sightings.append(Sighting(tick: tick, view: hash, member: member))
        return nil
    }

    /// A round is over; ticks of the next may have the same numbers.
    mutating func restart() {
        self.sightings.removeAll()
    }
}
