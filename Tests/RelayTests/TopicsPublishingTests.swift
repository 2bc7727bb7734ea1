import MQTT
import NIOCore
import TestSupport
import Testing

/// From a browser to a device.
@Suite("topics: publishing", .timeLimit(.minutes(3)))
struct TopicsPublishingTests {
    @Test("a device gets a string as its text, an object as its JSON, binary as it is; the ack comes after the PUBACK")
    func bytes() async throws {
        try await withTopics { setting in
            let viewer = try await setting.viewer()
            // Until the device's own subscription holds.
            try await eventually("the device's subscription") {
                _ = try await viewer.publish("devices/one/commands", "hello?")
                return !setting.device.arrivals.takeAll().isEmpty
            }
            let sent = [
                (#""a \"b\" é""#, #"a "b" é"#), (#"{ "b" : 1.50, "a":[1,  2]}"#, #"{ "b" : 1.50, "a":[1,  2]}"#),
                ("17", "17"), ("null", "null"), (#""""#, ""),
            ]
            for (index, (json, expected)) in sent.enumerated() {
                try await viewer.wire.send(
                    #"2/devices,\#(1_000 + index)["publish","devices/one/commands",\#(json),{"qos":1}]"#)
                #expect(try await viewer.wire.ack(1_000 + index, in: "/devices").json == [["ok": true]])
                let arrived = try #require(try await setting.device.arrivals.next())
                #expect(arrived.topic == "devices/one/commands")
                #expect(String(buffer: arrived.payload) == expected)
            }
            let bytes: [UInt8] = [0, 255, 1, 34]
            try await viewer.wire.send(
                #"51-/devices,2000["publish","devices/one/commands",{"_placeholder":true,"num":0}]"#,
                attachments: [bytes])
            #expect(try await viewer.wire.ack(2_000, in: "/devices").json == [["ok": true]])
            #expect(Array(try #require(try await setting.device.arrivals.next()).payload.readableBytesView) == bytes)
        }
    }

    @Test("what is not granted is forbidden; what is no publication is refused")
    func refusals() async throws {
        try await withTopics { setting in
            let viewer = try await setting.viewer()
            for topic: JSONValue in ["devices/one/telemetry", "commands", "$SYS/x", "devices/one/commands/more"] {
                #expect(try await viewer.publish(topic, 1)["code"] == "FORBIDDEN", "\(topic)")
            }
            for topic: JSONValue in ["devices/+/commands", "devices/#", "", 5, [], nil, "devices/\u{0}/commands"] {
                #expect(try await viewer.publish(topic, 1)["code"] == "BAD_INPUT", "\(topic)")
            }
            for qos: JSONValue in [2, 3, -1, 1.5, "1", true] {
                let answer = try await viewer.publish("devices/one/commands", 1, ["qos": qos])
                #expect(answer["code"] == "BAD_INPUT", "\(qos)")
            }
            for options: JSONValue in [7, "qos", [], ["retain": "yes"], ["retain": 1]] {
                let answer = try await viewer.publish("devices/one/commands", 1, options)
                #expect(answer["code"] == "BAD_INPUT", "\(options)")
            }
            // Bytes within a list would come to the device as a word of the wire's.
            try await viewer.wire.socket.send(
                #"451-/devices,77["publish","devices/one/commands",[{"_placeholder":true,"num":0},1]]"#)
            try await viewer.wire.socket.send(binary: [1])
            #expect(try await viewer.wire.ack(77, in: "/devices").json[0]["code"] == "BAD_INPUT")
            let bare = try await viewer.wire.call("publish", "devices/one/commands", in: "/devices")[0]
            #expect(bare["code"] == "BAD_INPUT")
            #expect(setting.device.arrivals.takeAll().isEmpty)
            #expect(try await viewer.publish("devices/one/commands", 1, ["qos": 0])["ok"] == true)
        }
    }

    @Test("without a broker a publication is refused at once, and upstream tells of the loss and the return")
    func brokerDown() async throws {
        try await withTopics { setting in
            let viewer = try await setting.viewer(following: "devices/+/telemetry")
            setting.broker.kill()
            let isDown = try await viewer.wire.first("upstream down", within: .seconds(60)) {
                $0.json[0] == "upstream" && $0.json[1]["connected"] == false
            }
            #expect(try #require(isDown.json[1]["at"].int) > 1_500_000_000_000)
            let answer = try await viewer.publish("devices/one/commands", 1)
            #expect(answer["ok"] == false)
            #expect(answer["code"] == "BROKER_DOWN")
            // Whoever comes while it is down is told.
            let late = try await setting.viewer()
            #expect(try await late.wire.event("upstream", in: "/devices").json[1]["connected"] == false)

            try await setting.broker.restart()
            for viewer in [viewer, late] {
                _ = try await viewer.wire.first("upstream up", within: .seconds(60)) {
                    $0.json[0] == "upstream" && $0.json[1]["connected"] == true
                }
            }
            #expect(try await viewer.publish("devices/one/commands", 1)["ok"] == true)
        }
    }
}
