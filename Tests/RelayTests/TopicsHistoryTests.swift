import MQTT
import TestSupport
import Testing

/// Values of the past, rates that change, and what MQTT 5 says besides the payload.
@Suite("topics: history, rates and properties", .timeLimit(.minutes(4)))
struct TopicsHistoryTests {
    @Test(
        "history: the last values of each topic come in order before the live ones, the past marked",
        arguments: [
            ("state", "state"), ("log", "event"),
        ])
    func history(topic: String, delivery: String) async throws {
        try await withTopics { setting in
            for number in 1...8 {
                for machine in ["a", "b"] { try await setting.device.publish("plant/\(machine)/\(topic)", "\(number)") }
            }
            let viewer = try await setting.viewer(in: "/plant")
            try await eventually("the last value", within: .seconds(60)) {
                try await viewer.call("last", .string("plant/b/\(topic)"))["payload"] == 8
            }
            let answer = try await viewer.call("subscribe", .string("plant/+/\(topic)"), ["history": 3])
            #expect(answer["snapshot"] == 6)
            try await setting.device.publish("plant/a/\(topic)", "9")
            let values = try await viewer.values(7)
            #expect(values.filter { $0.topic == "plant/a/\(topic)" }.map(\.payload.int) == [6, 7, 8, 9])
            #expect(values.filter { $0.topic == "plant/b/\(topic)" }.map(\.payload.int) == [6, 7, 8])
            for value in values {
                let isPast = try #require(value.payload.int) < 8
                #expect((value.remarks["history"] == true) == isPast)
                #expect(value.skipped == 0)
            }
            // No more than the rule remembers, and only if asked.
            #expect(try await viewer.call("subscribe", .string("plant/a/\(topic)"), ["history": 100])["snapshot"] == 5)
            #expect(try await viewer.values(5).map(\.payload.int) == [5, 6, 7, 8, 9])
            #expect(try await viewer.call("subscribe", .string("plant/a/\(topic)"))["snapshot"] == 1)
            #expect(try await viewer.value().payload == 9)
        }
    }

    @Test("a topic without a history has its last value only; what is no number of values is refused")
    func noHistory() async throws {
        try await withTopics { setting in
            for number in 1...3 { try await setting.device.publish("devices/a/telemetry", "\(number)") }
            let viewer = try await setting.viewer()
            try await eventually("the last value") {
                try await viewer.call("last", "devices/a/telemetry")["payload"] == 3
            }
            let answer = try await viewer.call("subscribe", "devices/a/telemetry", ["history": 3, "snapshot": false])
            #expect(answer["snapshot"] == 1)
            #expect(try await viewer.value().payload == 3)
            for history: JSONValue in [-1, 1.5, "3", []] {
                let answer = try await viewer.call("subscribe", "devices/a/telemetry", ["history": history])
                #expect(answer["code"] == "BAD_INPUT", "\(history)")
            }
        }
    }

    @Test("maxHz can be changed by subscribing again: a value that waits for its time does not wait for the old one")
    func changedRate() async throws {
        try await withTopics { setting in
            let viewer = try await setting.viewer(following: "devices/one/telemetry", ["maxHz": 0.01])
            try await setting.device.publish("devices/one/telemetry", "1")
            #expect(try await viewer.value().payload == 1)
            for number in 2...4 { try await setting.device.publish("devices/one/telemetry", "\(number)") }
            try await eventually("the last value in the store") {
                try await viewer.call("last", "devices/one/telemetry")["payload"] == 4
            }
            // A hundred seconds were left.
            let options: JSONValue = ["maxHz": 100, "snapshot": false]
            try await viewer.wire.emit("subscribe", "devices/one/telemetry", options, in: "/devices")
            let value = try await viewer.value()
            #expect(value.payload == 4)
            #expect(value.skipped == 2)
        }
    }

    @Test("of the rule's rate and the viewer's wish the lower counts")
    func lowerRate() async throws {
        try await withTopics { setting in
            let eager = try await setting.viewer(following: "plant/+/slow", ["maxHz": 1_000], in: "/plant")
            let modest = try await setting.viewer(following: "plant/+/slow", ["maxHz": 0.5], in: "/plant")
            let began = ContinuousClock.now
            for number in 1...300 {
                try await setting.device.publish("plant/a/slow", "\(number)")
                try await Task.sleep(for: .milliseconds(5))
            }
            for (viewer, rate) in [(eager, 2.0), (modest, 0.5)] {
                var received: [Int] = []
                while received.last != 300 { received.append(try #require(try await viewer.value().payload.int)) }
                let seconds = (ContinuousClock.now - began) / .seconds(1)
                #expect(Double(received.count) <= rate * seconds + 1.5)
                #expect(received == received.sorted() && Set(received).count == received.count)
            }
        }
    }

    @Test("content type and user properties come along where the rule asks for them, and only there")
    func properties() async throws {
        try await withTopics { setting in
            let viewer = try await setting.viewer(following: ["plant/+/state", "plant/+/log"], in: "/plant")
            let properties = MQTTProperties(
                contentType: "text/\"x\"", user: [.init("unit", "°C"), .init("tag", "a"), .init("tag", "b")])
            try await setting.device.publish("plant/a/state", "1", properties)
            let value = try await viewer.value()
            #expect(value.remarks["contentType"] == "text/\"x\"")
            #expect(value.remarks["properties"] == ["unit": "°C", "tag": ["a", "b"]])
            try await setting.device.publish("plant/a/log", "1", properties)
            #expect(try await viewer.value().remarks.object?.keys.sorted() == ["at"])
            try await setting.device.publish("plant/a/state", "2")
            #expect(try await viewer.value().remarks.object?.keys.sorted() == ["at"])
        }
    }

    @Test(
        "a topic that is both shown and granted makes no loop: each publication comes back once",
        arguments: [
            "plant/a/commands", "plant/a/wish",
        ])
    func noLoop(topic: String) async throws {
        try await withTopics { setting in
            let sender = try await setting.viewer(following: .string(topic), in: "/plant")
            let other = try await setting.viewer(following: .string(topic), in: "/plant")
            for number in 1...20 {
                try await sender.wire.emit("publish", .string(topic), .number(Double(number)), in: "/plant")
                for viewer in [sender, other] { #expect(try await viewer.value().payload.int == number) }
            }
            try await setting.device.publish(topic, "21")
            for viewer in [sender, other] { #expect(try await viewer.value().payload == 21) }
        }
    }
}
