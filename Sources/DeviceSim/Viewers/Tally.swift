import Simulator
import Histogram

/// What the viewers of one loop, or all of them, have counted.
struct Tally {
    /// Messages of this run that a viewer was to get.
    var received: UInt64 = 0
    /// Numbers that never came and were not declared skipped.
    var lost: UInt64 = 0
    var duplicated: UInt64 = 0
    var outOfOrder: UInt64 = 0
    /// Numbers that the relay says it merged away.
    var skipped: UInt64 = 0
    /// Topics, times viewers, of which nothing came although something was published.
    var unseen: UInt64 = 0
    /// Messages from before the run.
    var stale: UInt64 = 0
    /// Messages of topics that the viewer does not follow.
    var unexpected: UInt64 = 0
    /// Events that are no messages of the fleet.
    var malformed: UInt64 = 0
    /// From the intended send time to the viewer, microseconds.
    var latency = Histogram<UInt64>.microseconds

    /// Adds what another loop has counted.
    mutating func add(_ other: Tally) {
        self.received += other.received
        self.lost += other.lost
        self.duplicated += other.duplicated
        self.outOfOrder += other.outOfOrder
        self.skipped += other.skipped
        self.unseen += other.unseen
        self.stale += other.stale
        self.unexpected += other.unexpected
        self.malformed += other.malformed
        self.latency.add(other.latency)
    }
}
