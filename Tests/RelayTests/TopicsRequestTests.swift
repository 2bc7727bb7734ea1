import MQTT
import NIOCore
import TestSupport
import Testing

/// Questions to devices, whose answers are the acks.
@Suite("topics: requests", .timeLimit(.minutes(4)))
struct TopicsRequestTests {
    @Test("the device's answer is the ack: JSON as JSON, bytes as bytes, with its properties; each to who asked")
    func answers() async throws {
        try await withTopics { setting in
            let answering = Task { try await Self.answer(setting.device, count: 24) }
            let viewers = [try await setting.viewer(in: "/plant"), try await setting.viewer(in: "/plant")]
            // Until the device's own subscription holds.
            try await eventually("the first answer", within: .seconds(60)) {
                try await viewers[0].request("plant/a/ask", "hello", ["timeout": 2_000])["ok"] == true
            }
            for number in 1...10 {
                for (index, viewer) in viewers.enumerated() {
                    let answer = try await viewer.request(
                        "plant/a/ask", .array([.number(Double(number)), .number(Double(index))]))
                    #expect(answer["ok"] == true)
                    #expect(answer["payload"] == ["echo": .array([.number(Double(number)), .number(Double(index))])])
                    #expect(answer["contentType"] == "application/json")
                    #expect(answer["properties"] == ["from": "a"])
                    #expect(try #require(answer["at"].int) > 1_500_000_000_000)
                }
            }
            try await viewers[0].wire.send(
                #"51-/plant,99["request","plant/a/ask",{"_placeholder":true,"num":0}]"#, attachments: [[0xff, 1]])
            let binary = try await viewers[0].wire.ack(99, in: "/plant")
            #expect(binary.json[0]["payload"] == ["_placeholder": true, "num": 0])
            #expect(binary.attachments == [[0xff, 1]])
            answering.cancel()
            _ = try? await answering.value
            let metrics = try await RawHTTP.get(port: setting.relay.port, "/metrics").text
            #expect(metrics.contains("\nrelay_requests_pending 0\n"))
        }
    }

    @Test("no answer in time, no grant, no sense: each refused with its code")
    func refusals() async throws {
        try await withTopics { setting in
            let viewer = try await setting.viewer(in: "/plant")
            let began = ContinuousClock.now
            #expect(try await viewer.request("plant/a/ask", 1, ["timeout": 300])["code"] == "TIMEOUT")
            #expect(ContinuousClock.now - began >= .milliseconds(300))
            #expect(try await viewer.request("plant/a/state", 1)["code"] == "FORBIDDEN")
            #expect(try await viewer.request("plant/+/ask", 1)["code"] == "BAD_INPUT")
            for timeout: JSONValue in [0, -1, 60_001, "5", 1.5, []] {
                #expect(try await viewer.request("plant/a/ask", 1, ["timeout": timeout])["code"] == "BAD_INPUT")
            }
        }
    }

    @Test("so many requests without an answer, and no more; when the link is lost all of them end at once")
    func bounds() async throws {
        try await withTopics { setting in
            let viewer = try await setting.viewer(in: "/plant")
            for id in 0..<101 {
                try await viewer.wire.send(#"2/plant,\#(id)["request","plant/a/ask",\#(id),{"timeout":60000}]"#)
            }
            #expect(try await viewer.wire.ack(100, in: "/plant").json[0]["code"] == "TOO_MANY")
            setting.broker.kill()
            var ended: Set<Int> = []
            while ended.count < 100 {
                let packet = try #require(try await viewer.wire.packet(within: .seconds(60)))
                guard packet.type == "3", let id = packet.id else { continue }
                let code = try #require(packet.json[0]["code"].string)
                // Some may not have had their PUBACK.
                #expect(["BROKER_DOWN", "BROKER_FAILED"].contains(code))
                ended.insert(id)
            }
            try await setting.untilReady(false)
            #expect(try await viewer.request("plant/a/ask", 1)["code"] == "BROKER_DOWN")
        }
    }

    @Test("on MQTT 3.1.1, which has no requests, they are refused and all else works")
    func version311() async throws {
        try await withTopics(mqtt: "version: 3.1.1") { setting in
            let viewer = try await setting.viewer(in: "/plant")
            #expect(try await viewer.request("plant/a/ask", 1)["code"] == "NOT_SUPPORTED")
            #expect(try await viewer.publish("plant/a/ask", 1)["ok"] == true)
        }
    }

    @Test("answers are the asking client's alone, even where a rule shows everything")
    func privacy() async throws {
        try await withBroker { broker in
            let device = try TopicsDevice(broker)
            let configuration = """
                mqtt: { url: "\(broker.url)", status: false }
                namespaces:
                  /all:
                    kind: topics
                    rules: [ { topics: "#" } ]
                    publish: [ "plant/{machine}/ask" ]
                """
            do {
                try await withRelay(.text(configuration)) { relay in
                    let setting = TopicsSetting(broker: broker, relay: relay, device: device, proxy: nil)
                    try await setting.untilReady(true)
                    try await device.untilUp()
                    let answering = Task { try await Self.answer(device, count: 100) }
                    let follower = try await setting.viewer(following: "#", in: "/all")
                    let viewer = try await setting.viewer(in: "/all")
                    try await eventually("an answer", within: .seconds(60)) {
                        try await viewer.request("plant/a/ask", "x", ["timeout": 2_000])["ok"] == true
                    }
                    try await device.publish("end", "1")
                    var topics: Set<String> = []
                    while !topics.contains("end") { topics.insert(try await follower.value().topic ?? "") }
                    #expect(topics == ["plant/a/ask", "end"])
                    answering.cancel()
                    _ = try? await answering.value
                }
            } catch {
                await device.stop()
                throw error
            }
            await device.stop()
        }
    }

    /// Answers so many requests, or until cancelled: bytes with the same, anything else with `{"echo": …}`.
    private static func answer(_ device: TopicsDevice, count: Int) async throws {
        for _ in 0..<count {
            guard let request = try await device.arrivals.next(within: .seconds(120)) else { return }
            guard let topic = request.properties?.responseTopic else { continue }
            let text = String(buffer: request.payload)
            let isJSON = JSONValue(parsing: text) != nil
            let properties = MQTTProperties(
                contentType: isJSON ? "application/json" : nil,
                correlationData: request.properties?.correlationData, user: [.init("from", "a")])
            let bytes = isJSON ? Array("{\"echo\":\(text)}".utf8) : Array(request.payload.readableBytesView)
            try await device.publish(topic, bytes, retain: false, properties)
        }
    }
}
