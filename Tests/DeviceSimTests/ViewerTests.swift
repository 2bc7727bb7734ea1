import Foundation
import TestSupport
import Simulator
import Testing

/// Simulated viewers, through the built relay.
@Suite(.timeLimit(.minutes(3))) struct ViewerTests {
    private struct Outcome: Decodable {
        struct Devices: Decodable {
            let published: Int
        }

        struct Viewers: Decodable {
            struct Percentiles: Decodable {
                let p50: Double
                let p99: Double
                let max: Double
            }

            let count: Int
            let connected: Int
            let reconnects: Int
            let received: Int
            let lost: Int
            let duplicated: Int
            let outOfOrder: Int
            let skipped: Int
            let unseen: Int
            let malformed: Int
            let latencyMs: Percentiles
        }

        let passed: Bool
        let failures: [String]
        let devices: Devices
        let viewers: Viewers
    }

    /// A relay that passes every message on, and in `/state` at most five values per second and topic.
    private func configuration(_ broker: Broker) -> RelayProcess.Configuration {
        return .text(
            """
            mqtt: {url: "\(broker.url)"}
            namespaces:
              /devices:
                kind: topics
                rules:
                  - {topics: "devices/{device}/telemetry", event: telemetry, delivery: event}
                  - {topics: "devices/{device}/frame", event: frame, delivery: event, payload: binary}
              /state:
                kind: topics
                rules:
                  - {topics: "devices/{device}/telemetry", event: telemetry, delivery: state, maxHz: 5}
            """)
    }

    /// Runs the simulator to its end and reads its report.
    private func run(_ broker: Broker, _ relay: RelayProcess, _ arguments: [String]) async throws -> (Int32, Outcome) {
        let common = ["--mqtt", broker.url, "--url", relay.url, "--report", "-", "--drain", "20s"]
        let program = try ChildProcess(PackageLayout.program("device-sim"), common + arguments)
        do {
            let code = try await program.exitCode(within: .seconds(120))
            try await eventually("the end of its output") { program.lines.isFinished }
            return (code, try JSONDecoder().decode(Outcome.self, from: Data(program.standardOutput.utf8)))
        } catch {
            try? await program.kill()
            throw error
        }
    }

    @Test(arguments: ["telemetry", "frame", "mixed"]) func everyViewerGetsEveryMessageOnce(profile: String) async throws
    {
        try await withBroker { broker in
            try await withRelay(self.configuration(broker)) { relay in
                let arguments = [
                    "--devices", "4", "--rate", "10", "--duration", "2s", "--viewers", "5", "--profile", profile,
                ]
                let (code, outcome) = try await self.run(broker, relay, arguments)
                #expect(code == 0, "\(outcome.failures)")
                let viewers = outcome.viewers
                #expect(viewers.connected == 5)
                #expect(outcome.devices.published > 0)
                #expect(viewers.received == 5 * outcome.devices.published)
                #expect(viewers.lost == 0)
                #expect(viewers.duplicated == 0)
                #expect(viewers.outOfOrder == 0)
                #expect(viewers.skipped == 0)
                #expect(viewers.unseen == 0)
                #expect(viewers.malformed == 0)
                #expect(viewers.latencyMs.p50 > 0)
                #expect(viewers.latencyMs.max >= viewers.latencyMs.p99)
            }
        }
    }

    @Test func whatTheRelayMergesIsSkippedNotLost() async throws {
        try await withBroker { broker in
            try await withRelay(self.configuration(broker)) { relay in
                let arguments = [
                    "--devices", "2", "--rate", "50", "--duration", "2s", "--viewers", "3", "--namespace", "/state",
                ]
                let (code, outcome) = try await self.run(broker, relay, arguments)
                #expect(code == 0, "\(outcome.failures)")
                #expect(outcome.viewers.skipped > 0)
                #expect(outcome.viewers.received < 3 * outcome.devices.published)
                #expect(outcome.viewers.received + outcome.viewers.skipped <= 3 * outcome.devices.published)
                #expect(outcome.viewers.lost == 0)
                #expect(outcome.viewers.unseen == 0)
            }
        }
    }

    @Test func aViewerThatFollowsAFewGetsThoseOnly() async throws {
        try await withBroker { broker in
            try await withRelay(self.configuration(broker)) { relay in
                let arguments = [
                    "--devices", "6", "--rate", "10", "--duration", "2s", "--viewers", "3", "--follow", "2",
                ]
                let (code, outcome) = try await self.run(broker, relay, arguments)
                #expect(code == 0, "\(outcome.failures)")
                #expect(outcome.viewers.received == outcome.devices.published)
            }
        }
    }

    @Test func viewersThatAreRefusedFailTheRun() async throws {
        try await withBroker { broker in
            try await withRelay(self.configuration(broker)) { relay in
                let arguments = ["--duration", "1s", "--viewers", "2", "--namespace", "/nowhere"]
                let (code, outcome) = try await self.run(broker, relay, arguments)
                #expect(code == 1)
                #expect(outcome.failures == ["2 of 2 viewers never got through"])
                #expect(outcome.viewers.lost == 2 * outcome.devices.published)
            }
        }
    }

    @Test func aLatencyThatIsNotKeptFailsTheRun() async throws {
        try await withBroker { broker in
            try await withRelay(self.configuration(broker)) { relay in
                let arguments = ["--duration", "2s", "--viewers", "1", "--max-max", "0"]
                let (code, outcome) = try await self.run(broker, relay, arguments)
                #expect(code == 1)
                #expect(!outcome.passed)
                #expect(outcome.viewers.lost == 0)
            }
        }
    }
}
