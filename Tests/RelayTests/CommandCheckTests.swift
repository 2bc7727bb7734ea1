import Foundation
import Testing
import TestSupport

@Suite("relay check")
struct CommandCheckTests {
    @Test("says what each rule does", arguments: ["relay.yaml", "demo.yaml", "echo.yaml", "echo-app.yaml"])
    func explains(file: String) async throws {
        let finished = try await Finished(["check", "configs/\(file)"])
        #expect(finished.code == 0)
        #expect(finished.output.hasPrefix("configs/\(file): no problems\n"))
        #expect(finished.errors.isEmpty)
    }

    @Test("names topics, event, delivery and rate in plain words")
    func words() async throws {
        let output = try await Finished(["check", "configs/relay.yaml"]).output
        for words in [
            "devices/{device}/telemetry → event \"telemetry\"", "the broker's devices/+/telemetry",
            "the latest of each topic matters", "at most 30 a second of a topic",
            "devices/{device}/frame → event \"frame\"", "always binary", "every message matters",
            "clients may publish to devices/{device}/commands", "broker mqtt://127.0.0.1:1883, MQTT 5",
            "namespaces /site/{site}, each match its own", "max_queued_messages 1000",
            "namespace /chat: chat rooms, open to everybody",
            "the last 50 messages", "10m longer", "at most 10 messages a second of a client",
        ] {
            #expect(output.contains(words), "\(words)")
        }
    }

    @Test("keeps tokens to itself")
    func secrets() async throws {
        let output = try await Finished(["check", "configs/echo-app.yaml"]).output
        #expect(output.contains("namespace /private: plays back what it gets, for those who bring the token"))
        #expect(!output.contains("secret"))
    }

    @Test("names every problem as FILE:LINE: MESSAGE and exits with 1")
    func problems() async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("server:\n  prot: 1\nmqtt:\n  version: 6\n", to: "broken.yaml")
        let finished = try await Finished(["check", file])
        #expect(finished.code == 1)
        #expect(finished.output.isEmpty)
        #expect(
            finished.errors == """
                \(file):2: server.prot: unknown key; did you mean "port"?
                \(file):4: mqtt.version: expected one of 5, 3.1.1, found "6"

                """)
    }

    @Test("a file that is not there is a problem like any other")
    func missing() async throws {
        let finished = try await Finished(["check", "nowhere.yaml"])
        #expect(finished.code == 1)
        #expect(finished.errors == "nowhere.yaml: cannot be read; expected a configuration file\n")
    }
}

@Suite("relay on the command line")
struct CommandLineTests {
    @Test("--help names the commands, --version the version")
    func help() async throws {
        let help = try await Finished(["--help"])
        #expect(help.code == 0)
        for word in ["serve", "demo", "check", "route", "watch", "RELAY_MQTT_PASSWORD"] {
            #expect(help.output.contains(word), "\(word)")
        }
        let version = try await Finished(["--version"])
        #expect(version.code == 0)
        #expect(version.output.hasPrefix("relay "))
    }

    @Test("what cannot be started with ends it at once, with the source named")
    func refused() async throws {
        for (arguments, environment, message) in [
            (
                ["--mqtt", "broker"], [:],
                "--mqtt: expected mqtt://host:1883, mqtts://host:8883 for TLS, or unix:///run/mosquitto.sock, found \"broker\""
            ),
            (["serve", "--port", "70000"], [:], "--port: expected a whole number from 0 to 65535, found \"70000\""),
            ([], ["RELAY_PORT": "x"], "RELAY_PORT: expected a whole number from 0 to 65535, found \"x\""),
            ([], ["RELAY_CONFIG": "nowhere.yaml"], "nowhere.yaml: cannot be read; expected a configuration file"),
            (
                ["--log-level", "loud"], [:],
                "--log-level: expected one of trace, debug, info, notice, warning, error, critical, found \"loud\""
            ),
        ] as [([String], [String: String], String)] {
            let finished = try await Finished(arguments, environment: environment)
            #expect(finished.code == 1, "\(arguments)")
            #expect(finished.errors == message + "\n")
        }
    }
}
