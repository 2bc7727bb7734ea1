import Settings
import Testing

@testable import Relay

@Suite("Patterns of topics")
struct ConfigurationTopicPatternTests {
    @Test(
        "a pattern is an MQTT filter with names",
        arguments: [
            ("devices/{device}/telemetry", "devices/+/telemetry", ["device"]),
            ("plant/{line}/{rest...}", "plant/+/#", ["line", "rest"]),
            ("{all...}", "#", ["all"]),
            ("a/+/#", "a/+/#", []),
            ("a//b/", "a//b/", []),
            ("$SYS/broker/{figure...}", "$SYS/broker/#", ["figure"]),
        ])
    func filter(pattern: String, filter: String, names: [String]) throws {
        let parsed = try TopicPattern(pattern)
        #expect(parsed.filter == filter)
        #expect(parsed.captureNames == names)
        #expect(parsed.description == pattern)
    }

    @Test(
        "a pattern that MQTT could not subscribe to is refused with its reason",
        arguments: [
            ("", "a topic has at least one character"),
            ("a/{rest...}/b", "\"{rest...}\" stands for all that follows, so it must be the last level"),
            ("#/a", "\"#\" stands for all that follows, so it must be the last level"),
            ("a/dev-{id}", "\"dev-{id}\": a capture or wildcard is a whole level, as in a/{name}/b"),
            ("a/b+", "\"b+\": a capture or wildcard is a whole level, as in a/{name}/b"),
            ("a/{}", "\"{}\": a capture's name has letters, digits and _, and starts with no digit"),
            ("a/{", "\"{\": a capture or wildcard is a whole level, as in a/{name}/b"),
            ("a/{1st}", "\"{1st}\": a capture's name has letters, digits and _, and starts with no digit"),
            ("{a}/{a}", "{a} is captured twice"),
            ("a\0b", "U+0 is not allowed"),
            ("a/\u{7}", "U+7 is not allowed"),
            ("$share/g/a", "a shared subscription ($share) would bring the relay a part of the messages only"),
        ])
    func refused(pattern: String, reason: String) {
        #expect { try TopicPattern(pattern) } throws: { "\($0)" == reason }
    }

    @Test("matching gives the captures by name")
    func captures() throws {
        let telemetry = try TopicPattern("devices/{device}/telemetry")
        #expect(telemetry.captures(in: "devices/pump-1/telemetry") == ["device": "pump-1"])
        #expect(telemetry.captures(in: "devices//telemetry") == ["device": ""])
        #expect(telemetry.captures(in: "devices/pump-1/status") == nil)
        #expect(telemetry.captures(in: "devices/pump-1/telemetry/x") == nil)
        #expect(telemetry.captures(in: "devices/pump-1") == nil)
        let rest = try TopicPattern("a/{rest...}")
        #expect(rest.captures(in: "a/b/c") == ["rest": "b/c"])
        #expect(rest.captures(in: "a") == ["rest": ""])
        #expect(rest.captures(in: "ab") == nil)
    }

    @Test("a wildcard at the first level leaves $ topics alone")
    func dollarTopics() throws {
        #expect(try TopicPattern("{all...}").captures(in: "$SYS/uptime") == nil)
        #expect(try TopicPattern("{first}/uptime").captures(in: "$SYS/uptime") == nil)
        #expect(try TopicPattern("$SYS/{figure}").captures(in: "$SYS/uptime") == ["figure": "uptime"])
    }

    @Test("topics are compared as bytes, so a slash under an accent still parts two levels")
    func bytes() throws {
        #expect(try TopicPattern("a/{x}").captures(in: "a/\u{301}b/c") == nil)
        #expect(try TopicPattern("caf\u{E9}").captures(in: "cafe\u{301}") == nil)
        #expect { try TopicPattern("a/+\u{301}") } throws: { "\($0)".contains("whole level") }
    }

    @Test("captures of the namespace's name are bound, the rest stay")
    func binding() throws {
        let pattern = try TopicPattern("site/{site}/{device}/telemetry")
        #expect(pattern.binding(["site": "north"])?.filter == "site/north/+/telemetry")
        #expect(pattern.binding(["site": "north"])?.captureNames == ["device"])
        #expect(pattern.binding([:]) == pattern)
    }

    @Test(
        "no client's name can put a wildcard or another level into a filter", arguments: ["", "+", "#", "a/b", "a\0"])
    func bindingIsOneLevel(value: String) throws {
        #expect(try TopicPattern("site/{site}/x").binding(["site": value]) == nil)
    }

    @Test("no client's name can reach the broker's own topics")
    func bindingToDollar() throws {
        #expect(try TopicPattern("{site}/x").binding(["site": "$SYS"]) == nil)
        #expect(try TopicPattern("a/{site}").binding(["site": "$SYS"])?.filter == "a/$SYS")
    }
}

@Suite("Patterns of namespaces")
struct ConfigurationNamespacePatternTests {
    @Test("a pattern matches whole names and captures between slashes only")
    func captures() throws {
        let dynamic = try NamespacePattern("/dyn-{id}")
        #expect(dynamic.captures(in: "/dyn-101") == ["id": "101"])
        #expect(dynamic.captures(in: "/dyn-") == nil)
        #expect(dynamic.captures(in: "/dyn-1/2") == nil)
        #expect(dynamic.captures(in: "dyn-101") == nil)
        let site = try NamespacePattern("/site/{site}/room-{room}-live")
        #expect(site.captures(in: "/site/north/room-7-live") == ["site": "north", "room": "7"])
        #expect(site.captures(in: "/site/north/room--live") == nil)
        #expect(!site.isPlain)
    }

    @Test("prefix and suffix do not share a character")
    func overlap() throws {
        #expect(try NamespacePattern("/a{x}a").captures(in: "/aa") == nil)
        #expect(try NamespacePattern("/a{x}a").captures(in: "/aba") == ["x": "b"])
    }

    @Test("a plain name matches itself alone", arguments: ["/", "/custom", "/a/b"])
    func plain(name: String) throws {
        let pattern = try NamespacePattern(name)
        #expect(pattern.isPlain)
        #expect(pattern.captures(in: name) == [:])
        #expect(pattern.captures(in: name + "x") == nil)
        #expect(pattern.description == name)
    }

    @Test(
        "a name that cannot be is refused with its reason",
        arguments: [
            ("devices", "a namespace's name starts with /"),
            ("/a,b", "a namespace's name has no spaces, commas, question marks or quotes"),
            ("/{a}{b}", "\"{a}{b}\" has two captures between two slashes, so a name could match in two ways"),
            ("/{a...}", "{a...} may stand in topics only: a namespace's capture does not span a /"),
            ("/{a}/{a}", "{a} is captured twice"),
            ("/{a", "\"{a\" has a { without its }"),
            ("/a}", "\"a}\" has a } without its {"),
        ])
    func refused(name: String, reason: String) {
        #expect { try NamespacePattern(name) } throws: { "\($0)" == reason }
    }
}

@Suite("Origins")
struct ConfigurationOriginTests {
    private func allowed(_ entries: String...) throws -> AllowedOrigins {
        AllowedOrigins(entries: try entries.map(AllowedOrigins.Entry.init))
    }

    @Test("any port of localhost is every port, the scheme's own included, and no other host")
    func anyPort() throws {
        let origins = try allowed("http://localhost:*")
        for origin in ["http://localhost", "http://localhost:80", "http://localhost:5173", "HTTP://LocalHost:1"] {
            #expect(origins.contains(origin), "\(origin)")
        }
        for origin in [
            "https://localhost:1", "http://localhost.evil.example", "http://localhost:80@evil.example",
            "http://evil.example:80",
            "http://localhost:*", "http://localhost:0", "http://localhost:99999", "http://localhost:1/", "localhost:80",
            "null", "",
        ] {
            #expect(!origins.contains(origin), "\(origin)")
        }
    }

    @Test("an exact origin is scheme, host and port")
    func exact() throws {
        let origins = try allowed("http://allowed.example", "https://[::1]:8443")
        #expect(origins.contains("http://allowed.example"))
        #expect(origins.contains("http://allowed.example:80"))
        #expect(origins.contains("https://[::1]:8443"))
        #expect(!origins.contains("https://allowed.example"))
        #expect(!origins.contains("http://allowed.example:8080"))
        #expect(!origins.contains("http://sub.allowed.example"))
    }

    @Test("* allows everything, null opaque origins only, an empty list nothing")
    func wildcards() throws {
        #expect(try allowed("*").contains("http://anything.example:1"))
        #expect(try allowed("*").allowsAny)
        #expect(try allowed("null").contains("null"))
        #expect(try !allowed("null").contains("http://null"))
        #expect(!AllowedOrigins(entries: []).contains("http://localhost:3000"))
    }

    @Test(
        "an origin that no browser sends is refused",
        arguments: ["http://a/", "a.example", "ftp://a", "http://", "http://a:b", "http://*.a"])
    func refused(origin: String) {
        #expect(throws: PatternError.self) { try AllowedOrigins.Entry(origin) }
    }
}

@Suite("Addresses and quantities")
struct ConfigurationValueTests {
    @Test(
        "a broker's address has a scheme, a host and perhaps a port",
        arguments: [
            ("mqtt://127.0.0.1:1883", "mqtt://127.0.0.1:1883"),
            ("mqtt://broker", "mqtt://broker:1883"),
            ("mqtts://broker.example/", "mqtts://broker.example:8883"),
            ("mqtt://[::1]:1884", "mqtt://[::1]:1884"),
            ("unix:///run/mosquitto.sock", "unix:///run/mosquitto.sock"),
        ])
    func broker(text: String, described: String) throws {
        #expect(try BrokerURL(text).description == described)
    }

    @Test(
        "no other address is a broker's",
        arguments: [
            "broker:1883", "http://broker", "mqtt://", "mqtt://a:0", "mqtt://a:65536", "mqtt://a:1x", "mqtt://a/b",
            "mqtt://user:secret@a", "mqtt://[::1", "mqtt://a b", "unix://run/a.sock", "unix://",
        ])
    func noBroker(text: String) {
        #expect(throws: PatternError.self) { try BrokerURL(text) }
    }

    @Test("what is behind a prefix is told by bytes, whatever is seen as one character")
    func prefix() {
        #expect("north/a".behind(prefix: "north/") == "a")
        #expect("north/\u{301}a".behind(prefix: "north/") == "\u{301}a")
        #expect("north".behind(prefix: "north/") == nil)
        #expect("a".behind(prefix: "") == "a")
    }

    @Test("a secret prints as dots and compares by value")
    func secret() {
        let secret = Secret("hush")
        #expect("\(secret) \(String(reflecting: secret))".contains("hush") == false)
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains("hush"))
        #expect(secret.matches("hush"))
        for wrong in ["", "hus", "hushh", "Hush", "hushhush"] {
            #expect(!secret.matches(wrong), "\(wrong)")
        }
        #expect(!Secret("").matches("a"))
    }
}
