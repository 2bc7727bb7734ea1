import MQTT
import NIOCore
import Testing
import TestSupport

/// Against a real mosquitto.
struct RoundTripTests {
    @Test(arguments: MQTTConfiguration.Version.allCases, [QoS.atMostOnce, .atLeastOnce])
    func deliversBytesAsTheyWerePublished(version: MQTTConfiguration.Version, qos: QoS) async throws {
        try await withBroker { broker in
            let configuration = MQTTConfiguration(testing: broker.port, version: version)
            let all = try Subscription(parsing: "dev/+/data", qos: qos)
            try await withConnectedClient(configuration, subscriptions: [all]) { client, recorder in
                let payload = ByteBuffer(bytes: 0...255)
                try client.publish(to: TopicName("dev/ä/data"), payload, qos: qos)
                try client.publish(to: TopicName("elsewhere"), payload, qos: qos)
                try client.publish(to: TopicName("dev/2/data"), ByteBuffer(), qos: qos)
                try await recorder.wait("both messages") { $0.messages.count >= 2 }
                let messages = recorder.state.messages
                #expect(messages.map(\.topic) == ["dev/ä/data", "dev/2/data"])
                #expect(messages.map(\.payload) == [payload, ByteBuffer()])
                #expect(messages.allSatisfy { $0.qos == qos && !$0.retained && $0.properties == nil })
            }
        }
    }

    @Test(arguments: MQTTConfiguration.Version.allCases)
    func marksWhatComesFromTheBrokersStore(version: MQTTConfiguration.Version) async throws {
        try await withBroker { broker in
            let configuration = MQTTConfiguration(testing: broker.port, version: version)
            try await withConnectedClient(configuration) { client, recorder in
                try await client.publishAndWait(to: "state/1", "kept", retain: true)
                try client.setSubscriptions([Subscription(parsing: "state/#")])
                try await recorder.wait("the retained message") { $0.messages.count == 1 }
                try await client.publishAndWait(to: "state/1", "live")
                try await recorder.wait("the live message") { $0.messages.count == 2 }
                #expect(recorder.state.messages.map(\.retained) == [true, false])
            }
        }
    }

    @Test(arguments: [QoS.atMostOnce, .atLeastOnce])
    func keepsTheOrderOfTenThousandMessagesInBatches(qos: QoS) async throws {
        try await withBroker { broker in
            let configuration = MQTTConfiguration(testing: broker.port)
            let subscription = try Subscription(parsing: "seq", qos: qos)
            try await withConnectedClient(configuration, subscriptions: [subscription]) { client, recorder in
                let topic = try TopicName("seq")
                for number in 0..<10_000 {
                    try client.publish(to: topic, ByteBuffer(integer: UInt32(number)), qos: qos)
                }
                try await recorder.wait("all messages") { $0.messages.count >= 10_000 }
                let state = recorder.state
                #expect(state.messages.map { $0.payload.getInteger(at: 0, as: UInt32.self) } == (0..<10_000).map { $0 })
                #expect(state.batches.count < 10_000)
                #expect(state.batches.allSatisfy { $0.count < 1_024 + 200 })
            }
        }
    }

    @Test func carriesPropertiesWhenAsked() async throws {
        try await withBroker { broker in
            var configuration = MQTTConfiguration(testing: broker.port)
            configuration.wantsProperties = true
            let subscription = try Subscription(parsing: "p")
            try await withConnectedClient(configuration, subscriptions: [subscription]) { client, recorder in
                let properties = MQTTProperties(
                    payloadIsText: true, contentType: "text/plain", responseTopic: "answers/1",
                    correlationData: [0, 1, 255], expirySeconds: 60, user: [.init("k", "v"), .init("k", "w")])
                try await client.publishAndWait(to: "p", "hello", properties: properties)
                try await client.publishAndWait(to: "p", "bare")
                try await recorder.wait("both messages") { $0.messages.count == 2 }
                #expect(recorder.state.messages.first?.properties == properties)
                #expect(recorder.state.messages.last?.properties == nil)
            }
        }
    }

    @Test func completesAPublishAfterTheBrokersAcknowledgement() async throws {
        try await withBroker { broker in
            try await withConnectedClient(MQTTConfiguration(testing: broker.port)) { client, _ in
                for _ in 0..<500 { try await client.publishAndWait(to: "a", "b") }
                let counters = await client.counters()
                #expect(counters.acknowledged == 500)
                #expect(counters.outboundBytes == 0)
            }
        }
    }

    @Test func surfacesARefusedPublish() async throws {
        // An access list that lets clients at `open/` only.
        let rules = try Broker.file(containing: "topic readwrite open/#\n")
        defer { rules.remove() }
        try await withBroker(.init(lines: ["acl_file \(rules.path)"])) { broker in
            try await withConnectedClient(MQTTConfiguration(testing: broker.port)) { client, _ in
                try await client.publishAndWait(to: "open/a", "x")
                await #expect(throws: PublishError.refused(ReasonCode(0x87))) {
                    try await client.publishAndWait(to: "closed/a", "x")
                }
            }
        }
    }

    @Test func refusesQoS2WithAReason() async throws {
        try await withBroker { broker in
            try await withConnectedClient(MQTTConfiguration(testing: broker.port)) { client, _ in
                let refusal = #expect(throws: SubscriptionRefusal.self) {
                    try client.setSubscriptions([Subscription(parsing: "a", qos: .exactlyOnce)])
                }
                #expect(refusal?.reason == .exactlyOnceNotOffered)
                #expect(refusal?.description.contains("use QoS 1") == true)
                #expect(throws: PublishError.qosNotOffered(.exactlyOnce)) {
                    try client.publish(to: TopicName("a"), ByteBuffer(), qos: .exactlyOnce)
                }
            }
        }
    }

    @Test func subscribesToHundredsOfFiltersAndDropsThoseNoLongerWanted() async throws {
        try await withBroker { broker in
            let wanted = try (0..<450).map { try Subscription(parsing: "many/\($0)", qos: .atLeastOnce) }
            try await withConnectedClient(MQTTConfiguration(testing: broker.port), subscriptions: wanted) {
                client, recorder in
                try client.setSubscriptions(Array(wanted.prefix(2)) + [Subscription(parsing: "end")])
                for number in [0, 300, 1, 449] { try await client.publishAndWait(to: "many/\(number)", "x") }
                try await client.publishAndWait(to: "end", "x")
                try await recorder.wait("the end") { $0.messages.last?.topic == "end" }
                #expect(recorder.state.messages.map(\.topic) == ["many/0", "many/1", "end"])
                #expect(recorder.state.refusals.isEmpty)
            }
        }
    }

    @Test func countsAndDropsWhatIsLargerThanItTakes() async throws {
        try await withBroker { broker in
            var configuration = MQTTConfiguration(testing: broker.port, version: .v311)
            configuration.limits.packetBytes = 1_000
            let subscription = try Subscription(parsing: "big", qos: .atLeastOnce)
            try await withConnectedClient(configuration, subscriptions: [subscription]) { client, recorder in
                try await client.publishAndWait(to: "big", String(repeating: "x", count: 3_000))
                try await client.publishAndWait(to: "big", "small")
                try await recorder.wait("the small one") { !$0.messages.isEmpty }
                #expect(recorder.state.messages.map { String(buffer: $0.payload) } == ["small"])
                #expect(await client.counters().oversized == 1)
            }
        }
    }
}
