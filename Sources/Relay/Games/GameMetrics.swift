import Game
import NIOCore

/// What the rooms of one loop have counted since its start; summed over the loops when asked.
struct GameMetrics: Sendable {
    enum MoveResult: String, CaseIterable, Sendable {
        case taken, duplicate, refused
    }

    enum ResumeResult: String, CaseIterable, Sendable {
        case replay, snapshot, refused
    }

    var rooms = 0
    var players = 0
    var roomsOpened = 0
    var moves: [MoveResult: Int] = [:]
    var resumes: [ResumeResult: Int] = [:]
    var resynchronisations = 0
    /// How late ticks and timers were served.
    var lateness = LatenessHistogram()

    mutating func count(_ receipt: BatchReceipt, of count: Int) {
        self.moves[.refused, default: 0] += receipt.refused.count
        self.moves[.taken, default: 0] += count - receipt.refused.count
    }

    static func + (left: Self, right: Self) -> Self {
        var sum = left
        sum.rooms += right.rooms
        sum.players += right.players
        sum.roomsOpened += right.roomsOpened
        sum.moves.merge(right.moves, uniquingKeysWith: +)
        sum.resumes.merge(right.resumes, uniquingKeysWith: +)
        sum.resynchronisations += right.resynchronisations
        sum.lateness = sum.lateness + right.lateness
        return sum
    }
}

/// Counts of delays, in Prometheus' cumulative buckets.
struct LatenessHistogram: Sendable {
    /// Upper bounds in microseconds.
    static let bounds = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 500_000]

    /// How many fell in each bucket, and above all of them; not cumulative.
    private(set) var counts = [Int](repeating: 0, count: LatenessHistogram.bounds.count + 1)
    private(set) var microseconds: Int64 = 0

    mutating func add(_ delay: TimeAmount) {
        let late = max(0, delay.nanoseconds / 1_000)
        self.microseconds &+= late
        self.counts[Self.bounds.firstIndex { late <= $0 } ?? Self.bounds.count] += 1
    }

    static func + (left: Self, right: Self) -> Self {
        var sum = left
        for index in sum.counts.indices { sum.counts[index] += right.counts[index] }
        sum.microseconds &+= right.microseconds
        return sum
    }
}
