import MQTT
import TestSupport
import Testing

/// How long a value holds, and what is said of one that may not.
@Suite("topics: last values", .timeLimit(.minutes(4)))
struct TopicsLastValuesTests {
    @Test("an empty message is a delete where it is retained, and else a value; by MQTT 3.1.1 nobody can tell")
    func emptyMessages() async throws {
        for (version, code) in [("5", JSONValue.null), ("3.1.1", "NOT_FOUND")] {
            try await withTopics(mqtt: "version: \(version)") { setting in
                let viewer = try await setting.viewer(following: "plant/a/log", in: "/plant")
                try await setting.device.publish("plant/a/log", "1", retain: true)
                try await setting.device.publish("plant/a/log", "")
                #expect(try await viewer.value().payload == 1)
                #expect(try await viewer.value().packet.type == "5")
                #expect(try await viewer.call("last", "plant/a/log")["code"] == code, "\(version)")
                try await setting.device.publish("plant/a/log", "", retain: true)
                _ = try await viewer.value()
                #expect(try await viewer.call("last", "plant/a/log")["code"] == "NOT_FOUND")
            }
        }
    }

    @Test("a value keeps its age, and is stale while its device's status says offline")
    func staleByStatus() async throws {
        try await withTopics { setting in
            try await setting.device.publish("plant/a/status", "online", retain: true)
            try await setting.device.publish("plant/a/state", "1")
            let first = try await setting.viewer(in: "/plant")
            try await first.untilKnown("plant/a/state")
            let fresh = try await first.call("last", "plant/a/state")
            #expect(fresh["stale"] == nil)
            _ = try await first.call("subscribe", "plant/+/state")
            let value = try await first.value()
            #expect(value.remarks["stale"] == nil)
            #expect(value.remarks["at"] == fresh["at"])

            try await setting.device.publish("plant/a/status", "offline", retain: true)
            try await eventually("staleness", within: .seconds(60)) {
                try await first.call("last", "plant/a/state")["stale"] == true
            }
            // Another loop of the relay may serve this one.
            let late = try await setting.viewer(in: "/plant")
            try await eventually("staleness", within: .seconds(60)) {
                try await late.call("last", "plant/a/state")["stale"] == true
            }
            _ = try await late.call("subscribe", "plant/+/state")
            let stale = try await late.value()
            #expect(stale.remarks["stale"] == true)
            #expect(stale.remarks["at"] == fresh["at"])
            // What the device says itself is as fresh as can be.
            try await setting.device.publish("plant/a/state", "2")
            #expect(try await late.value().remarks["stale"] == nil)
            // The topic that tells is no more shown for it than before.
            #expect(try await late.call("subscribe", "plant/a/status")["code"] == "FORBIDDEN")
        }
    }

    @Test("without a link to the broker every value from the store is stale, and no longer when it is back")
    func staleByLink() async throws {
        try await withTopics { setting in
            try await setting.device.publish("devices/a/telemetry", "1")
            let viewer = try await setting.viewer()
            try await viewer.untilKnown("devices/a/telemetry")
            setting.broker.kill()
            try await setting.untilReady(false)
            let late = try await setting.viewer()
            try await eventually("staleness", within: .seconds(60)) {
                try await late.call("last", "devices/a/telemetry")["stale"] == true
            }
            _ = try await late.call("subscribe", "devices/+/telemetry")
            #expect(try await late.value().remarks["stale"] == true)
            try await setting.broker.restart()
            try await setting.untilReady(true)
            try await eventually("freshness", within: .seconds(60)) {
                try await late.call("last", "devices/a/telemetry")["stale"] == nil
            }
        }
    }

    @Test("a value whose time is up is given to nobody any more, and its viewers are told as by a delete")
    func expiry() async throws {
        try await withTopics { setting in
            let viewer = try await setting.viewer(following: ["devices/+/telemetry", "devices/+/log"])
            let events = MQTTProperties(expirySeconds: 1)
            try await setting.device.publish("devices/a/log", "1", events)
            try await setting.device.publish("devices/a/telemetry", "2", retain: true, MQTTProperties(expirySeconds: 3))
            #expect(try await viewer.value().payload == 1)
            let value = try await viewer.value()
            #expect(value.payload == 2)
            // Nothing is told of the event, whose time was up first: it has happened, whatever became of it.
            let end = try await viewer.value(within: .seconds(60))
            #expect(end.event == "telemetry" && end.topic == "devices/a/telemetry")
            #expect(end.packet.attachments == [[]])
            #expect(end.remarks["expired"] == true)
            let (began, ended) = (try #require(value.remarks["at"].int), try #require(end.remarks["at"].int))
            #expect(ended - began >= 2_000)
            for topic: JSONValue in ["devices/a/log", "devices/a/telemetry"] {
                #expect(try await viewer.call("last", topic)["code"] == "NOT_FOUND")
            }
            #expect(try await viewer.call("subscribe", "devices/+/telemetry")["snapshot"] == 0)
            let metrics = try await RawHTTP.get(port: setting.relay.port, "/metrics").text
            #expect(metrics.contains("\nrelay_topics_expired_total 2\n"))
        }
    }

    @Test("after a reconnect what the broker retained fills in, does not overtake what is newer, and is not told twice")
    func seeding() async throws {
        try await withTopics(hasProxy: true) { setting in
            let device = setting.device
            try await device.publish("devices/old/telemetry", "1", retain: true)
            try await device.publish("devices/same/log", "1", retain: true)
            try await device.publish("devices/changed/telemetry", "1", retain: true)
            try await device.publish("devices/old/telemetry", "2")
            let viewer = try await setting.viewer()
            try await viewer.untilKnown("devices/changed/telemetry")
            try await eventually("the newer value") {
                try await viewer.call("last", "devices/old/telemetry")["payload"] == 2
            }
            let age = try await viewer.call("last", "devices/same/log")["at"]
            let reader = try await setting.viewer()
            try await reader.untilKnown("devices/changed/telemetry")
            try await eventually("the newer value") {
                try await reader.call("last", "devices/old/telemetry")["payload"] == 2
            }
            _ = try await reader.call("subscribe", ["devices/+/telemetry", "devices/+/log"])
            _ = try await reader.values(3)

            setting.proxy?.close()
            try await setting.untilReady(false)
            try await device.publish("devices/changed/telemetry", "2", retain: true)
            try await device.publish("devices/new/telemetry", "1", retain: true)
            try await device.publish("devices/missed/telemetry", "1")
            setting.proxy?.open()
            try await setting.untilReady(true)
            try await device.publish("devices/end/log", "1")
            var told: [String] = []
            while told.last != "devices/end/log" { told.append(try await reader.value().topic ?? "") }
            #expect(told.dropLast().sorted() == ["devices/changed/telemetry", "devices/new/telemetry"])

            try await viewer.untilKnown("devices/end/log")
            #expect(try await viewer.call("last", "devices/changed/telemetry")["payload"] == 2)
            #expect(try await viewer.call("last", "devices/old/telemetry")["payload"] == 2)
            #expect(try await viewer.call("last", "devices/same/log")["at"] == age)
            #expect(try await viewer.call("last", "devices/missed/telemetry")["code"] == "NOT_FOUND")
        }
    }
}
