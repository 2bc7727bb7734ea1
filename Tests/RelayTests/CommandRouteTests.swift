import MQTT
import Settings
import TestSupport
import Testing

@testable import Relay

@Suite("relay route")
struct CommandRouteTests {
    private let configuration: RelayConfiguration
    private let directory: TemporaryDirectory

    init() throws {
        self.directory = try TemporaryDirectory()
        let file = try self.directory.write(
            """
            namespaces:
              /devices:
                kind: topics
                rules:
                  - { topics: "devices/{device}/telemetry", event: telemetry, delivery: state, maxHz: 5 }
                  - { topics: "devices/{rest...}", event: rest }
                publish: [ "devices/{device}/commands" ]
              /site/{site}:
                kind: topics
                rules:
                  - { topics: "site/{site}/{device}/telemetry", event: telemetry }
                publish: [ "site/{site}/{device}/commands" ]
              /site/secret:
                kind: topics
                auth: { token: hush }
                rules: [ { topics: "site/secret/{device}/telemetry", event: hushed } ]
            """, to: "relay.yaml")
        self.configuration = try RelayConfiguration.load(file: file)
    }

    private func route(_ topic: String) throws -> String { self.configuration.route(of: try TopicName(topic)) }

    @Test("the first rule that matches counts, with what its names stand for")
    func rules() throws {
        let telemetry = try self.route("devices/d 1/telemetry")
        for words in [
            "namespace /devices\n", "devices/{device}/telemetry → event \"telemetry\"", "{device} is d 1",
            "at most 5 a second", "clients may not publish to it", "  GET /api/topics/devices/d%201/telemetry\n",
        ] {
            #expect((telemetry + "\n").contains(words), "\(words)")
        }
        #expect(!telemetry.contains("event \"rest\""))
        let other = try self.route("devices/d1/commands")
        #expect(other.contains("event \"rest\""))
        #expect(other.contains("{rest} is d1/commands"))
        #expect(other.contains("clients may publish to it, by devices/{device}/commands"))
        #expect(other.contains("  POST /api/topics/devices/d1/commands"))
    }

    @Test("a pattern leads to the namespace of that name, unless it is another's")
    func patterns() throws {
        let north = try self.route("site/north/d1/telemetry")
        #expect(north.contains("namespace /site/north, a match of /site/{site}\n"))
        let secret = try self.route("site/secret/d1/telemetry")
        #expect(secret.contains("namespace /site/secret, for those who bring its token\n"))
        #expect(!secret.contains("a match of"))
        #expect(secret.contains("GET /api/topics/site/secret/d1/telemetry, with a token"))
        #expect(!secret.contains("hush\""))
        let commands = try self.route("site/north/d1/commands")
        #expect(commands.contains("no rule shows it"))
        #expect(commands.contains("clients may publish to it, by site/{site}/{device}/commands"))
    }

    @Test("a topic that nothing shows has a line that says so")
    func nothing() throws {
        for topic in ["elsewhere", "site//d1/telemetry", "$SYS/uptime"] {
            #expect(try self.route(topic) == "nothing here shows \(topic), and clients may not publish to it")
        }
    }

    @Test("on the command line: a configuration's, or what there is without one; a filter is no topic")
    func commandLine() async throws {
        let known = try await Finished(["route", "devices/d1/telemetry", "--config", "configs/relay.yaml"])
        #expect(known.code == 0)
        #expect(known.output.contains("namespace /devices\n"))
        let standard = try await Finished(["route", "devices/d1/frame"])
        #expect(standard.code == 0)
        #expect(standard.output.contains("always binary"))
        let filter = try await Finished(["route", "devices/+/frame"])
        #expect(filter.code != 0)
        #expect(filter.errors.contains("expected a topic, without + and #"))
    }
}
