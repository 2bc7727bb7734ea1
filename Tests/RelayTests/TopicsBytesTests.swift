import Foundation
import MQTT
import TestSupport
import Testing

@testable import Relay

/// Topics are the same when their bytes are (MQTT 5 §1.5.4): two spellings of one accented letter make two topics.
@Suite("topics: byte by byte", .timeLimit(.minutes(3)))
struct TopicsBytesTests {
    private static let composed = "caf\u{E9}"
    private static let decomposed = "cafe\u{301}"

    @Test("each of two spellings has its own value, viewers and end")
    func spellings() async throws {
        try await withTopics { setting in
            let (one, two) = ("devices/\(Self.composed)/telemetry", "devices/\(Self.decomposed)/telemetry")
            let composed = try await setting.viewer(following: .string(one))
            let decomposed = try await setting.viewer(following: .string(two))
            try await setting.device.publish(one, "1", retain: true)
            try await setting.device.publish(two, "2", retain: true)
            #expect(try await composed.value().payload == 1)
            #expect(try await decomposed.value().payload == 2)
            try await setting.device.publish(two, "", retain: true)
            #expect(try await decomposed.value().packet.type == "5")
            #expect(try await decomposed.call("last", .string(two))["code"] == "NOT_FOUND")
            try await composed.untilKnown(one)
            #expect(try await composed.call("last", .string(one))["payload"] == 1)
            try await setting.device.publish(two, "3")
            #expect(try await decomposed.value().payload == 3)
            try await setting.device.publish(one, "4")
            #expect(try await composed.value().payload == 4, "nothing came between that is the other's")
        }
    }

    @Test("a namespace has one spelling, so nobody gets another's topics by a second one")
    func namespaces() async throws {
        try await withTopics { setting in
            let viewer = try await setting.viewer(in: "/site/\(Self.composed)")
            let filter = "site/\(Self.composed)/+/telemetry"
            #expect(try await viewer.call("subscribe", .string(filter))["ok"] == true)
            try await setting.device.publish("site/\(Self.decomposed)/x/telemetry", "1")
            try await setting.device.publish("site/\(Self.composed)/x/telemetry", "2")
            #expect(try await viewer.value().payload == 2)
            let wire = try await SocketWire(.socketIO(setting.relay))
            try await wire.send("0/site/\(Self.decomposed),")
            let refusal = try #require(try await wire.packet())
            #expect(refusal.type == "4" && refusal.json["message"] == "Invalid namespace")
        }
    }

    @Test("names, filters and keys; what overlaps and what does not")
    func values() throws {
        let (one, two) = ("a/\(Self.composed)", "a/\(Self.decomposed)")
        #expect(one == two, "or the rest shows nothing")
        #expect(try TopicName(one) != TopicName(two) && TopicFilter(one) != TopicFilter(two))
        #expect(TopicKey(one) != TopicKey(two) && TopicKey(one) == TopicKey(one))
        #expect(Set([TopicKey(one), TopicKey(two)]).count == 2)
        #expect(try !SubscriptionCover.overlap(TopicFilter(one), TopicFilter(two)))
        #expect(try SubscriptionCover.overlap(TopicFilter("a/+"), TopicFilter(two)))
    }
}
