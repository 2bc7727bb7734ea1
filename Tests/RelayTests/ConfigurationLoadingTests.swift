import Foundation
import Settings
import TestSupport
import Testing

@testable import Relay

/// The package's root, where `configs/` is.
private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

private func load(_ yaml: String) throws -> RelayConfiguration {
    try RelayConfiguration.load(yaml: yaml, source: "test.yaml")
}

@Suite("Configurations that load")
struct ConfigurationLoadingTests {
    @Test("without a file the relay serves /devices from the broker on this machine, /game and /chat")
    func defaults() throws {
        let configuration = try RelayConfiguration.load(file: nil)
        #expect(configuration == RelayConfiguration())
        #expect(configuration.mqtt?.url.description == "mqtt://127.0.0.1:1883")
        #expect(configuration.namespaces.map(\.name.description) == ["/devices", "/game", "/chat", "/relays"])
        #expect(configuration.server.host == "127.0.0.1")
    }

    @Test("demo.yaml says what the relay does by default")
    func demo() throws {
        #expect(try RelayConfiguration.load(file: "\(root)/configs/demo.yaml") == RelayConfiguration())
    }

    @Test("relay.yaml shows every default, and a pattern besides")
    func annotated() throws {
        var configuration = try RelayConfiguration.load(file: "\(root)/configs/relay.yaml")
        #expect(
            configuration.namespaces.map(\.name.description) == [
                "/devices", "/site/{site}", "/game", "/chat", "/relays",
            ])
        configuration.namespaces.remove(at: 1)
        #expect(configuration == RelayConfiguration())
    }

    @Test("a chat takes every key, on a name that is a pattern too")
    func chat() throws {
        let configuration = try load(
            """
            namespaces:
              /team/{name}:
                kind: chat
                auth: { token: secret }
                history: 0
                keep: 0s
                echo: true
                rooms: 1
                members: 2
                roomsPerClient: 3
                rate: 0.5
            """)
        guard case .chat(let chat) = configuration.namespaces[0].kind else {
            Issue.record("expected a chat")
            return
        }
        #expect(chat.history == 0 && chat.keep == .zero && chat.echo)
        #expect(chat.maximumRooms == 1 && chat.maximumMembers == 2 && chat.maximumRoomsPerClient == 3)
        #expect(chat.rate == 0.5)
        #expect(configuration.namespaces[0].token == Secret("secret"))
        #expect(configuration.mqtt == nil)
    }

    @Test("echo.yaml is the setting of the protocol suites")
    func echo() throws {
        let configuration = try RelayConfiguration.load(file: "\(root)/configs/echo.yaml")
        let server = configuration.server
        #expect(server.port == 3000)
        #expect(server.cors.origins.allowsAny && !server.cors.credentials)
        #expect(server.heartbeat == .init(interval: .milliseconds(300), timeout: .milliseconds(200)))
        #expect(server.timeouts.connect == .seconds(1))
        #expect(server.limits.payload == 1_000_000)
        #expect(server.engineEcho == "/engine.io/")
        #expect(configuration.mqtt == nil)
        #expect(configuration.namespaces.map(\.name.description) == ["/", "/custom"])
        #expect(configuration.namespaces.allSatisfy { $0.kind == .echo(.init(bounds: 64_000_000)) && $0.token == nil })
    }

    @Test("echo-app.yaml has every kind of name, a token, and CORS for a few")
    func echoApp() throws {
        let configuration = try RelayConfiguration.load(file: "\(root)/configs/echo-app.yaml")
        let server = configuration.server
        #expect(server.port == 3001)
        #expect(server.heartbeat == .init(interval: .seconds(2), timeout: .seconds(2)))
        #expect(server.timeouts.connect == .seconds(3))
        #expect(server.cors.credentials)
        for origin in ["http://allowed.example", "http://localhost:1234", "http://127.0.0.1:8080", "http://localhost"] {
            #expect(server.cors.origins.contains(origin), "\(origin)")
        }
        for origin in ["http://evil.example", "https://allowed.example", "http://allowed.example:81", "null"] {
            #expect(!server.cors.origins.contains(origin), "\(origin)")
        }
        #expect(configuration.namespace(named: "/dyn-101")?.captures == ["id": "101"])
        #expect(configuration.namespace(named: "/private")?.namespace.token == Secret("secret"))
        #expect(configuration.namespace(named: "/other")?.namespace.token == nil)
        #expect(configuration.namespace(named: "/elsewhere") == nil)
    }

    @Test("every key takes effect")
    func everyKey() throws {
        let configuration = try load(
            """
            server:
              host: 0.0.0.0
              port: 0
              path: /live/io
              cors: { origins: ["https://a.example"], credentials: true }
              heartbeat: { interval: 1.5s, timeout: 1m }
              timeouts: { upgrade: 1h, connect: 10ms }
              limits: { payload: 64KiB, connections: 7, queue: 2MiB }
              engineEcho: /bare/
              threads: 3
            mqtt:
              url: mqtts://broker.example
              version: 3.1.1
              username: relay
              clientId: relay-1
              keepAlive: 1m
              tls: { insecure: true }
            namespaces:
              /a/{b}:
                kind: topics
                auth: { token: "1234" }
                rules:
                  - { topics: "a/{b}/{c...}", event: e, delivery: state, maxHz: 2.5, payload: text }
                  - { topics: "z" }
                publish: [ "a/{b}/set" ]
              /e: { kind: echo, bounds: 1GB }
            """)
        let server = configuration.server
        #expect(server.host == "0.0.0.0" && server.port == 0 && server.path == "/live/io/" && server.threads == 3)
        #expect(server.cors.origins.contains("https://a.example") && server.cors.credentials)
        #expect(server.heartbeat == .init(interval: .milliseconds(1_500), timeout: .seconds(60)))
        #expect(server.timeouts == .init(upgrade: .seconds(3_600), connect: .milliseconds(10)))
        #expect(server.limits == .init(payload: 65_536, connections: 7, queue: 2_097_152))
        #expect(server.engineEcho == "/bare/")
        let broker = try #require(configuration.mqtt)
        #expect(broker.url == BrokerURL(host: "broker.example", port: 8883, usesTLS: true))
        #expect(broker.version == .v311 && broker.username == "relay" && broker.clientID == "relay-1")
        #expect(broker.keepAlive == .seconds(60) && broker.tls.insecure)
        #expect(configuration.namespaces[1].kind == .echo(.init(bounds: 1_000_000_000)))
        #expect(configuration.namespaces[0].token == Secret("1234"))
        guard case .topics(let topics) = configuration.namespaces[0].kind else {
            Issue.record("expected topics")
            return
        }
        #expect(topics.publish.map(\.topics.filter) == ["a/+/set"])
        #expect(topics.rules[0].topics.filter == "a/+/#" && topics.rules[0].event == "e")
        #expect(topics.rules[0].delivery == .state && topics.rules[0].maxHz == 2.5 && topics.rules[0].payload == .text)
        #expect(topics.rules[1].event == "message" && topics.rules[1].delivery == .event)
        #expect(topics.rules[1].maxHz == nil && topics.rules[1].payload == .auto)
    }

    @Test("a rule that limits the rate is one whose latest value matters")
    func rateImpliesState() throws {
        let configuration = try load("namespaces: { /a: { kind: topics, rules: [ { topics: a, maxHz: 5 } ] } }")
        guard case .topics(let topics)? = configuration.namespaces.first?.kind else {
            Issue.record("expected topics")
            return
        }
        #expect(topics.rules.first?.delivery == .state)
    }

    @Test("the broker is there when a namespace needs one or a section names one")
    func broker() throws {
        #expect(try load("namespaces: { /: { kind: echo } }").mqtt == nil)
        #expect(try load("server: { port: 1 }").mqtt == RelayConfiguration.Broker())
        #expect(try load("namespaces: { /: { kind: echo } }\nmqtt: { url: mqtt://b }").mqtt?.url.host == "b")
    }

    @Test("plain names come before patterns, patterns in the order of the file")
    func lookup() throws {
        let configuration = try load(
            """
            namespaces:
              /{any}: { kind: echo }
              /x-{id}: { kind: echo }
              /x-1: { kind: echo }
            """)
        #expect(configuration.namespace(named: "/x-1")?.namespace.name.description == "/x-1")
        #expect(configuration.namespace(named: "/x-2")?.namespace.name.description == "/{any}")
        #expect(configuration.namespace(named: "/x/2") == nil)
    }

    @Test("the broker's password comes from a file beside the configuration")
    func passwordFile() throws {
        let directory = try TemporaryDirectory()
        try directory.write("pass word \n\n", to: "broker.password")
        let file = try directory.write("mqtt: { username: u, passwordFile: broker.password }", to: "relay.yaml")
        #expect(try RelayConfiguration.load(file: file).mqtt?.password?.value == "pass word ")
        let overridden = try RelayConfiguration.load(file: file, environment: ["RELAY_MQTT_PASSWORD": "other"])
        #expect(overridden.mqtt?.password?.value == "other")
    }
}

@Suite("Precedence")
struct ConfigurationPrecedenceTests {
    private let environment = ["RELAY_HOST": "::1", "RELAY_PORT": "4000", "RELAY_MQTT_URL": "mqtt://environment"]

    @Test("flags over environment over file over defaults")
    func order() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            "server: { host: 10.0.0.1, port: 5000, threads: 2 }\nmqtt: { url: mqtt://file, username: f }",
            to: "relay.yaml")

        let fromFile = try RelayConfiguration.load(file: file)
        #expect(fromFile.server.host == "10.0.0.1" && fromFile.server.port == 5000)
        #expect(fromFile.mqtt?.url.host == "file")

        let fromEnvironment = try RelayConfiguration.load(file: file, environment: environment)
        #expect(fromEnvironment.server.host == "::1" && fromEnvironment.server.port == 4000)
        #expect(fromEnvironment.mqtt?.url.host == "environment" && fromEnvironment.mqtt?.username == "f")
        #expect(fromEnvironment.server.threads == 2)

        let flags = RelayConfiguration.Flags(host: "127.0.0.2", port: 0, mqtt: "mqtt://flag:1")
        let fromFlags = try RelayConfiguration.load(file: file, flags: flags, environment: environment)
        #expect(fromFlags.server.host == "127.0.0.2" && fromFlags.server.port == 0)
        #expect(fromFlags.mqtt?.url.description == "mqtt://flag:1")
    }

    @Test("a broker named by a flag links even a relay whose file needs none")
    func brokerByFlag() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("namespaces: { /: { kind: echo } }", to: "relay.yaml")
        #expect(try RelayConfiguration.load(file: file, flags: .init(mqtt: "mqtt://b")).mqtt?.url.host == "b")
    }

    @Test("each broker with a name has variables of its own")
    func brokersWithNames() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            """
            mqtt: { near: { username: n }, far-off: { url: mqtt://f, prefix: far/ } }
            namespaces: { /a: { kind: topics, rules: [ { topics: far/a, mqtt: far-off } ] } }
            """, to: "relay.yaml")
        let environment = [
            "RELAY_MQTT_PASSWORD": "1", "RELAY_MQTT_FAR_OFF_PASSWORD": "2", "RELAY_MQTT_FAR_OFF_URL": "mqtts://g",
        ]
        let brokers = try RelayConfiguration.load(file: file, environment: environment).brokers
        #expect(brokers.map(\.name) == ["near", "far-off"] && brokers.map(\.prefix) == ["", "far/"])
        #expect(brokers.map(\.username) == ["n", nil] && brokers.map(\.password?.value) == ["1", "2"])
        #expect(brokers.map(\.url.description) == ["mqtt://127.0.0.1:1883", "mqtts://g:8883"])
    }

    @Test("an empty variable is one that is not set")
    func emptyVariable() throws {
        #expect(try RelayConfiguration.load(file: nil, environment: ["RELAY_PORT": ""]).server.port == 3000)
    }

    @Test("a wrong flag or variable is named, along with what is wrong in the file")
    func named() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("server: { prot: 1 }", to: "relay.yaml")
        let environment = ["RELAY_PORT": "tcp://10.0.0.1:3000", "RELAY_MQTT_URL": "ignored, since the flag counts"]
        let error = #expect(throws: ConfigurationError.self) {
            try RelayConfiguration.load(file: file, flags: .init(mqtt: "broker"), environment: environment)
        }
        #expect(
            error?.problems.map(\.description) == [
                "\(file):1: server.prot: unknown key; did you mean \"port\"?",
                "RELAY_PORT: expected a whole number from 0 to 65535, found \"tcp://10.0.0.1:3000\"",
                "--mqtt: expected mqtt://host:1883, mqtts://host:8883 for TLS, or unix:///run/mosquitto.sock, found \"broker\"",
            ])
    }
}
