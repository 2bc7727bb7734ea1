import Foundation
import Game
import TestSupport
import Testing

/// The built program against a real relay.
@Suite(.timeLimit(.minutes(3))) struct ProgramTests {
    private static let relay = RelayProcess.Configuration.text(
        "server: {threads: 2}\nnamespaces:\n  /game: {kind: game}\n")

    private struct Outcome: Decodable {
        struct Figures: Decodable {
            struct Delivery: Decodable {
                let received: Int
                let expected: Int
                let resynchronisations: Int
            }

            struct Moves: Decodable {
                let sent: Int
                let duplicatesRecognised: Int
                let refusals: [String: Int]
            }

            struct Rooms: Decodable {
                let hostChanges: Int
            }

            struct Resumes: Decodable {
                let replays: Int
            }

            let delivery: Delivery
            let moves: Moves
            let rooms: Rooms
            let resumes: Resumes
        }

        struct Finding: Decodable {
            let invariant: String
            let text: String
        }

        let figures: Figures
        let violations: [Finding]
        let command: String
    }

    /// Plays, and returns the report. A machine that tests share may be too busy for a verdict on time.
    private func play(_ arguments: [String]) async throws -> Outcome {
        try await withRelay(Self.relay) { try await self.play(arguments, at: $0) }
    }

    /// The same with a broker, for players who come by MQTT.
    /// - Parameter meanwhile: is done when everything has begun.
    private func playOnBroker(
        _ arguments: [String], meanwhile: (Broker, ChildProcess) async throws -> Void = { _, _ in }
    ) async throws -> Outcome {
        try await withBroker { broker in
            let configuration = """
                server: {threads: 2}
                mqtt: {url: "\(broker.url)"}
                namespaces:
                  /game: {kind: game}

                """
            return try await withRelay(.text(configuration)) { relay in
                try await eventually("a relay that hears the broker", within: .seconds(60)) {
                    try await RawHTTP.get(port: relay.port, "/readyz").status == 200
                }
                return try await self.play(["--mqtt", "\(broker.url)"] + arguments, at: relay) {
                    try await meanwhile(broker, $0)
                }
            }
        }
    }

    private func play(
        _ arguments: [String], at relay: RelayProcess, meanwhile: (ChildProcess) async throws -> Void = { _ in }
    ) async throws -> Outcome {
        let program = try ChildProcess(
            PackageLayout.program("game-room"), ["--url", relay.url, "--report", "-"] + arguments)
        try await meanwhile(program)
        _ = try await program.exitCode(within: .seconds(90))
        try await eventually("the end of its output") { program.lines.isFinished }
        return try JSONDecoder().decode(Outcome.self, from: Data(program.standardOutput.utf8))
    }

    private func expectNothingBroken(_ outcome: Outcome) {
        #expect(
            outcome.violations.isEmpty, "\(outcome.violations.map { "\($0.invariant) \($0.text)" }), \(outcome.command)"
        )
        #expect(outcome.figures.delivery.received == outcome.figures.delivery.expected)
        #expect(outcome.figures.delivery.received > 0)
        #expect(outcome.figures.moves.sent > 0)
    }

    @Test(arguments: ["relay", "tictactoe", "connect4", "arena"]) func theRoomsKeepWhatIsPromised(game: String)
        async throws
    {
        let outcome = try await self.play([
            "--rooms", "3", "--players", "3", "--kind", game, "--rate", "5", "--duration", "8s", "--mix",
            "websocket:1,binary:1,polling:1", "--brains", "legal:2,greedy:1",
        ])
        self.expectNothingBroken(outcome)
    }

    /// All there are but those that no client alone can bring about, and those that nothing says (see `Doorstep`).
    private static let provokable = Set(Refusal.Code.allCases).subtracting([
        .busy, .draining, .internal, .muted, .redirect,
    ])

    @Test func cheatersMeetWithEveryRefusalThereIs() async throws {
        let outcome = try await self.play([
            "--rooms", "2", "--players", "3", "--kind", "connect4", "--rate", "4", "--duration", "25s", "--mix",
            "websocket:1", "--brains", "cheater:1",
        ])
        self.expectNothingBroken(outcome)
        let refusals = Set(outcome.figures.moves.refusals.keys)
        let missing = Self.provokable.map(\.rawValue).filter { !refusals.contains($0) }
        #expect(missing.isEmpty, "\(missing.sorted())")
    }

    @Test func whatIsSentTwiceIsTakenOnce() async throws {
        let outcome = try await self.play([
            "--rooms", "2", "--players", "2", "--kind", "relay", "--rate", "8", "--duration", "5s", "--mix",
            "websocket:1,binary:1", "--brains", "duper:1",
        ])
        self.expectNothingBroken(outcome)
        #expect(outcome.figures.moves.duplicatesRecognised > 20)
    }

    @Test func whoeverIsHostLeavesAndAnotherFollows() async throws {
        let outcome = try await self.play([
            "--rooms", "2", "--players", "3", "--kind", "relay", "--rate", "4", "--duration", "12s", "--mix",
            "websocket:1", "--brains", "hostkiller:1",
        ])
        self.expectNothingBroken(outcome)
        #expect(outcome.figures.rooms.hostChanges > 0)
    }

    @Test func whoReadsTooSlowlyIsToldEverythingAnew() async throws {
        let outcome = try await self.play([
            "--rooms", "2", "--players", "3", "--kind", "relay", "--rate", "8", "--duration", "30s", "--mix",
            "polling:1", "--brains", "slow:1",
        ])
        self.expectNothingBroken(outcome)
        #expect(outcome.figures.delivery.resynchronisations > 0)
    }

    @Test func playersWhoLoseTheirConnectionMissNothing() async throws {
        let outcome = try await self.play([
            "--rooms", "2", "--players", "3", "--kind", "relay", "--rate", "8", "--duration", "25s", "--mix",
            "websocket:1,binary:1,polling:1", "--brains", "flapper:2,legal:1",
        ])
        self.expectNothingBroken(outcome)
        #expect(outcome.figures.resumes.replays > 0)
    }

    @Test(arguments: ["relay", "connect4", "arena"]) func whoComesByMQTTSeesWhatTheOthersSee(game: String) async throws
    {
        let outcome = try await self.playOnBroker([
            "--rooms", "2", "--players", "4", "--kind", game, "--rate", "5", "--duration", "8s", "--mix",
            "mqtt:2,websocket:1,binary:1", "--brains", "legal:2,greedy:1,duper:1",
        ])
        self.expectNothingBroken(outcome)
    }

    @Test func aSeatGoesFromASocketToTheBrokerAndBack() async throws {
        let outcome = try await self.playOnBroker([
            "--rooms", "2", "--players", "3", "--kind", "relay", "--rate", "8", "--duration", "15s", "--mix",
            "mqtt:1,websocket:1", "--brains", "legal:1", "--flap", "10",
        ])
        self.expectNothingBroken(outcome)
        #expect(outcome.figures.resumes.replays > 0)
    }

    @Test func aBrokerThatIsLostForAWhileLosesNothing() async throws {
        let outcome = try await self.playOnBroker([
            "--rooms", "2", "--players", "3", "--kind", "relay", "--rate", "4", "--duration", "30s", "--mix",
            "mqtt:2,websocket:1", "--brains", "legal:1",
        ]) { broker, program in
            try await eventually("everybody in", within: .seconds(60)) {
                program.standardError.contains("6 players")
            }
            try await broker.restart()
        }
        self.expectNothingBroken(outcome)
        #expect(outcome.figures.resumes.replays > 0)
    }

    /// What nobody thought of for itself.
    @Test(arguments: [1, 2]) func everybodyTogetherByEveryWay(seed: Int) async throws {
        let outcome = try await self.playOnBroker([
            "--rooms", "3", "--players", "9", "--kind", seed == 1 ? "relay" : "arena", "--rate", "5", "--duration",
            "15s", "--seed", "\(seed)", "--flap", "2", "--mix", "websocket:2,binary:2,polling:1,upgrade:1,mqtt:2",
            "--brains", "legal:2,greedy:1,cheater:1,duper:1,flapper:1,slow:1,late:1,spectator:1,hostkiller:1",
        ])
        self.expectNothingBroken(outcome)
    }

    @Test func withoutARelayTheRunFails() async throws {
        let program = try ChildProcess(
            PackageLayout.program("game-room"), ["--url", "http://127.0.0.1:1", "--rooms", "1", "--duration", "1s"])
        #expect(try await program.exitCode(within: .seconds(60)) == 1)
        try await eventually("the verdict") { program.standardOutput.contains("players never got in") }
    }

    @Test(arguments: [
        ["--url", "nowhere"], ["--config", "/nowhere.yaml"], ["verify", "/nowhere.rlog"], ["--frobnicate"],
    ])
    func whatMakesNoSenseIsRefused(arguments: [String]) async throws {
        let program = try ChildProcess(PackageLayout.program("game-room"), arguments)
        #expect(try await program.exitCode() != 0)
        try await eventually("what is wrong") { program.standardError.contains("Error:") }
    }
}
