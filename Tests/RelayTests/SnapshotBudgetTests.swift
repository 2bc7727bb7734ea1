import NIOCore
import Testing

@testable import Relay

@Suite("topics: what snapshots cost")
struct SnapshotBudgetTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    /// Snapshots of so many topics, one after the other, until one is refused.
    private func snapshots(_ topics: Int, at now: NIODeadline, from budget: inout SnapshotBudget) -> (Int, retry: Int) {
        for count in 0..<10_000 {
            if let retry = budget.look(through: topics, at: now) { return (count, retry) }
            budget.mark(topics, at: now)
        }
        return (10_000, 0)
    }

    @Test("many at once, fewer a second; whoever is refused knows how long to wait, and then is not")
    func again() {
        var budget = SnapshotBudget()
        let (count, retry) = self.snapshots(12_500, at: Self.start, from: &budget)
        #expect(count == 38)
        #expect((1...1_000).contains(retry))
        let later = Self.start + .milliseconds(Int64(retry))
        #expect(budget.look(through: 12_500, at: later) == nil)
        budget.mark(12_500, at: later)
        #expect(budget.look(through: 12_500, at: later) != nil)
        #expect(self.snapshots(12_500, at: later + .seconds(60), from: &budget).0 == 38)
    }

    @Test("one topic here and there costs next to nothing")
    func single() {
        var budget = SnapshotBudget()
        #expect(self.snapshots(1, at: Self.start, from: &budget).0 == 10_000)
    }

    @Test("all topics there can be are had once, and then not for a while")
    func large() {
        var budget = SnapshotBudget()
        let (count, retry) = self.snapshots(100_000_000, at: Self.start, from: &budget)
        #expect(count == 1)
        #expect(retry > 1_000)
    }
}
