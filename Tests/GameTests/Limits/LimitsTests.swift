import Game
import NIOCore
import Testing

@Suite struct TokenBucketTests {
    @Test func bucketBeginsFullAndFillsWithTime() {
        var bucket = TokenBucket(.init(perSecond: 2, burst: 3))
        for _ in 0..<3 { #expect(bucket.take(at: .at(0)) == true) }
        #expect(bucket.take(at: .at(499)) == false)
        #expect(bucket.wait(at: .at(0)) == 500)
        #expect(bucket.take(at: .at(500)) == true)
        #expect(!bucket.has(at: .at(501)))
        #expect(bucket.has(3, at: .at(10_000)))
        #expect(!bucket.has(3.1, at: .at(10_000)))
        #expect(bucket.wait(for: 4, at: .at(0)) == nil)
    }

    @Test func whatDoesNotFitTakesNothingOut() {
        var bucket = TokenBucket(.init(perSecond: 1, burst: 3))
        _ = bucket.take(2, at: .at(0))
        let before = bucket
        #expect(bucket.take(2, at: .at(500)) == false)
        #expect(bucket == before)
    }

    @Test func timeThatGoesBackFillsNothing() {
        var bucket = TokenBucket(.init(perSecond: 1, burst: 1))
        #expect(bucket.take(at: .at(1_000)) == true)
        #expect(bucket.take(at: .at(0)) == false)
    }
}

@Suite struct ConnectionBudgetTests {
    private func code(_ verdict: ConnectionBudget.Verdict) -> Refusal.Code? {
        if case .over(let refusal) = verdict { refusal.code } else { nil }
    }

    @Test(arguments: [
        ("move", 60), ("room:chat", 5), ("room:create", 6), ("room:join", 20), ("room:match", 20), ("room:resume", 5),
        ("lobby:watch", 6), ("room:ready", 120),
    ])
    func eachKindHasABudgetOfItsOwn(_ event: String, _ burst: Int) {
        var budget = ConnectionBudget(GameLimits())
        for _ in 0..<burst {
            #expect(budget.charge(.init(event: event), bytes: 10, at: .at(0)) == .within)
        }
        #expect(self.code(budget.charge(.init(event: event), bytes: 10, at: .at(0))) == .rate)
    }

    @Test func movesOfABatchCountEach() {
        var budget = ConnectionBudget(GameLimits())
        for _ in 0..<3 { #expect(budget.charge(.move, count: 16, bytes: 10, at: .at(0)) == .within) }
        #expect(self.code(budget.charge(.move, count: 16, bytes: 10, at: .at(0))) == .rate)
    }

    @Test func bytesCountWhateverTheyAreFor() {
        var budget = ConnectionBudget(GameLimits())
        #expect(budget.charge(.other, bytes: 256 * 1_024, at: .at(0)) == .within)
        #expect(self.code(budget.charge(.other, bytes: 1, at: .at(0))) == .rate)
        #expect(budget.charge(.other, bytes: 128 * 1_024, at: .at(1_000)) == .within)
    }

    @Test func floodEndsInBeingSentOut() {
        var budget = ConnectionBudget(GameLimits())
        for _ in 0..<120 { _ = budget.charge(.other, bytes: 1, at: .at(0)) }
        for _ in 0..<199 { #expect(self.code(budget.charge(.other, bytes: 1, at: .at(0))) == .rate) }
        #expect(budget.charge(.other, bytes: 1, at: .at(0)) == .expel)
    }

    /// For how many milliseconds somebody may send at this rate, at most a minute.
    private func patience(withMessagesPerSecond rate: Int) -> Int? {
        var budget = ConnectionBudget(GameLimits())
        return (0..<60 * rate).map { $0 * 1_000 / rate }.first {
            budget.charge(.other, bytes: 1, at: .at($0)) == .expel
        }
    }

    @Test func floodEndsInBeingSentOutThoughSomeOfItIsWithin() throws {
        #expect(try #require(self.patience(withMessagesPerSecond: 500)) < 1_000)
        #expect(self.patience(withMessagesPerSecond: 100) == nil)
    }
}
