import ArgumentParser
import Settings
import Testing

@testable import GameRoom

@Suite struct ConfigurationTests {
    private func read(_ yaml: String) throws(ConfigurationError) -> GameRoomConfiguration {
        try GameRoomConfiguration(yaml: yaml, source: "play.yaml")
    }

    @Test func theAnnotatedFileSaysTheDefaults() throws {
        let file = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/configs/game-room.yaml"
        var settings = try GameRoomConfiguration(file: file)
        let defaults = GameRoomConfiguration()
        // The file names the shares of 0, too.
        #expect(settings.mix.deal(100, seed: 1).sorted() == defaults.mix.deal(100, seed: 1).sorted())
        #expect(settings.brains.deal(100, seed: 1).sorted() == defaults.brains.deal(100, seed: 1).sorted())
        (settings.mix, settings.brains) = (defaults.mix, defaults.brains)
        #expect(settings == defaults)
    }

    @Test func readsWhatItIsGiven() throws {
        let settings = try self.read(
            """
            relay: {url: "http://relay:4000", namespace: /play}
            mqtt: {url: "mqtts://broker", username: bots}
            rooms: {count: 200, players: 8, kind: connect4, rate: 0.5, ramp: 20s, flap: 2.5, record: true}
            mix: {binary: 4, mqtt: 1}
            brains: {hostkiller: 2}
            run: {seed: 18446744073709551615, duration: 5m, drain: 1s, tolerance: 20ms, report: out.json}
            thresholds: {maxP99: 60ms, minReach: any, maxUnexpectedRefusals: any, minRate: 100}
            """)
        #expect(settings.rooms.kind == .connect4)
        #expect(settings.rooms.rate == 0.5)
        #expect(settings.rooms.isRecorded)
        #expect(settings.mix.description == "binary:4,mqtt:1")
        #expect(settings.brains.description == "hostkiller:2")
        #expect(settings.run.seed == .max)
        #expect(settings.run.duration == .seconds(300))
        #expect(settings.thresholds.maxP99 == .milliseconds(60))
        #expect(settings.thresholds.minReach == nil)
        #expect(settings.thresholds.maxUnexpectedRefusals == nil)
        #expect(settings.thresholds.maxFailedResumes == 0)
    }

    @Test(arguments: [
        ("rooms:\n  palyers: 5\n", "play.yaml:2: rooms.palyers: unknown key; did you mean \"players\"?"),
        ("rooms:\n  kind: chess\n", "play.yaml:2: rooms.kind: expected one of relay, tictactoe, connect4, arena"),
        ("rooms:\n  rate: 31\n", "play.yaml:2: rooms.rate: expected a number from 0.01 to 30, found \"31\""),
        ("rooms:\n  players: 65\n", "play.yaml:2: rooms.players: expected a whole number from 1 to 64"),
        ("mix:\n  pigeon: 1\n", "play.yaml:2: mix.pigeon: unknown key; the keys here are polling, websocket"),
        ("brains:\n  legal: 0\n", "play.yaml:2: brains: expected a count above 0"),
        ("mqtt:\n  password: hush\n", "play.yaml:2: mqtt.password: a password does not belong in this file"),
        ("relay:\n  url: localhost\n", "play.yaml:2: relay.url: expected an address with its scheme in front"),
    ])
    func refusesWithThePlaceAndWhatWasExpected(yaml: String, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try self.read(yaml) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "no error")")
    }

    @Test func flagsGoOverTheEnvironmentAndThatOverTheDefaults() throws {
        let flags = ["--rooms", "7", "--mix", "polling:1,binary:2", "--max-p99", "40ms", "--duration", "0"]
        let settings = try PlayCommand.parse(flags).settings(environment: ["RELAY_URL": "http://elsewhere"])
        #expect(settings.rooms.count == 7)
        #expect(settings.mix.description == "polling:1,binary:2")
        #expect(settings.thresholds.maxP99 == .milliseconds(40))
        #expect(settings.relay.url == "http://elsewhere")
        let flagged = try PlayCommand.parse(["--url", "http://flag"])
            .settings(environment: ["RELAY_URL": "http://elsewhere"])
        #expect(flagged.relay.url == "http://flag")
    }

    @Test(arguments: [
        ["--rooms", "0"], ["--rate", "fast"], ["--mix", "pigeon:1"], ["--mix", "polling:0"], ["--brains", "legal:-1"],
        ["--flap", "101"], ["--duration", "5"], ["--kind", "chess"],
    ])
    func flagsHaveTheLimitsOfTheFile(arguments: [String]) {
        #expect(throws: (any Error).self) { try PlayCommand.parse(arguments) }
    }

    @Test func theCommandThatRepeatsARunIsOneThatCanBeParsed() throws {
        let flags = ["--rooms", "3", "--kind", "tictactoe", "--rate", "2.5", "--seed", "9", "--duration", "90s"]
        let settings = try PlayCommand.parse(flags).settings(environment: [:])
        let again = settings.command.split(separator: " ").dropFirst().map(String.init)
        #expect(try PlayCommand.parse(again).settings(environment: [:]) == settings)
    }
}

extension Array where Element: RawRepresentable<String> {
    fileprivate func sorted() -> [Element] { self.sorted { $0.rawValue < $1.rawValue } }
}
