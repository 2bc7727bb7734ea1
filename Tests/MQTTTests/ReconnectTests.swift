import Glibc
import MQTT
import NIOConcurrencyHelpers
import NIOCore
import Testing
import TestSupport

/// The link goes and comes back.
struct ReconnectTests {
    @Test(arguments: MQTTConfiguration.Version.allCases)
    func comesBackByItselfWhenTheBrokerDoes(version: MQTTConfiguration.Version) async throws {
        try await withBroker { broker in
            let configuration = MQTTConfiguration(testing: broker.port, version: version)
            let subscription = try Subscription(parsing: "x/#", qos: .atLeastOnce)
            try await withConnectedClient(configuration, subscriptions: [subscription]) { client, recorder in
                for round in 1...2 {
                    broker.kill()
                    try await recorder.wait("link down") { $0.isDown }
                    #expect(throws: PublishError.notConnected) {
                        try client.publish(to: TopicName("x/lost"), ByteBuffer(), qos: .atLeastOnce)
                    }
                    try await broker.restart()
                    try await recorder.wait("link up again") { $0.ups > round }
                    try await client.publishAndWait(to: "x/\(round)", "back")
                    try await recorder.wait("the message after the restart") { $0.messages.count == round }
                }
                #expect(recorder.state.messages.map(\.topic) == ["x/1", "x/2"])
                #expect(recorder.state.downs.allSatisfy { [.lost, .unreachable].contains($0.kind) })
            }
        }
    }

    @Test func failsWhatTheBrokerHadNotAcknowledged() async throws {
        let server = try FakeBroker { connection in
            connection.acceptClient()
            // Swallows publishes without acknowledging them, and goes when it has the third. Pings do not count.
            var publishes = 0
            while publishes < 3, let packet = connection.readPacket() {
                if packet.first.map({ $0 & 0xF0 }) == 0x30 { publishes += 1 }
            }
        }
        defer { server.stop() }
        try await withConnectedClient(MQTTConfiguration(testing: server.port)) { client, _ in
            let results = NIOLockedValueBox<[Result<Void, PublishError>]>([])
            for _ in 0..<3 {
                try client.publish(to: TopicName("a"), ByteBuffer(string: "b"), qos: .atLeastOnce) { result in
                    results.withLockedValue { $0.append(result) }
                }
            }
            try await eventually("three answers") { results.withLockedValue(\.count) == 3 }
            for result in results.withLockedValue(\.self) {
                #expect(throws: PublishError.linkLost) { try result.get() }
            }
        }
    }

    @Test func publishesTheWillOfADeviceThatVanishes() async throws {
        try await withBroker { broker in
            let watcherConfiguration = MQTTConfiguration(testing: broker.port)
            let all = try Subscription(parsing: "will/#", qos: .atLeastOnce)
            try await withConnectedClient(watcherConfiguration, subscriptions: [all]) { watcher, recorder in
                // Its own answer tells that the subscription is in force.
                try await watcher.publishAndWait(to: "will/ready", "")
                var configuration = MQTTConfiguration(testing: broker.port)
                configuration.will = MQTTWill(topic: try TopicName("will/a"), payload: ByteBuffer(string: "offline"))
                try await withDevice(configuration) { device in
                    try await device.wait(for: .up)
                    await device.disconnect()
                    try await device.wait(for: .idle)
                    await device.connect()
                    try await device.wait(for: .up)
                    await device.abandon()
                    try await recorder.wait("the will") { $0.messages.contains { $0.topic == "will/a" } }
                    #expect(await device.state == .idle)
                }
                try await watcher.publishAndWait(to: "will/end", "")
                try await recorder.wait("the end") { $0.messages.last?.topic == "will/end" }
                // One will: leaving in order publishes none.
                #expect(recorder.state.messages.map(\.topic) == ["will/ready", "will/a", "will/end"])
            }
        }
    }

    @Test func sendsWhatIsQueuedBeforeItLeaves() async throws {
        try await withBroker { broker in
            let configuration = MQTTConfiguration(testing: broker.port)
            let all = try Subscription(parsing: "bye/#", qos: .atLeastOnce)
            try await withConnectedClient(configuration, subscriptions: [all]) { watcher, recorder in
                try await watcher.publishAndWait(to: "bye/ready", "")
                try await withConnectedClient(configuration) { leaver, _ in
                    for number in 0..<2_000 {
                        try leaver.publish(to: TopicName("bye/\(number)"), ByteBuffer(), qos: .atLeastOnce)
                    }
                    await leaver.stop(within: .seconds(60))
                }
                try await recorder.wait("all of it") { $0.messages.count == 2_001 }
            }
        }
    }

    @Test func saysThatThePasswordIsWrong() async throws {
        try await withBroker(.init(user: ("me", "right"))) { broker in
            for version in MQTTConfiguration.Version.allCases {
                var configuration = MQTTConfiguration(testing: broker.port, version: version)
                configuration.username = "me"
                configuration.password = "wrong"
                try await withClient(configuration) { _, recorder in
                    try await recorder.wait("two refusals") { $0.downs.count >= 2 }
                    let reason = try #require(recorder.state.downs.first)
                    #expect(reason.kind == .credentials)
                    #expect(reason.needsAttention)
                    #expect(reason.text.contains("not authorized") || reason.text.contains("password"))
                }
                configuration.password = "right"
                try await withConnectedClient(configuration) { client, _ in #expect(client.isUp) }
            }
        }
    }

    /// `select`, which libmosquitto's own loop uses, knows descriptors up to 1,023.
    @Test func worksBeyond1024Descriptors() async throws {
        raiseDescriptorLimit()
        let many = (0..<1_200).map { _ in dup(2) }
        defer { many.forEach { close($0) } }
        try #require((many.max() ?? 0) > 1_100)
        try await withBroker { broker in
            let subscription = try Subscription(parsing: "a", qos: .atLeastOnce)
            try await withConnectedClient(MQTTConfiguration(testing: broker.port), subscriptions: [subscription]) {
                client, recorder in
                try await client.publishAndWait(to: "a", "1")
                broker.kill()
                try await recorder.wait("link down") { $0.isDown }
                try await broker.restart()
                try await recorder.wait("link up again") { $0.ups == 2 }
                try await client.publishAndWait(to: "a", "2")
                try await recorder.wait("both messages") { $0.messages.count == 2 }
            }
        }
    }

    /// Each attempt may wake the thread a few times; a spin would do so thousands of times.
    @Test(arguments: [false, true])
    func doesNotSpinWhileNobodyListens(tls: Bool) async throws {
        let port = try LoopbackPort.closed()
        var configuration = MQTTConfiguration(testing: port)
        if tls { configuration.tls = .init() }
        try await withDevice(configuration) { device in
            try await eventually("ten attempts") { device.downs.count >= 10 }
            #expect(device.turnsPerDown < 20, "\(device.turns)")
            if !tls { #expect(Set(device.downs.map(\.text)) == ["Connection refused"]) }
            #expect(Set(device.downs.map(\.kind)) == [.unreachable])
        }
    }

    @Test func surfacesAHostThatDoesNotExist() async throws {
        var configuration = MQTTConfiguration(testing: 1883)
        configuration.host = "no-such-host.invalid"
        try await withClient(configuration) { _, recorder in
            try await recorder.wait("the failure") { !$0.downs.isEmpty }
            #expect(recorder.state.downs.first?.kind == .unreachable)
            #expect(recorder.state.downs.first?.text.contains("no-such-host.invalid") == true)
        }
    }
}

func raiseDescriptorLimit() {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
