import Foundation
import NIOCore
import SocketIO
import TestSupport
import Testing

@testable import Relay

@Suite("relay watch", .timeLimit(.minutes(3)))
struct CommandWatchTests {
    @Test("prints topic and payload, text as text, other bytes as a hexdump; ends at a signal with 0")
    func plain() async throws {
        try await withTopics { setting in
            let watch = try Watch(["\(setting.relay.url)/devices", "devices/+/telemetry", "devices/one/frame"])
            try await setting.device.publish("devices/one/telemetry", #"{"a": 1.50}"#, retain: true)
            #expect(try await watch.line() == #"devices/one/telemetry {"a": 1.50}"#)
            try await setting.device.publish("devices/one/frame", "plain words")
            #expect(try await watch.line() == "devices/one/frame plain words")
            try await setting.device.publish("devices/one/frame", Array(0..<18) + [0x41])
            #expect(try await watch.line() == "devices/one/frame (19 bytes)")
            #expect(
                try await watch.line()
                    == "  00000000  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f  |................|")
            #expect(
                try await watch.line()
                    == "  00000010  10 11 41                                         |..A|")
            #expect(try await watch.child.stop() == 0)
            #expect(watch.child.standardError == "")
        }
    }

    @Test("--json prints one object a line; --count ends it")
    func json() async throws {
        try await withTopics { setting in
            let watch = try Watch([
                "--url", setting.relay.url, "--namespace", "/devices", "--json", "--count", "2", "--subscribe",
                "devices/+/telemetry", "--subscribe", "devices/+/frame",
            ])
            try await setting.device.publish("devices/one/telemetry", "{\"a\":\n1}", retain: true)
            let first = try #require(try await watch.line().flatMap { JSONValue(parsing: $0) })
            #expect(first["topic"] == "devices/one/telemetry")
            #expect(first["event"] == "telemetry")
            #expect(first["payload"] == ["a": 1])
            #expect((first["at"].int ?? 0) > 1_700_000_000_000)
            try await setting.device.publish("devices/two/frame", [1, 2, 255])
            let second = try #require(try await watch.line().flatMap { JSONValue(parsing: $0) })
            #expect(second["payload"] == ["base64": "AQL/"])
            #expect(try await watch.child.exitCode(within: .seconds(60)) == 0)
        }
    }

    @Test("what is refused ends it with 1 and the reason")
    func refused() async throws {
        try await withTopics { setting in
            let filter = try await Finished(["watch", "\(setting.relay.url)/devices", "devices/#"])
            #expect(filter.code == 1)
            #expect(filter.errors.contains("watch: FORBIDDEN: devices/# is outside what this namespace shows"))
            let namespace = try await Finished(["watch", "\(setting.relay.url)/nowhere", "a"])
            #expect(namespace.code == 1)
            #expect(namespace.errors.contains("Invalid namespace"))
            let token = try await Finished(["watch", "\(setting.relay.url)/private", "private/x"])
            #expect(token.code == 1)
            #expect(token.errors.contains("not authorized"))
        }
        for arguments in [["not://an address", "a"], ["a/#/b"], ["--max-hz", "0", "a"], ["--count", "0", "a"]] {
            #expect(try await Finished(["watch"] + arguments).code != 0, "\(arguments)")
        }
    }

    @Test("a relay that goes away and comes back is watched again, with the token")
    func reconnects() async throws {
        try await withBroker { broker in
            let configuration = """
                mqtt: { url: "\(broker.url)" }
                namespaces:
                  /private:
                    kind: topics
                    auth: { token: sesame }
                    rules: [ { topics: "private/{name}", delivery: state } ]
                """
            let device = try TopicsDevice(broker)
            try await device.untilUp()
            try await device.publish("private/x", "1", retain: true)
            let port = try LoopbackPort.free()
            let watch = try Watch(
                ["http://127.0.0.1:\(port)/private", "private/x"], environment: ["RELAY_TOKEN": "sesame"])
            let first = try await withRelay(.text(configuration), port: port) { _ in try await watch.line() }
            #expect(first == "private/x 1")
            try await device.publish("private/x", "2", retain: true)
            let second = try await withRelay(.text(configuration), port: port) { _ in try await watch.line() }
            #expect(second == "private/x 2")
            #expect(watch.child.standardError.contains("trying again in"))
            #expect(try await watch.child.stop() == 0)
            await device.stop()
        }
    }

    @Test("nothing steers the terminal; other events show their name")
    func output() throws {
        let text = WatchOutput(isJSON: false)
        let json = WatchOutput(isJSON: true)
        func event(_ values: JSON..., attachments: [ByteBuffer] = []) -> Arguments {
            Arguments(values, attachments: attachments)
        }
        let value = event("t", "a\u{1b}[2J", "x", ["at": 1])
        #expect(text.text(of: value) == "a\u{FFFD}[2J \"x\"")
        let escape = event("t", "a", .placeholder(0), ["at": 1], attachments: [ByteBuffer(string: "\u{1b}[2J")])
        #expect(
            text.text(of: escape) == "a (4 bytes)\n  00000000  1b 5b 32 4a                                      |.[2J|")
        let other = event("said", ["text": "hi"], .placeholder(0), attachments: [ByteBuffer(bytes: [1, 2])])
        #expect(text.text(of: other) == #"said {"text":"hi"} <2 bytes>"#)
        #expect(json.text(of: other) == #"{"event":"said","args":[{"text":"hi"},{"base64":"AQI="}]}"#)
    }
}

private struct Watch {
    let child: ChildProcess

    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        self.child = try ChildProcess(
            PackageLayout.program("relay"), ["watch"] + arguments, environment: environment)
    }

    /// The next line of its output.
    func line() async throws -> String? {
        try await self.child.lines.next(within: .seconds(60), "a line of relay watch")
    }
}
