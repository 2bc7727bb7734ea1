import Game
import Testing

/// I1…I13 and I15 of game-rooms §2.14 on random schedules, checked after every step.
///
/// A failure says scenario, seed and step; ``run(_:seed:steps:)`` with one step more than that ends right behind it.
@Suite struct RoomInvariantsTests {
    private static let seeds = 25
    private static let steps = 250

    @Test(arguments: Scenario.allCases) func invariantsHoldWhateverClientsDo(_ scenario: Scenario) throws {
        for seed in 1...Self.seeds { _ = try Self.run(scenario, seed: UInt64(seed), steps: Self.steps) }
    }

    @Test func schedulesComeToTheStatesThatMatter() throws {
        var seen = Coverage()
        for scenario in Scenario.allCases {
            for seed in 1...6 { seen.add(try Self.run(scenario, seed: UInt64(seed), steps: Self.steps)) }
        }
        #expect(seen.missing.isEmpty)
        let expected: Set<Refusal.Code> = [
            .compareAndSet, .gameOver, .gap, .illegal, .locked, .noSeat, .notHost, .notYourTurn, .roomFull,
            .spectator, .token, .wrongState,
        ]
        #expect(expected.subtracting(seen.refusals).isEmpty)
    }

    /// - Parameter steps: after which everybody leaves.
    @discardableResult
    private static func run(_ scenario: Scenario, seed: UInt64, steps: Int) throws -> Coverage {
        var driver = try RoomDriver(scenario, seed: seed)
        for step in 0...steps where !driver.isOver {
            do {
                if step < steps { try driver.step() } else { try driver.finish() }
            } catch let violation as Violation {
                throw Violation("\(scenario), seed \(seed), step \(step), \(driver.action)", "\(violation)")
            }
        }
        return driver.seen
    }
}
