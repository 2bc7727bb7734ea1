import Foundation
import MQTT
import TestSupport
import Testing

/// Scenarios, faults and churn with the built program, a real broker and a real relay.
@Suite(.timeLimit(.minutes(4))) struct ScenarioProgramTests {
    /// The report's JSON, as far as tests look at it.
    struct Outcome: Decodable {
        struct Devices: Decodable {
            struct Injected: Decodable {
                let dropped: Int
                let duplicated: Int
                let reordered: Int
                let delayed: Int
                let corrupted: Int
            }

            let published: Int
            let reconnects: Int
            let injected: Injected
        }

        struct Viewers: Decodable {
            let connected: Int
            let received: Int
            let lost: Int
            let duplicated: Int
            let outOfOrder: Int
            let behind: Int
            let skipped: Int
            let unseen: Int
            let malformed: Int
        }

        struct Stage: Decodable {
            let name: String
            let published: Int
            let received: Int
        }

        let passed: Bool
        let failures: [String]
        let devices: Devices
        let viewers: Viewers?
        let stages: [Stage]?
    }

    static func configuration(_ broker: Broker, delivery: String) -> RelayProcess.Configuration {
        return .text(
            """
            mqtt: {url: "\(broker.url)"}
            namespaces:
              /devices:
                kind: topics
                rules:
                  - {topics: "devices/{device}/telemetry", event: telemetry, delivery: \(delivery)}
                  - {topics: "devices/{device}/frame", event: frame, delivery: \(delivery), payload: binary}
            """)
    }

    /// Runs the simulator to its end and reads its report.
    /// - Parameter during: what happens meanwhile; it may end the run by a signal.
    static func run(
        _ broker: Broker, _ relay: RelayProcess?, scenario yaml: String, _ arguments: [String] = [],
        during: (ChildProcess) async throws -> Void = { _ in }
    ) async throws -> (code: Int32, outcome: Outcome) {
        let scratch = try ScratchFolder()
        defer { scratch.remove() }
        let file = try scratch.write(yaml, to: "scenario.yaml")
        let common = ["--scenario", file.path, "--mqtt", broker.url, "--report", "-", "--drain", "30s"]
        let program = try ChildProcess(
            PackageLayout.program("device-sim"), common + (relay.map { ["--url", $0.url] } ?? []) + arguments)
        do {
            try await during(program)
            let code = try await program.exitCode(within: .seconds(150))
            try await eventually("the end of its output") { program.lines.isFinished }
            return (code, try JSONDecoder().decode(Outcome.self, from: Data(program.standardOutput.utf8)))
        } catch {
            try? await program.kill()
            throw error
        }
    }

    /// All that a run may go wrong in is as it should be.
    static func expectNoViolation(_ viewers: Outcome.Viewers) {
        #expect(viewers.lost == 0)
        #expect(viewers.duplicated == 0)
        #expect(viewers.outOfOrder == 0)
        #expect(viewers.behind == 0)
        #expect(viewers.unseen == 0)
        #expect(viewers.malformed == 0)
    }

    private static let faults = """
        {drop: 0.05, duplicate: 0.05, reorder: 0.05, delay: {part: 0.05, by: 300ms}, corrupt: 0.05, \
        oversize: {part: 0.02, bytes: 20kB}, silence: {part: 0.005, for: 500ms}, flood: {part: 0.01, messages: 5}, skew: 5s}
        """

    @Test(arguments: [
        ("event", "json"), ("state", "json"), ("event", "cbor"), ("event", "packed"), ("state", "random"),
    ])
    func whatIsInjectedIsNotHeldAgainstTheRelay(delivery: String, codec: String) async throws {
        try await withBroker { broker in
            try await withRelay(Self.configuration(broker, delivery: delivery)) { relay in
                let (code, outcome) = try await Self.run(
                    broker, relay,
                    scenario: """
                        devices: {count: 10, rate: 20, codec: \(codec), jitter: exponential}
                        faults: \(Self.faults)
                        viewers: {count: 4}
                        run: {duration: 3s, barrier: 20s}
                        """)
                #expect(code == 0, "\(outcome.failures)")
                let injected = outcome.devices.injected
                #expect(injected.dropped > 0 && injected.duplicated > 0 && injected.reordered > 0)
                #expect(injected.delayed > 0 && injected.corrupted > 0)
                let viewers = try #require(outcome.viewers)
                Self.expectNoViolation(viewers)
                if delivery == "event" { #expect(viewers.received == 4 * outcome.devices.published) }
            }
        }
    }

    @Test func devicesComeAndGoAndNothingIsHeldAgainstTheRelay() async throws {
        try await withBroker { broker in
            try await withRelay(Self.configuration(broker, delivery: "event")) { relay in
                let (code, outcome) = try await Self.run(
                    broker, relay,
                    scenario: """
                        devices: {count: 20, rate: 5}
                        stages:
                          - {name: coming, duration: 3s, churn: {clean: 30, abrupt: 30, takeover: 30, away: 300ms}}
                          - {name: flapping, duration: 3s, churn: {flapping: {part: 0.3, every: 1s}}}
                          - {name: storm, duration: 2s, churn: {storm: 1, away: 200ms}}
                          - {name: calm, duration: 2s}
                        viewers: {count: 3}
                        run: {barrier: 20s}
                        """)
                #expect(code == 0, "\(outcome.failures)")
                #expect(outcome.devices.reconnects > 20)
                Self.expectNoViolation(try #require(outcome.viewers))
            }
        }
    }

    @Test func slowStallingAndLateViewersEndWithTheLastValues() async throws {
        try await withBroker { broker in
            try await withRelay(Self.configuration(broker, delivery: "state")) { relay in
                let (code, outcome) = try await Self.run(
                    broker, relay,
                    scenario: """
                        groups:
                          fast: {count: 5, rate: 50, size: 2000}
                          rare: {count: 20, rate: 0.5}
                        viewers:
                          count: 12
                          maxHz: [0, 5]
                          slow: {part: 0.25, bytesPerSecond: 20kB}
                          stalled: {part: 0.25, for: 1s, every: 3s}
                          late: {part: 0.5, after: 2s, ramp: 1s}
                        stages: [{name: all, duration: 6s}]
                        run: {barrier: 20s}
                        """)
                #expect(code == 0, "\(outcome.failures)")
                let viewers = try #require(outcome.viewers)
                #expect(viewers.connected == 12)
                #expect(viewers.skipped > 0)
                Self.expectNoViolation(viewers)
            }
        }
    }

    /// Whoever finds nothing wrong must find what is.
    @Test func aMessageThatComesAgainIsFoundAndFailsTheRun() async throws {
        try await withListener { broker, listener in
            try await withRelay(Self.configuration(broker, delivery: "event")) { relay in
                let run = Task {
                    try await Self.run(
                        broker, relay,
                        scenario: """
                            devices: {count: 2, rate: 10}
                            faults: {duplicate: 0.05, reorder: 0.05}
                            viewers: {count: 3}
                            run: {duration: 6s, barrier: 20s}
                            """)
                }
                let topic = "devices/sim-0001/telemetry"
                try await eventually("telemetry") { try listener.telemetry(of: "sim-0001").count > 10 }
                let old = try #require(listener.messages.first { $0.topic == topic })
                try listener.publish(old.payload, to: topic)
                let (code, outcome) = try await run.value
                #expect(code == 1)
                #expect(!outcome.passed)
                #expect(outcome.viewers?.duplicated == 3)
                #expect(outcome.viewers?.lost == 0)
                #expect(outcome.viewers?.outOfOrder == 0)
            }
        }
    }

    @Test func aStageHasItsShareOfTheMessages() async throws {
        try await withBroker { broker in
            let (code, outcome) = try await Self.run(
                broker, nil,
                scenario: """
                    devices: {count: 4, rate: 10}
                    stages:
                      - {name: quiet, duration: 2s}
                      - {name: loud, duration: 2s, rate: 5}
                      - {name: silent, duration: 1s, rate: 0}
                    run: {barrier: 20s}
                    """)
            #expect(code == 0, "\(outcome.failures)")
            let stages = try #require(outcome.stages)
            #expect(stages.map(\.name) == ["quiet", "loud", "silent"])
            #expect(abs(stages[0].published - 80) <= 4)
            #expect(abs(stages[1].published - 400) <= 4)
            #expect(stages[2].published == 0)
        }
    }

    @Test func theSameSeedGivesTheSameRunFaultsAndAll() async throws {
        try await withListener { broker, listener in
            var runs: [[[String]]] = []
            for name in ["a-", "b-"] {
                let (code, _) = try await Self.run(
                    broker, nil,
                    scenario: """
                        devices: {count: 3, rate: 20, jitter: exponential, id: \(name)}
                        faults: {drop: 0.1, duplicate: 0.1, reorder: 0.1, corrupt: 0.1, skew: 1s}
                        stages: [{name: up, duration: 1s, rate: 2, ramp: 1s}, {name: on, duration: 1s}]
                        run: {barrier: 20s, seed: 77}
                        """)
                #expect(code == 0)
                for number in 1...3 {
                    try await eventually("its last word") {
                        listener.texts(on: "devices/\(name)000\(number)/status").last == "offline"
                    }
                }
                // All but the time of the clock: what stands behind the first comma.
                runs.append(
                    (1...3).map { number in
                        listener.texts(on: "devices/\(name)000\(number)/telemetry").map {
                            String($0.drop { $0 != "," })
                        }
                    })
            }
            #expect(runs[0].allSatisfy { $0.count > 30 })
            #expect(runs[0] == runs[1])
        }
    }

    @Test func aDeviceThatIsTakenOverIsOnlineInTheEnd() async throws {
        try await withListener { broker, listener in
            let (code, outcome) = try await Self.run(
                broker, nil,
                scenario: """
                    devices: {count: 1, rate: 50}
                    stages:
                      - {name: fights, duration: 3s, churn: {takeover: 60}}
                      - {name: calm, duration: 1s}
                    """)
            #expect(code == 0, "\(outcome.failures)")
            #expect(outcome.devices.reconnects >= 1)
            try await eventually("its last word") { listener.texts(on: "devices/sim-0001/status").last == "offline" }
            let words = listener.texts(on: "devices/sim-0001/status")
            #expect(words.dropLast().last == "online")
            #expect(words.count { $0 == "online" } == outcome.devices.reconnects + 1)
        }
    }

    @Test func findTellsTheHighestRateAndItsConditions() async throws {
        try await withBroker { broker in
            try await withRelay(Self.configuration(broker, delivery: "event")) { relay in
                let arguments = [
                    "find", "--mqtt", broker.url, "--url", relay.url, "--devices", "2", "--viewers", "2", "--max-p99",
                    "30s",
                    "--warm-up", "200ms", "--measure", "500ms", "--start", "500", "--max-lost", "100000",
                ]
                let program = try ChildProcess(PackageLayout.program("device-sim"), arguments)
                defer { program.signal(9) }
                let code = try await program.exitCode(within: .seconds(120))
                try await eventually("the end of its output") { program.lines.isFinished }
                let output = program.standardOutput
                #expect(output.contains("500/s  published"))
                #expect(
                    output.contains(
                        "with 2 devices, 2 viewers, p99 at most 30000 ms, each rate judged for 0.5 s after 0.2 s"))
                #expect(output.contains(code == 0 ? "highest total rate" : "no rate passed"))
            }
        }
    }

    @Test func findSaysSoWhenNoRatePasses() async throws {
        try await withBroker { broker in
            try await withRelay(Self.configuration(broker, delivery: "event")) { relay in
                let arguments = [
                    "find", "--mqtt", broker.url, "--url", relay.url, "--devices", "1", "--max-p99", "0", "--warm-up",
                    "50ms",
                    "--measure", "100ms", "--start", "100", "--report", "-", "--drain", "1s",
                ]
                let program = try ChildProcess(PackageLayout.program("device-sim"), arguments)
                defer { program.signal(9) }
                #expect(try await program.exitCode(within: .seconds(120)) == 1)
                try await eventually("the end of its output") { program.lines.isFinished }
                let report = try JSONSerialization.jsonObject(with: Data(program.standardOutput.utf8)) as? [String: Any]
                #expect(report?["rate"] == nil)
                #expect((report?["steps"] as? [Any])?.count == 7)
            }
        }
    }
}
