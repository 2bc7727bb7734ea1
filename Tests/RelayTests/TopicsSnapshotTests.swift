import TestSupport
import Testing

/// What a late joiner sees.
@Suite("topics: snapshots", .timeLimit(.minutes(4)))
struct TopicsSnapshotTests {
    @Test("the ack comes first and says how many values follow; they come before any live one")
    func order() async throws {
        try await withTopics { setting in
            for number in 0..<200 {
                try await setting.device.publish("devices/d\(number)/telemetry", "{\"v\":0}", retain: number % 2 == 0)
            }
            let viewer = try await setting.viewer()
            try await viewer.untilKnown("devices/d199/telemetry")
            try await viewer.wire.send(#"2/devices,77["subscribe","devices/+/telemetry"]"#)
            for number in 0..<50 { try await setting.device.pour("devices/new\(number)/telemetry", #"{"v":1}"#) }
            let ack = try #require(try await viewer.wire.packet())
            #expect(ack.type == "3")
            #expect(ack.id == 77)
            let announced = try #require(ack.json[0]["snapshot"].int)
            // What came between the question and the answer may be in it.
            #expect((200...250).contains(announced))
            let topics = try await viewer.values(announced).compactMap(\.topic)
            #expect(Set(topics).count == announced)
            #expect(Set((0..<200).map { "devices/d\($0)/telemetry" }).isSubset(of: Set(topics)))
            let live = try await viewer.values(250 - announced)
            #expect(Set(live.compactMap(\.topic)).isDisjoint(with: Set(topics)))
        }
    }

    @Test("snapshot: false brings live values only; a retained delete clears a topic")
    func noSnapshotAndDelete() async throws {
        try await withTopics { setting in
            for name in ["a", "b"] { try await setting.device.publish("devices/\(name)/telemetry", "1", retain: true) }
            let viewer = try await setting.viewer()
            try await viewer.untilKnown("devices/b/telemetry")
            let without = try await viewer.call("subscribe", "devices/+/telemetry", ["snapshot": false])
            #expect(without["snapshot"] == 0)
            try await setting.device.publish("devices/b/telemetry", "2", retain: true)
            let live = try await viewer.value()
            #expect(live.payload == 2)

            try await setting.device.publish("devices/a/telemetry", "", retain: true)
            #expect(try await viewer.value().packet.attachments == [[]])
            #expect(try await viewer.call("last", "devices/a/telemetry")["code"] == "NOT_FOUND")
            let late = try await setting.viewer()
            try await late.untilKnown("devices/b/telemetry")
            try await eventually("the delete everywhere") {
                try await late.call("last", "devices/a/telemetry")["code"] == "NOT_FOUND"
            }
            #expect(try await late.call("subscribe", "devices/+/telemetry")["snapshot"] == 1)
            #expect(try await late.value().topic == "devices/b/telemetry")
        }
    }

    @Test("12,500 retained topics of 1.5 kB reach a relay that starts later, and its late joiner, whole")
    func retainedAtStart() async throws {
        try await withBroker { broker in
            let device = try TopicsDevice(broker)
            do {
                try await device.untilUp()
                let filling = String(repeating: "x", count: 1_450)
                for number in 0..<12_500 {
                    try await device.pour(
                        "devices/d\(number)/telemetry", #"{"n":\#(number),"x":"\#(filling)"}"#, retain: true)
                }
                try await device.publish("devices/last/telemetry", "1", retain: true)
                let configuration = "mqtt: { url: \"\(broker.url)\", status: false }"
                try await withRelay(.text(configuration)) { relay in
                    let setting = TopicsSetting(broker: broker, relay: relay, device: device, proxy: nil)
                    try await setting.untilReady(true)
                    try await eventually("all topics in the store", within: .seconds(60)) {
                        let metrics = try await RawHTTP.get(port: relay.port, "/metrics").text
                        return metrics.contains("\nrelay_topics 12501\n")
                    }
                    let viewer = try await setting.viewer(receiveBuffer: 16_384)
                    try await viewer.untilKnown("devices/last/telemetry")
                    #expect(try await viewer.call("subscribe", "devices/+/telemetry")["snapshot"] == 12_501)
                    let topics = try await viewer.values(12_501).compactMap(\.topic)
                    #expect(Set(topics).count == 12_501)
                }
            } catch {
                await device.stop()
                throw error
            }
            await device.stop()
        }
    }

    @Test("3,000 topics of 1.5 kB reach a late joiner whole, though they are more than the queue holds")
    func large() async throws {
        try await withTopics(queue: "100kB") { setting in
            let filling = String(repeating: "x", count: 1_450)
            for number in 0..<3_000 {
                try await setting.device.pour("devices/d\(number)/telemetry", #"{"n":\#(number),"x":"\#(filling)"}"#)
            }
            try await setting.device.publish("devices/last/log", "1")
            let viewer = try await setting.viewer(receiveBuffer: 16_384)
            try await viewer.untilKnown("devices/last/log")
            let answer = try await viewer.call("subscribe", ["devices/+/telemetry", "devices/+/log"])
            #expect(answer["snapshot"] == 3_001)
            let values = try await viewer.values(3_001)
            #expect(values.dropLast().map { $0.payload["n"].int } == Array(0..<3_000))
            #expect(values.allSatisfy { $0.topic == "devices/last/log" || $0.payload["x"].string == filling })
            try await setting.device.publish("devices/last/log", "2")
            #expect(try await viewer.value().payload == 2)
        }
    }
}
