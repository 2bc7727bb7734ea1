import Simulator
import Histogram

/// What the viewers of one loop, or all of them, have counted.
struct Tally {
    /// Messages of this run that a viewer was to get.
    var received: UInt64 = 0
    /// Publications that never came and were not declared skipped, where nothing excuses it.
    var lost: UInt64 = 0
    /// How often one or more were lost in a row.
    var gaps: UInt64 = 0
    var duplicated: UInt64 = 0
    var outOfOrder: UInt64 = 0
    /// Publications that the relay says it merged away.
    var skipped: UInt64 = 0
    /// Publications that never came because a link was down, or that the way may refuse for their size.
    var excused: UInt64 = 0
    /// Topics, times viewers, of which nothing came although something was published.
    var unseen: UInt64 = 0
    /// Topics, times viewers, whose last publication did not come.
    var behind: UInt64 = 0
    /// Messages from before the run.
    var stale: UInt64 = 0
    /// Messages of topics that the viewer does not follow.
    var unexpected: UInt64 = 0
    /// Events of the fleet's topics that are no messages of it.
    var malformed: UInt64 = 0
    /// Events of other topics: other devices are on the broker, or were.
    var foreign: UInt64 = 0
    /// From the intended send time to the viewer, microseconds, by the stage in which it was sent.
    private(set) var stages: [Stage]
    /// How old the newest value was that a viewer had of a topic, at samples, microseconds.
    var staleness = Histogram<UInt64>.microseconds
    /// How far the value that a viewer ended with was behind the last one sent, microseconds; 0 where it is the last.
    var stalenessAtEnd = Histogram<UInt64>.microseconds

    struct Stage {
        var received: UInt64 = 0
        var skipped: UInt64 = 0
        var latency = Histogram<UInt64>.microseconds
    }

    init(stages: Int = 1) {
        self.stages = (0..<max(1, stages)).map { _ in Stage() }
    }

    /// From the intended send time to the viewer, microseconds.
    var latency: Histogram<UInt64> {
        var sum = Histogram<UInt64>.microseconds
        for stage in self.stages { sum.add(stage.latency) }
        return sum
    }

    mutating func countReceived(in stage: Int) {
        self.received += 1
        self.stages[stage].received += 1
    }

    mutating func countSkipped(_ count: UInt64, in stage: Int) {
        self.skipped += count
        self.stages[stage].skipped += count
    }

    mutating func record(latency microseconds: Int64, in stage: Int) {
        self.stages[stage].latency.recordClamped(microseconds)
    }
}
