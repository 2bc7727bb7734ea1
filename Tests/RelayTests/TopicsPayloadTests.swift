import TestSupport
import Testing

/// How a device's bytes reach a browser.
@Suite("topics: payloads", .timeLimit(.minutes(3)))
struct TopicsPayloadTests {
    @Test("JSON arrives byte for byte under the rule's event, with its topic and time")
    func json() async throws {
        try await withTopics { setting in
            let viewer = try await setting.viewer(following: "devices/+/telemetry")
            let payloads = [
                #"{ "b" : 1.50, "a":[1,  2e0], "b":"\u00e9 é 🚲" }"#, "12345678901234567890.0", #""text""#, "[]", "null",
                "{\n\t\"line\": true\n}",
            ]
            for payload in payloads {
                try await setting.device.publish("devices/one/telemetry", payload)
                let value = try await viewer.value()
                #expect(value.payloadText.map(String.init) == payload)
                #expect(value.event == "telemetry")
                #expect(value.topic == "devices/one/telemetry")
                #expect(value.packet.attachments.isEmpty)
                let at = try #require(value.packet.json[3]["at"].int)
                #expect(at > 1_500_000_000_000)
                #expect(value.packet.json[3].object?.keys.sorted() == ["at"])
            }
        }
    }

    @Test(
        "what is no JSON arrives as a binary attachment, and can add no arguments",
        arguments: [
            Array(#"1],["x""#.utf8), Array("1,2".utf8), Array("{".utf8), Array("plain".utf8), [0xff, 0, 1],
            Array(#""a" "b""#.utf8), Array(#"{"_placeholder":true,"num":1}]"#.utf8), [0x22, 0xff, 0x22],
        ])
    func notJSON(payload: [UInt8]) async throws {
        try await withTopics { setting in
            let viewer = try await setting.viewer(following: "devices/+/telemetry")
            try await setting.device.publish("devices/one/telemetry", payload)
            let value = try await viewer.value()
            #expect(value.packet.type == "5")
            #expect(value.packet.json.array?.count == 4)
            #expect(value.payload == ["_placeholder": true, "num": 0])
            #expect(value.packet.attachments == [payload])
        }
    }

    @Test("payload: binary attaches JSON too; payload: text makes a string of any text")
    func forms() async throws {
        try await withTopics { setting in
            let viewer = try await setting.viewer(following: ["devices/+/frame", "devices/+/text"])
            try await setting.device.publish("devices/one/frame", "{}")
            let frame = try await viewer.value()
            #expect(frame.event == "frame")
            #expect(frame.packet.attachments == [Array("{}".utf8)])
            try await setting.device.publish("devices/one/text", #"a "b" \ é"# + "\n\u{1}")
            let text = try await viewer.value()
            #expect(text.payload == .string(#"a "b" \ é"# + "\n\u{1}"))
            try await setting.device.publish("devices/one/text", "17")
            #expect(try await viewer.value().payload == "17")
            try await setting.device.publish("devices/one/text", [0xc3, 0x28])
            #expect(try await viewer.value().packet.attachments == [[0xc3, 0x28]])
        }
    }
}
