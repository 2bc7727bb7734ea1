import TestSupport
import Testing

/// What a viewer may follow, and what it gets for it.
@Suite("topics: subscribing", .timeLimit(.minutes(3)))
struct TopicsSubscribingTests {
    @Test("outside the rules is forbidden, and a list with one forbidden filter is refused whole")
    func forbidden() async throws {
        try await withTopics { setting in
            let viewer = try await setting.viewer()
            for filter in ["#", "devices/#", "devices/+/+", "other", "$SYS/#", "devices/one/secret"] {
                let answer = try await viewer.call("subscribe", .string(filter))
                #expect(answer["ok"] == false, "\(filter)")
                #expect(answer["code"] == "FORBIDDEN", "\(filter)")
            }
            let list = try await viewer.call("subscribe", ["devices/one/log", "devices/one/secret"])
            #expect(list["code"] == "FORBIDDEN")
            #expect(try await viewer.call("last", "devices/one/secret")["code"] == "FORBIDDEN")
            // Nothing of the refused list is followed: the first to arrive is of the filter granted afterwards.
            #expect(try await viewer.call("subscribe", "devices/two/log")["ok"] == true)
            try await setting.device.publish("devices/one/log", "1")
            try await setting.device.publish("devices/two/log", "2")
            #expect(try await viewer.value().topic == "devices/two/log")
        }
    }

    @Test("arguments of a wrong shape are refused, not dropped")
    func badInput() async throws {
        try await withTopics { setting in
            let viewer = try await setting.viewer()
            let filters: [JSONValue] = [
                1, nil, [:], [], ["devices/one/log", 5], "", "devices/#/log", "devices/a+/log", "a\u{0}b",
            ]
            for filter in filters {
                #expect(try await viewer.call("subscribe", filter)["code"] == "BAD_INPUT", "\(filter)")
                #expect(try await viewer.call("unsubscribe", filter)["code"] == "BAD_INPUT", "\(filter)")
            }
            for rate: JSONValue in [0, -1, "5", [], true] {
                let answer = try await viewer.call("subscribe", "devices/one/telemetry", ["maxHz": rate])
                #expect(answer["code"] == "BAD_INPUT", "\(rate)")
            }
            for options: JSONValue in [7, "maxHz", [], ["snapshot": "no"], ["snapshot": 0], ["history": "5"]] {
                let answer = try await viewer.call("subscribe", "devices/one/telemetry", options)
                #expect(answer["code"] == "BAD_INPUT", "\(options)")
            }
            #expect(try await viewer.call("last", "devices/+/log")["code"] == "BAD_INPUT")
            #expect(try await viewer.call("last", "devices/none/log")["code"] == "NOT_FOUND")
            #expect(try await viewer.call("dance")["code"] == "UNKNOWN_EVENT")
            try await viewer.wire.send("2/devices,9[\"subscribe\"]")
            #expect(try await viewer.wire.ack(9, in: "/devices").json[0]["code"] == "BAD_INPUT")
        }
    }

    @Test("two filters that match a topic deliver it once; leaving one of them keeps it")
    func overlap() async throws {
        try await withTopics { setting in
            let viewer = try await setting.viewer(following: ["devices/+/log", "devices/one/log"])
            for number in 0..<20 { try await setting.device.publish("devices/one/log", "\(number)") }
            #expect(try await viewer.values(20).map(\.payload.int) == Array(0..<20))
            #expect(try await viewer.call("unsubscribe", "devices/+/log")["ok"] == true)
            for number in 20..<30 { try await setting.device.publish("devices/one/log", "\(number)") }
            #expect(try await viewer.values(10).map(\.payload.int) == Array(20..<30))
        }
    }

    @Test("unsubscribe stops it")
    func unsubscribe() async throws {
        try await withTopics { setting in
            let viewer = try await setting.viewer(following: ["devices/one/log", "devices/two/log"])
            try await setting.device.publish("devices/one/log", "1")
            #expect(try await viewer.value().payload == 1)
            #expect(try await viewer.call("unsubscribe", ["devices/one/log"])["ok"] == true)
            try await setting.device.publish("devices/one/log", "2")
            try await setting.device.publish("devices/two/log", "3")
            #expect(try await viewer.value().payload == 3)
        }
    }

    @Test("unsubscribe also drops a value that waits for its time")
    func unsubscribeWithRate() async throws {
        try await withTopics { setting in
            let viewer = try await setting.viewer(following: "devices/one/telemetry", ["maxHz": 0.5])
            try await setting.device.publish("devices/one/telemetry", "1")
            #expect(try await viewer.value().payload == 1)
            try await setting.device.publish("devices/one/telemetry", "2")
            try await eventually("the second value in the store") {
                try await viewer.call("last", "devices/one/telemetry")["payload"] == 2
            }
            #expect(try await viewer.call("unsubscribe", "devices/one/telemetry")["ok"] == true)
            // Longer than the two seconds after which it would have been sent.
            try await Task.sleep(for: .seconds(4))
            #expect(try await viewer.call("subscribe", "devices/one/log")["ok"] == true)
            try await setting.device.publish("devices/one/log", "3")
            #expect(try await viewer.value().payload == 3)
        }
    }

    @Test("a pattern's namespace shows a site its own devices only")
    func pattern() async throws {
        try await withTopics { setting in
            let north = try await setting.viewer(in: "/site/north")
            let south = try await setting.viewer(in: "/site/south")
            for filter in ["site/south/+/telemetry", "site/+/+/telemetry"] {
                #expect(try await north.call("subscribe", .string(filter))["code"] == "FORBIDDEN")
            }
            #expect(try await north.call("subscribe", "site/north/+/telemetry")["ok"] == true)
            #expect(try await south.call("subscribe", "site/south/+/telemetry")["ok"] == true)
            try await setting.device.publish("site/south/a/telemetry", "1")
            try await setting.device.publish("site/north/a/telemetry", "2")
            #expect(try await north.value().payload == 2)
            #expect(try await south.value().payload == 1)
            #expect(try await north.publish("site/south/a/commands", 1)["code"] == "FORBIDDEN")
            #expect(try await north.publish("site/north/a/commands", 1)["ok"] == true)
            // A name that is no single level of a topic is no site.
            for name in ["/site/+", "/site/#"] {
                let wire = try await SocketWire(.socketIO(setting.relay))
                try await wire.send("0\(name),")
                let answer = try #require(try await wire.packet())
                #expect(answer.type == "4")
                #expect(answer.json["message"] == "Invalid namespace")
            }
        }
    }

    @Test("a namespace with a token refuses whoever does not bring it")
    func token() async throws {
        try await withTopics { setting in
            for auth in ["", #"{"token":"wrong"}"#, #"{"token":["sesame"]}"#] {
                let wire = try await SocketWire(.socketIO(setting.relay))
                try await wire.send("0/private,\(auth)")
                let answer = try #require(try await wire.packet())
                #expect(answer.type == "4")
                #expect(answer.json == ["message": "not authorized", "data": ["code": "UNAUTHORIZED"]])
            }
            let viewer = try await setting.viewer(in: "/private", auth: #"{"token":"sesame"}"#)
            #expect(try await viewer.call("subscribe", "private/+")["ok"] == true)
            try await setting.device.publish("private/a", "1")
            let value = try await viewer.value()
            #expect(value.event == "message")
            #expect(value.payload == 1)
        }
    }
}
