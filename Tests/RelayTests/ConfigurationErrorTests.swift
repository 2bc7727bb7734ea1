import Settings
import Testing

@testable import Relay

/// A broken file and the lines that the user reads about it.
struct Broken: CustomTestStringConvertible, Sendable {
    let yaml: String
    let messages: [String]

    var testDescription: String { messages.first ?? "" }

    init(_ yaml: String, _ messages: String...) {
        self.yaml = yaml
        self.messages = messages
    }
}

private func problems(_ yaml: String) -> [String] {
    do {
        _ = try RelayConfiguration.load(yaml: yaml, source: "f.yaml")
        return []
    } catch {
        return error.problems.map(\.description)
    }
}

@Suite("Configurations that are refused")
struct ConfigurationErrorTests {
    @Test("keys and types", arguments: keysAndTypeCases)
    func keysAndTypes(broken: Broken) {
        #expect(problems(broken.yaml) == broken.messages)
    }

    @Test("impossible values", arguments: impossibleValueCases)
    func impossibleValues(broken: Broken) {
        #expect(problems(broken.yaml) == broken.messages)
    }

    @Test("namespaces and rules", arguments: namespaceAndRuleCases)
    func namespacesAndRules(broken: Broken) {
        #expect(problems(broken.yaml) == broken.messages)
    }

    @Test("rooms, bound devices and recordings", arguments: gameCases)
    func games(broken: Broken) {
        #expect(problems(broken.yaml) == broken.messages)
    }

    @Test("what is no YAML, or more than a configuration needs of it", arguments: noYAMLCases)
    func noYAML(broken: Broken) {
        #expect(problems(broken.yaml) == broken.messages)
    }

    @Test("every problem of a file is named, in the order of its lines")
    func everyProblem() {
        let found = problems(
            """
            sever: {}
            server:
              port: many
              limits: { payload: 0 }
            namespaces:
              /a: { kind: echo, rules: [] }
            mqtt: { version: 4 }
            """)
        #expect(
            found == [
                "f.yaml:1: sever: unknown key; did you mean \"server\"?",
                "f.yaml:3: server.port: expected a whole number from 0 to 65535, found \"many\"",
                "f.yaml:4: server.limits.payload: expected a size such as 1MB, 64kB or 1MiB, from 1 byte to 1GB, found \"0\"",
                "f.yaml:6: namespaces./a.rules: unknown key; the keys here are kind, auth, bounds",
                "f.yaml:7: mqtt.version: expected one of 5, 3.1.1, found \"4\"",
            ])
    }

    @Test("a file that is not there is named")
    func noFile() {
        #expect(throws: ConfigurationError(problems: [.missing("/nowhere/relay.yaml")])) {
            try RelayConfiguration.load(file: "/nowhere/relay.yaml")
        }
    }

    @Test("files made to exhaust the reader are refused quickly")
    func exhausting() {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            bomb +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]\n"
        }
        let keyBomb = bomb + "? *a30\n: x\n"
        let hidden = "x: \"\n# \": [\n  # y\n"
        let hostile = [
            bomb, keyBomb, hidden,
            String(repeating: "[", count: 500_000), String(repeating: "{a: ", count: 200_000),
            String(repeating: "- ", count: 400_000), String(repeating: "? ", count: 400_000),
            String(repeating: "a: &a ", count: 100_000), String(repeating: "!", count: 900_000),
            "a: \"" + String(repeating: "\\ud800", count: 1_000), "a: !!binary \"\u{0}\"", "\u{FEFF}\u{FEFF}",
            String(repeating: "x", count: 2_000_000), "server: !!int 5", "a: \"\\x00\"", "--- a\n--- b\n",
            "server: &s {port: 1}\nmqtt: *s\n", "? {a: b}\n: c\n", "<<: {port: 1}\n",
            (0..<500).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
        ]
        for yaml in hostile {
            #expect(!problems(yaml).isEmpty, "\(yaml.prefix(40))")
        }
    }
}

extension ConfigurationProblem {
    fileprivate static func missing(_ file: String) -> Self {
        ConfigurationProblem(source: file, line: nil, message: "cannot be read; expected a configuration file")
    }
}

private let keysAndTypeCases = [
    Broken("server:\n  prot: 3000\n", "f.yaml:2: server.prot: unknown key; did you mean \"port\"?"),
    Broken("server:\n  Host: a\n", "f.yaml:2: server.Host: unknown key; did you mean \"host\"?"),
    Broken("\nlogging: {}\n", "f.yaml:2: logging: unknown key; the keys here are server, mqtt, namespaces"),
    Broken("- a\n", "f.yaml:1: expected keys and values, found a list"),
    Broken("server: 3000\n", "f.yaml:1: server: expected keys and values, found \"3000\""),
    Broken("server:\n  port: 1\nmqtt:\n", "f.yaml:3: mqtt: expected keys and values, found nothing"),
    Broken(
        "server:\n  port: \"3000\"\n", "f.yaml:2: server.port: expected a whole number from 0 to 65535, found \"3000\""),
    Broken(
        "server: {\n  port: 3_000\n}\n",
        "f.yaml:2: server.port: expected a whole number from 0 to 65535, found \"3_000\""),
    Broken(
        "server:\n  port:\n    - 1\n", "f.yaml:3: server.port: expected a whole number from 0 to 65535, found a list"),
    Broken(
        "server:\n  host: {a: 1}\n",
        "f.yaml:2: server.host: expected a name or address to listen on, found keys and values"),
    Broken("server:\n  host: ''\n", "f.yaml:2: server.host: expected a name or address to listen on, found \"\""),
    Broken(
        "server: { cors: { credentials: yes } }",
        "f.yaml:1: server.cors.credentials: expected true or false, found \"yes\""),
    Broken(
        "server:\n  cors:\n    origins: http://a\n",
        "f.yaml:3: server.cors.origins: expected a list of origins, found \"http://a\""),
]

private let impossibleValueCases = [
    Broken(
        "server: { port: 65536 }", "f.yaml:1: server.port: expected a whole number from 0 to 65535, found \"65536\""),
    Broken(
        "server: { port: 99999999999999999999 }",
        "f.yaml:1: server.port: expected a whole number from 0 to 65535, found \"99999999999999999999\""),
    Broken(
        "server:\n  heartbeat:\n    interval: 25\n",
        "f.yaml:3: server.heartbeat.interval: expected a duration with its unit, such as 25s, 300ms or 1m, from 10ms to 1h, found \"25\""
    ),
    Broken(
        "server: { timeouts: { upgrade: -1s } }",
        "f.yaml:1: server.timeouts.upgrade: expected a duration with its unit, such as 25s, 300ms or 1m, from 10ms to 1h, found \"-1s\""
    ),
    Broken(
        "server: { timeouts: { connect: 1e9s } }",
        "f.yaml:1: server.timeouts.connect: expected a duration with its unit, such as 25s, 300ms or 1m, from 10ms to 1h, found \"1e9s\""
    ),
    Broken(
        "server: { limits: { queue: 1mb } }",
        "f.yaml:1: server.limits.queue: expected a size such as 1MB, 64kB or 1MiB, from 1kB to 1GB, found \"1mb\""),
    Broken(
        "server: { limits: { queue: 99999999999999999999GB } }",
        "f.yaml:1: server.limits.queue: expected a size such as 1MB, 64kB or 1MiB, from 1kB to 1GB, found \"99999999999999999999GB\""
    ),
    Broken(
        "server:\n  cors:\n    origins: [\"*\"]\n    credentials: true\n",
        "f.yaml:4: server.cors.credentials: expected false, since origins has \"*\": any site could then act as its visitor"
    ),
    Broken(
        "server:\n  cors:\n    origins:\n      - http://a.example\n      - http://b.example/\n",
        "f.yaml:5: server.cors.origins[1]: expected an origin such as http://localhost:3000, http://localhost:* or *; an origin has no path and no final /, found \"http://b.example/\""
    ),
    Broken("server: { path: / }", "f.yaml:1: server.path: expected a path such as /socket.io/, found \"/\""),
    Broken(
        "server: { path: socket.io }", "f.yaml:1: server.path: expected a path such as /socket.io/, found \"socket.io\""
    ),
    Broken(
        "server: { path: /metrics }",
        "f.yaml:1: server.path: expected a path that the relay does not answer itself, found \"/metrics\""),
    Broken(
        "server: { engineEcho: /socket.io }",
        "f.yaml:1: server.engineEcho: expected a path of its own; /socket.io/ is that of Socket.IO"),
    Broken(
        "server:\n  tls: { certificate: a, key: b }\n",
        "f.yaml:2: server.tls: this build does not serve TLS itself yet; leave the key out and put a TLS proxy in front"
    ),
    Broken(
        "mqtt: { url: tcp://a }",
        "f.yaml:1: mqtt.url: expected mqtt://host:1883, mqtts://host:8883 for TLS, or unix:///run/mosquitto.sock, found \"tcp://a\""
    ),
    Broken(
        "mqtt:\n  password: hush\n",
        "f.yaml:2: mqtt.password: a password does not belong in this file; use passwordFile or RELAY_MQTT_PASSWORD"),
    Broken(
        "mqtt: { passwordFile: /nowhere/x }",
        "f.yaml:1: mqtt.passwordFile: expected a file that can be read, found \"/nowhere/x\""),
    Broken(
        "mqtt: { keepAlive: 1s }",
        "f.yaml:1: mqtt.keepAlive: expected a duration with its unit, such as 25s, 300ms or 1m, from 5s to 65535s, found \"1s\""
    ),
    Broken("mqtt: { keepAlive: 5500ms }", "f.yaml:1: mqtt.keepAlive: expected whole seconds"),
    Broken(
        "mqtt:\n  url: mqtt://a\n  tls: { insecure: true }\n",
        "f.yaml:3: mqtt.tls: expected an mqtts:// address in mqtt.url"),
    Broken(
        "mqtt:\n  url: mqtts://a\n  tls:\n    key: /dev/null\n",
        "f.yaml:4: mqtt.tls.key: expected certificate and key together"),
    Broken(
        "mqtt: { url: mqtts://a, tls: { ca: /nowhere/ca } }",
        "f.yaml:1: mqtt.tls.ca: expected a file that can be read, found \"/nowhere/ca\""),
    Broken(
        "mqtt:\n  one: { url: mqtt://a }\n  url: mqtt://b\n",
        "f.yaml:2: mqtt.one: unknown key; the keys here are url, version, username, passwordFile, clientId, keepAlive, tls, limits, prefix, status, id, metrics, password"
    ),
    Broken(
        "mqtt:\n  one: { prefix: a/ }\n",
        "f.yaml:2: mqtt.one.prefix: expected none for the first broker, which is that of whatever names no other"),
    Broken(
        "mqtt:\n  one: {}\n  two: { prefix: a }\n",
        "f.yaml:3: mqtt.two.prefix: expected words, each with a slash behind it, such as north/, found \"a\""),
    Broken(
        "mqtt:\n  a-b: {}\n  A_b: { prefix: b/ }\n",
        "f.yaml:3: mqtt.A_b: expected a name whose variables, RELAY_MQTT_A_B_…, are not a-b's as well"),
    Broken(
        "mqtt: { prefix: a/ }\nnamespaces:\n  /a: { kind: topics, rules: [ { topics: a/b }, { topics: c } ] }\n",
        "f.yaml:3: namespaces./a.rules[1].topics: expected topics behind a/, the prefix of mqtt"),
    Broken(
        "mqtt:\n  status: false\n  metrics: 5s\n",
        "f.yaml:3: mqtt.metrics: expected status: true, since the two are told together"),
    Broken(
        "mqtt: { limits: { packet: 5 } }",
        "f.yaml:1: mqtt.limits.packet: expected a size such as 1MB, 64kB or 1MiB, from 1024 bytes to 268435455 bytes, found \"5\""
    ),
    Broken(
        "mqtt: { url: \"unix:///\(String(repeating: "p", count: 107))\" }",
        "f.yaml:1: mqtt.url: expected the path of a socket, of at most 107 bytes, found \"unix:///\(String(repeating: "p", count: 52))\""
    ),
    Broken(
        "mqtt:\n  one: {}\n  t o: {}\n", "f.yaml:3: mqtt.t o: expected a name of letters, digits, - and _"),
    Broken(
        brokers("{ topics: a/b, mqtt: three }"),
        "f.yaml:8: namespaces./a.rules[0].mqtt: expected one of one, two, found \"three\""),
    Broken(
        brokers("{ topics: a/b, mqtt: two }"),
        "f.yaml:8: namespaces./a.rules[0].topics: expected topics behind two/, the prefix of mqtt.two"),
    Broken(
        brokers("{ topics: two/b, mqtt: two }\n      - { topics: \"+/b\" }"),
        "f.yaml:9: namespaces./a.rules[1].topics: some of these topics are also those of mqtt.two, on line 8; a topic has one broker: give one a prefix"
    ),
    Broken(
        "namespaces: { /a: { kind: topics, mqtt: one, rules: [ { topics: a } ] } }",
        "f.yaml:1: namespaces./a.mqtt: expected sections with names in mqtt, found \"one\""),
]

/// Two brokers, and rules that begin on line 8.
private func brokers(_ rules: String) -> String {
    "mqtt:\n  one: {}\n  two: { prefix: two/ }\nnamespaces:\n  /a:\n    kind: topics\n    rules:\n      - \(rules)\n"
}

private let namespaceAndRuleCases = [
    Broken("namespaces: {}\n", "f.yaml:1: namespaces: expected at least one"),
    Broken(
        "namespaces:\n  devices: { kind: echo }\n", "f.yaml:2: namespaces.devices: a namespace's name starts with /"),
    Broken("namespaces:\n  /a: {}\n", "f.yaml:2: namespaces./a: expected a kind: one of topics, game, chat, echo"),
    Broken(
        "namespaces:\n  /a:\n    kind: topic\n",
        "f.yaml:3: namespaces./a.kind: expected one of topics, game, chat, echo, found \"topic\"; did you mean \"topics\"?"
    ),
    Broken(
        "namespaces:\n  /g-{id}:\n    kind: game\n",
        "f.yaml:2: namespaces./g-{id}: expected a plain name, since rooms of kind game outlive their visitors"),
    Broken(
        "namespaces:\n  /g:\n    kind: game\n    games: [arena, chess]\n",
        "f.yaml:4: namespaces./g.games[1]: expected one of relay, tictactoe, connect4, arena, found \"chess\""),
    Broken(
        "namespaces:\n  /g:\n    kind: game\n    games: []\n",
        "f.yaml:4: namespaces./g.games: expected at least one of relay, tictactoe, connect4, arena"),
    Broken(
        "namespaces:\n  /g: { kind: game, rooms: 0 }\n",
        "f.yaml:2: namespaces./g.rooms: expected a whole number from 1 to 65535, found \"0\""),
    Broken(
        "namespaces:\n  /c: { kind: chat, history: 1001 }\n",
        "f.yaml:2: namespaces./c.history: expected a whole number from 0 to 1000, found \"1001\""),
    Broken(
        "namespaces:\n  /c:\n    kind: chat\n    keep: 10\n",
        "f.yaml:4: namespaces./c.keep: expected a duration with its unit, such as 25s, 300ms or 1m, from 0s to 24h, found \"10\""
    ),
    Broken(
        "namespaces:\n  /c: { kind: chat, rate: 0 }\n",
        "f.yaml:2: namespaces./c.rate: expected a number above 0, at most 10000, found \"0\""),
    Broken(
        "namespaces:\n  /c: { kind: chat, echo: please }\n",
        "f.yaml:2: namespaces./c.echo: expected true or false, found \"please\""),
    Broken(
        "namespaces:\n  /c: { kind: chat, room: 5 }\n",
        "f.yaml:2: namespaces./c.room: unknown key; did you mean \"rooms\"?"),
    Broken("namespaces:\n  /a: { kind: topics }\n", "f.yaml:2: namespaces./a: expected rules, a list of at least one"),
    Broken(
        "namespaces:\n  /a: { kind: topics, rules: [] }\n",
        "f.yaml:2: namespaces./a: expected rules, a list of at least one"),
    Broken(
        "namespaces:\n  /p:\n    kind: echo\n    auth: {}\n",
        "f.yaml:4: namespaces./p.auth: expected a token, as in auth: {token: …}"),
    Broken(
        "namespaces:\n  /p:\n    kind: echo\n    auth:\n      token:\n",
        "f.yaml:5: namespaces./p.auth.token: expected the text that clients must bring, found nothing"),
    Broken(
        "namespaces:\n  /{a}: { kind: echo }\n  /{b}: { kind: echo }\n",
        "f.yaml:3: namespaces./{b}: matches the same names as /{a}, so it would never be reached"),
    Broken(
        "namespaces:\n  /a: { kind: echo, bounds: lots }\n",
        "f.yaml:2: namespaces./a.bounds: expected a size such as 1MB, 64kB or 1MiB, from 0 bytes to 1GB, found \"lots\""
    ),
    Broken(rule("event: x"), "f.yaml:5: namespaces./a.rules[0]: expected topics"),
    Broken(
        rule("topics: a/dev-{id}"),
        "f.yaml:5: namespaces./a.rules[0].topics: \"dev-{id}\": a capture or wildcard is a whole level, as in a/{name}/b, found \"a/dev-{id}\""
    ),
    Broken(
        rule("topic: a"), "f.yaml:5: namespaces./a.rules[0].topic: unknown key; did you mean \"topics\"?",
        "f.yaml:5: namespaces./a.rules[0]: expected topics"),
    Broken(
        rule("topics: a\n        delivery: stat"),
        "f.yaml:6: namespaces./a.rules[0].delivery: expected one of state, event, found \"stat\"; did you mean \"state\"?"
    ),
    Broken(
        rule("topics: a\n        maxHz: 0"),
        "f.yaml:6: namespaces./a.rules[0].maxHz: expected a number above 0, at most 1000, found \"0\""),
    Broken(
        rule("topics: a\n        delivery: event\n        maxHz: 5"),
        "f.yaml:7: namespaces./a.rules[0].maxHz: expected delivery: state; under delivery: event no message may be left out"
    ),
    Broken(
        rule("topics: a\n        payload: xml"),
        "f.yaml:6: namespaces./a.rules[0].payload: expected one of auto, json, binary, text, found \"xml\""),
    Broken(
        rule("topics: a\n        event: \"a\\nb\""),
        "f.yaml:6: namespaces./a.rules[0].event: expected an event's name without line breaks and other control characters, found \"a\nb\""
    ),
    Broken(
        rule("topics: a\n        event: upstream"),
        "f.yaml:6: namespaces./a.rules[0].event: expected another name, since this event has a meaning of its own, found \"upstream\""
    ),
    Broken(
        rule("topics: a/{x}\n      - topics: a/b"),
        "f.yaml:6: namespaces./a.rules[1].topics: the rules before it match all of these topics, so this one would never be reached"
    ),
    Broken(
        rule("topics: a\n      - topics: a/{x}\n      - topics: a/{x}/{y}/#\n      - topics: a/#"),
        "f.yaml:8: namespaces./a.rules[3].topics: the rules before it match all of these topics, so this one would never be reached"
    ),
    Broken(
        "namespaces:\n  /s/{site}:\n    kind: topics\n    rules:\n      - topics: s/+/+\n      - topics: s/{site}/{d}\n",
        "f.yaml:6: namespaces./s/{site}.rules[1].topics: the rules before it match all of these topics, so this one would never be reached"
    ),
    Broken(
        rule("topics: a/{x}\n        status: b/{y}"),
        "f.yaml:6: namespaces./a.rules[0].status: expected a topic whose names in braces are levels that topics captures"
    ),
    Broken(
        rule("topics: a/{x...}\n        status: b/{x}"),
        "f.yaml:6: namespaces./a.rules[0].status: expected a topic whose names in braces are levels that topics captures"
    ),
    Broken(
        rule("topics: a/{x}\n        status: b/+"),
        "f.yaml:6: namespaces./a.rules[0].status: expected a topic whose names in braces are levels that topics captures"
    ),
    Broken(
        rule("topics: a/{x}\n        history: 10001"),
        "f.yaml:6: namespaces./a.rules[0].history: expected a whole number from 0 to 10000, found \"10001\""),
    Broken(
        rule("topics: a/{x}\n        properties: maybe"),
        "f.yaml:6: namespaces./a.rules[0].properties: expected true or false, found \"maybe\""),
    Broken(
        rule("topics: a/{x}\n      - topics: a/{y}"),
        "f.yaml:6: namespaces./a.rules[1].topics: the rule on line 5 matches the same topics, so this one would never be reached"
    ),
    Broken(
        rule("topics: a\n    publish: [ 'a/#/b' ]"),
        "f.yaml:6: namespaces./a.publish[0]: \"#\" stands for all that follows, so it must be the last level, found \"a/#/b\""
    ),
    Broken(
        "namespaces:\n  /s/{site}:\n    kind: topics\n    rules:\n      - topics: s/{site...}\n",
        "f.yaml:5: namespaces./s/{site}.rules[0].topics: {site} is captured by the namespace /s/{site}, where it is one level"
    ),
]

private let gameCases = [
    Broken(game("mqtt: maybe"), "f.yaml:4: namespaces./g.mqtt: expected true or false, found \"maybe\""),
    Broken(
        game("mqtt: true\n  /h: { kind: game, mqtt: true }"),
        "f.yaml:5: namespaces./h: expected mqtt: false, since the topics game/… are those of /g"),
    Broken(
        game("recordings: /nowhere/at/all"),
        "f.yaml:4: namespaces./g.recordings: expected a directory that can be written to, found \"/nowhere/at/all\""),
    Broken(
        game("bind: [ {} ]"), "f.yaml:4: namespaces./g.bind[0]: expected from",
        "f.yaml:4: namespaces./g.bind[0]: expected room", "f.yaml:4: namespaces./g.bind[0]: expected kind",
        "f.yaml:4: namespaces./g.bind[0]: expected pid"),
    Broken(
        binding("from: \"game/{id}/in\""),
        "f.yaml:4: namespaces./g.bind[0].from: expected topics outside game/, which are the rooms' own, so no wildcard as first level, found \"game/{id}/in\""
    ),
    Broken(
        binding("from: \"{id}/joystick\""),
        "f.yaml:4: namespaces./g.bind[0].from: expected topics outside game/, which are the rooms' own, so no wildcard as first level, found \"{id}/joystick\""
    ),
    Broken(
        binding("kind: inptu"),
        "f.yaml:4: namespaces./g.bind[0].kind: expected input, coin, steal, a number from 32 to 255, found \"inptu\""),
    Broken(
        binding("kind: 31"),
        "f.yaml:4: namespaces./g.bind[0].kind: expected input, coin, steal, a number from 32 to 255, found \"31\""),
    Broken(
        binding("game: chess"),
        "f.yaml:4: namespaces./g.bind[0].game: expected one of relay, tictactoe, connect4, arena, found \"chess\""),
    Broken(
        binding("pid: \"dev:{di}\""),
        "f.yaml:4: namespaces./g.bind[0].pid: {di} is not captured by the topics of from, found \"dev:{di}\""),
    Broken(
        binding("pid: \"{id}\""),
        "f.yaml:4: namespaces./g.bind[0].pid: expected a pid that begins with dev:, found \"{id}\""),
    Broken(
        binding("name: \"{id\""), "f.yaml:4: namespaces./g.bind[0].name: expected a } for each {, found \"{id\""),
    Broken(
        binding("map: { bits: bits }"),
        "f.yaml:4: namespaces./g.bind[0].map.bits: expected where the value is, such as $.bits, found \"bits\""),
    Broken(
        binding("rate: 31"), "f.yaml:4: namespaces./g.bind[0].rate: expected a number above 0, at most 30, found \"31\""
    ),
    Broken(
        game("emit: [ { room: r, on: start, to: a } ]"),
        "f.yaml:4: namespaces./g.emit[0].on: expected one of end, found \"start\""),
    Broken(
        game("emit: [ { room: r, to: \"devices/{winner}/led\" } ]"),
        "f.yaml:4: namespaces./g.emit[0].to: expected one of {winner.name}, {winner.pid}, {winner.seat}, {rid} as a level of its own, found \"devices/{winner}/led\""
    ),
    Broken(
        game("emit: [ { room: r, to: \"devices/+/led\" } ]"),
        "f.yaml:4: namespaces./g.emit[0].to: expected a topic, without wildcards, found \"devices/+/led\""),
    Broken(
        game("emit: [ { room: r, to: \"game/{rid}/in/0\" } ]"),
        "f.yaml:4: namespaces./g.emit[0].to: expected topics outside game/, which are the rooms' own, found \"game/{rid}/in/0\""
    ),
]

private func game(_ text: String) -> String {
    "namespaces:\n  /g:\n    kind: game\n    \(text)\n"
}

/// A binding that is right but for what `text` says.
private func binding(_ text: String) -> String {
    let right = [
        "from": "\"devices/{id}/joystick\"", "room": "tilt", "game": "arena", "pid": "\"dev:{id}\"", "kind": "input",
    ]
    let wrong = text.prefix { $0 != ":" }
    let others = right.filter { $0.key != wrong }.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    return game("bind: [ { \((others + [text]).joined(separator: ", ")) } ]")
}

private func rule(_ text: String) -> String {
    "namespaces:\n  /a:\n    kind: topics\n    rules:\n      - \(text)\n"
}

private let noYAMLCases = [
    Broken("", "f.yaml:1: the file is empty; expected keys and values"),
    Broken("# nothing but this\n", "f.yaml:1: the file is empty; expected keys and values"),
    Broken(
        "server:\n  port: 1\n  host: a\n  port: 2\n", "f.yaml:4: duplicate key \"port\": it is already set on line 2"),
    Broken("server: { port: 1, port: 2 }\n", "f.yaml:1: duplicate key \"port\": it is already set on the same line"),
    Broken("mqtt: {}\nserver:\n  port: 1\nmqtt: {}\n", "f.yaml:4: duplicate key \"mqtt\": it is already set on line 1"),
    Broken("server:\n\tport: 1\n", "f.yaml:2: not YAML: indent with spaces, not with tabs"),
    Broken("server:\n  port: [1\n", "f.yaml:3: not YAML: did not find expected ',' or ']'"),
    Broken("server: &s\n  port: 1\n", "f.yaml:1: anchors and aliases (&name, *name) are not part of this format"),
    Broken("a: b\n---\nc: d\n", "f.yaml:2: not YAML: but found another document"),
    Broken("server:\n  ? [a]\n  : b\n", "f.yaml:2: expected a plain word as the key"),
]
