import Game
import NIOCore

/// How many snapshots one viewer may still have made, as a value. Asked for again and again they would keep a loop from
/// everybody else; so they cost, in topics, and the cost comes back with time.
struct SnapshotBudget {
    private var topics = TokenBucket(.init(perSecond: 50_000, burst: SnapshotBudget.burst))

    /// At once; in a second a tenth of it comes back, which is some hundredths of a loop's time.
    private static let burst = 500_000.0
    /// As many topics can be looked at in the time that one takes in a snapshot.
    private static let looksPerTopic = 16

    /// Charges for finding the topics of a snapshot.
    /// - Parameter count: topics that are looked at.
    /// - Returns: nil, or the milliseconds after which it may be asked again.
    mutating func look(through count: Int, at now: NIODeadline) -> Int? {
        let cost = min(Double(count / Self.looksPerTopic), Self.burst)
        return self.topics.take(cost, at: now) ? nil : self.topics.wait(for: cost, at: now) ?? 0
    }

    /// Charges for the snapshot. It may be more than is left; the next has to wait for it.
    mutating func mark(_ count: Int, at now: NIODeadline) {
        self.topics.overdraw(Double(count), at: now)
    }
}
