import Testing

@testable import Relay

/// What viewers are promised, whatever devices, the broker and they themselves do: no older value of a topic after a newer
/// one, nothing twice, every event, what was skipped told, no rate exceeded, no more kept than there are topics; and after
/// traffic stops every viewer has what the store has.
///
/// A failure says scenario and seed, and the smallest number of steps that ends in it: ``run(_:seed:steps:)`` repeats it.
@Suite("topics: invariants on random schedules", .timeLimit(.minutes(5)))
struct TopicsInvariantsTests {
    private static let seeds: UInt64 = 150
    private static let steps = 300

    @Test("hold whatever happens", arguments: TopicsScenario.allCases)
    func invariants(_ scenario: TopicsScenario) throws {
        for seed in 1...Self.seeds {
            guard let violation = Self.run(scenario, seed: seed, steps: Self.steps) else { continue }
            let steps = (0...Self.steps).first { Self.run(scenario, seed: seed, steps: $0) != nil } ?? Self.steps
            let shortest = Self.run(scenario, seed: seed, steps: steps) ?? violation
            throw TopicsViolation("\(scenario), seed \(seed), steps \(steps): \(shortest)")
        }
    }

    /// - Parameter steps: after which everything may arrive.
    private static func run(_ scenario: TopicsScenario, seed: UInt64, steps: Int) -> String? {
        var world = TopicsWorld(scenario, seed: seed)
        do {
            for _ in 0..<steps { try world.step() }
            try world.finish()
            return nil
        } catch {
            return "\(world.action): \(error)"
        }
    }
}
