import Foundation
import TestSupport
import Testing

/// The relay's promises under the loss of its broker, proved by the program's own verifier: after traffic stops every
/// viewer has the last value of every topic, none older after a newer, nothing twice.
///
/// The size of a run comes from the environment, a small one by default: `BROKER_LOSS="2000 200 60"` is for
/// 2,000 topics, 200 viewers and about 60 seconds.
@Suite(.timeLimit(.minutes(6))) struct BrokerLossTests {
    private struct Size {
        var topics = 200
        var viewers = 20
        var seconds = 15

        init(environment: [String: String]) {
            let numbers = environment["BROKER_LOSS"]?.split(separator: " ").compactMap { Int($0) } ?? []
            guard numbers.count == 3 else { return }
            (self.topics, self.viewers, self.seconds) = (numbers[0], numbers[1], numbers[2])
        }
    }

    private func scenario(_ size: Size) -> String {
        return """
            groups:
              steady: {count: \(size.topics * 9 / 10), rate: 0.2, jitter: exponential}
              fast: {count: \(size.topics - size.topics * 9 / 10), rate: 2, jitter: 0.5}
            viewers:
              count: \(size.viewers)
              maxHz: [0, 5, 1, 0]
              slow: {part: 0.15, bytesPerSecond: 30kB}
              stalled: {part: 0.15, for: 4s, every: 10s}
              late: {part: 0.2, after: 2s, ramp: \(size.seconds / 2)s}
            stages: [{name: all, duration: 10m}]
            run: {barrier: 60s, seed: 11}
            """
    }

    @Test func whateverTheBrokerDoesViewersEndWithTheLastValues() async throws {
        let size = Size(environment: ProcessInfo.processInfo.environment)
        try await withBroker { broker in
            try await withRelay(ScenarioProgramTests.configuration(broker, delivery: "state")) { relay in
                let (_, outcome) = try await ScenarioProgramTests.run(
                    broker, relay, scenario: self.scenario(size), ["--max-lost", "0"]
                ) { program in
                    try await self.flow("before the broker is lost", size, relay)
                    for loss in 1...2 {
                        broker.kill()
                        try await eventually("the relay to notice", within: .seconds(60)) {
                            try await relay.metric("relay_broker_up") == 0
                        }
                        try await broker.restart()
                        try await self.flow("after loss \(loss)", size, relay)
                    }
                    try await eventually("all viewers", within: .seconds(90)) {
                        try await relay.metric("relay_connections") == size.viewers
                    }
                    program.signal(SIGINT)
                }
                let viewers = try #require(outcome.viewers)
                #expect(outcome.failures == [])
                #expect(viewers.connected == size.viewers)
                #expect(outcome.devices.reconnects >= 2 * size.topics / 2)
                ScenarioProgramTests.expectNoViolation(viewers)
            }
        }
    }

    /// Waits until viewers have had a third of what they are to have, once more.
    private func flow(_ when: String, _ size: Size, _ relay: RelayProcess) async throws {
        func sent() async throws -> Int { try await relay.metric("relay_messages_sent_total") ?? 0 }
        let before = try await sent()
        let rate = (size.topics * 9 / 10) / 5 + 2 * (size.topics / 10)
        let wanted = before + rate * size.viewers * size.seconds / 6
        try await eventually("values \(when)", within: .seconds(90 + size.seconds)) { try await sent() >= wanted }
    }
}
