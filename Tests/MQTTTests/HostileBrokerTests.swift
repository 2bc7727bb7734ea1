import Dispatch
import Glibc
import MQTT
import NIOCore
import Synchronization
import TestSupport
import Testing

/// Brokers that break off, say nothing, or say what they must not. None of it may stop the client for good.
struct HostileBrokerTests {
    private func configuration(_ server: FakeBroker) -> MQTTConfiguration {
        MQTTConfiguration(testing: server.port)
    }

    @Test func givesUpOnABrokerThatNeverAnswers() async throws {
        let server = try FakeBroker { $0.readUntilGone() }
        defer { server.stop() }
        var configuration = self.configuration(server)
        configuration.connectTimeout = .milliseconds(300)
        try await withDevice(configuration) { device in
            try await eventually("two attempts given up") { device.downs.count >= 2 }
            #expect(device.downs.allSatisfy { $0.kind == .timeout })
            #expect(device.turnsPerDown < 20, "\(device.turns)")
        }
    }

    @Test(arguments: [false, true])
    func doesNotSpinOnABrokerThatHangsUpAtOnce(tls: Bool) async throws {
        let server = try FakeBroker { _ in }
        defer { server.stop() }
        var configuration = self.configuration(server)
        if tls { configuration.tls = .init() }
        try await withDevice(configuration) { device in
            try await eventually("ten attempts") { device.downs.count >= 10 }
            #expect(device.turnsPerDown < 20, "\(device.turns)")
        }
    }

    /// As when a child process inherits the socket: epoll goes on reporting it after it was closed.
    @Test func doesNotSpinOnASocketThatSomebodyElseHoldsOpen() async throws {
        let server = try FakeBroker { connection in
            connection.acceptClient()
            _ = connection.readPacket()
        }
        defer { server.stop() }
        let subscription = try Subscription(parsing: "a")
        try await withDevice(self.configuration(server)) { device in
            try await eventually("a link") { await device.state == .up }
            let copies = try server.copiesOfClientSockets()
            defer { copies.forEach { close($0) } }
            try #require(!copies.isEmpty)
            try await device.setSubscriptions([subscription])
            try await eventually("ten links lost") { device.downs.count >= 10 }
            #expect(device.turnsPerDown < 20, "\(device.turns)")
        }
    }

    /// libmosquitto's own loop would end here for good.
    @Test(arguments: [0x88, 0x89, 0x97] as [UInt8])
    func triesAgainAfterARefusal(code: UInt8) async throws {
        let server = try FakeBroker { $0.acceptClient(code: code) }
        defer { server.stop() }
        try await withDevice(self.configuration(server)) { device in
            try await eventually("three refusals") { device.downs.count >= 3 }
            let reason = try #require(device.downs.first)
            #expect(reason.kind == .refused)
            #expect(reason.text == "refused by the broker: \(ReasonCode(code))")
            #expect(!reason.needsAttention)
        }
    }

    /// And here, too.
    @Test func comesBackAfterTheBrokerDisconnects() async throws {
        let server = try FakeBroker { connection in
            connection.acceptClient()
            connection.write([0xE0, 2, 0x8B, 0])
            connection.readUntilGone()
        }
        defer { server.stop() }
        try await withDevice(self.configuration(server)) { device in
            try await eventually("three disconnects") { device.downs.count >= 3 }
            let reason = try #require(device.downs.first)
            #expect(reason.kind == .serverDisconnect)
            #expect(reason.text.contains("server shutting down"))
            #expect(await device.counters.connects >= 3)
        }
    }

    @Test func deliversWhatCameBeforeTheEnd() async throws {
        let server = try FakeBroker { connection in
            connection.acceptClient()
            connection.write([0x30, 5, 0, 1, 0x61, 0, 0x78] + [0xE0, 2, 0x8B, 0])
            connection.readUntilGone()
        }
        defer { server.stop() }
        try await withClient(self.configuration(server)) { _, recorder in
            try await recorder.wait("a message and the end") { !$0.messages.isEmpty && !$0.downs.isEmpty }
            #expect(recorder.state.messages.first?.topic == "a")
        }
    }

    @Test func neverTrapsOnATopicThatIsNoText() async throws {
        let server = try FakeBroker { connection in
            connection.acceptClient()
            connection.write([0x30, 6, 0, 2, 0xC3, 0x28, 0, 0x78])
            connection.readUntilGone()
        }
        defer { server.stop() }
        try await withClient(self.configuration(server)) { client, recorder in
            // The library ends the link itself; a version that does not would have the message counted and dropped.
            try await eventually("an end or a count") {
                let invalidTopics = await client.counters().invalidTopics
                return !recorder.state.downs.isEmpty || invalidTopics > 0
            }
            #expect(recorder.state.messages.isEmpty)
        }
    }

    @Test func endsTheLinkWhenQoS2Arrives() async throws {
        let server = try FakeBroker { connection in
            connection.acceptClient()
            connection.write([0x34, 7, 0, 1, 0x61, 0, 1, 0, 0x78])
            _ = connection.readPacket()
            connection.write([0x62, 2, 0, 1])
            connection.readUntilGone()
        }
        defer { server.stop() }
        try await withClient(self.configuration(server)) { _, recorder in
            try await recorder.wait("the end") { !$0.downs.isEmpty }
            #expect(recorder.state.downs.first?.text.contains("QoS 2") == true)
            #expect(recorder.state.messages.isEmpty)
        }
    }

    @Test func isSubscribedWhenTheBrokerHasAnsweredAndNotBefore() async throws {
        let released = DispatchSemaphore(value: 0)
        let server = try FakeBroker { connection in
            connection.acceptClient()
            guard let packet = connection.readPacket(), packet.count > 3 else { return }
            released.wait()
            connection.write([0x90, 4, packet[1], packet[2], 0, 0x00])
            connection.readUntilGone()
        }
        defer { server.stop() }
        defer { released.signal() }
        let subscription = try Subscription(parsing: "a")
        try await withClient(self.configuration(server), subscriptions: [subscription]) { client, recorder in
            try await recorder.wait("link up") { $0.ups == 1 }
            #expect(recorder.state.links == [.up(sessionPresent: false)])
            released.signal()
            try await recorder.wait("subscribed") { $0.links == [.up(sessionPresent: false), .subscribed] }
        }
    }

    @Test func surfacesRefusedSubscriptions() async throws {
        let server = try FakeBroker { connection in
            connection.acceptClient()
            // SUBSCRIBE: the identifier is behind the first byte.
            guard let packet = connection.readPacket(), packet.count > 3 else { return }
            connection.write([0x90, 5, packet[1], packet[2], 0, 0x01, 0x87])
            connection.readUntilGone()
        }
        defer { server.stop() }
        let subscriptions = try ["a", "b", "c"].map { try Subscription(parsing: $0, qos: .atLeastOnce) }
        try await withClient(self.configuration(server), subscriptions: subscriptions) { _, recorder in
            try await recorder.wait("two refusals") { $0.refusals.count == 2 }
            #expect(recorder.state.refusals.map(\.filter.string) == ["b", "c"])
            #expect(recorder.state.refusals.first?.reason == .broker(code: 0x87))
        }
    }

    @Test func boundsWhatWaitsForABrokerThatDoesNotRead() async throws {
        let server = try FakeBroker { connection in
            connection.acceptClient()
            connection.waitWithoutReading()
        }
        defer { server.stop() }
        var configuration = self.configuration(server)
        configuration.limits.outboundBytes = 1 << 20
        try await withConnectedClient(configuration) { client, _ in
            let topic = try TopicName("flood")
            let payload = ByteBuffer(repeating: 0x61, count: 64 << 10)
            #expect(throws: PublishError.tooLarge) {
                try client.publish(to: topic, ByteBuffer(repeating: 0, count: 2 << 20))
            }
            // The kernel takes some megabytes, then the queue fills, then there is no more.
            await #expect(throws: PublishError.queueFull) {
                for _ in 0..<4_000 {
                    try client.publish(to: topic, payload)
                    _ = await client.counters()
                }
            }
            #expect(await client.counters().outboundBytes <= 1 << 20)
            await client.stop(within: .milliseconds(100))
        }
    }

    /// Of MQTT 3.1.1: at a property it does not know, an MQTT 5 broker's, libmosquitto 2.0.11 aborts the process.
    @Test func survivesNonsense() async throws {
        let number = Atomic(0)
        let server = try FakeBroker { connection in
            _ = connection.readPacket()
            connection.write([0x20, 2, 0, 0])
            var random = SplitMix(state: UInt64(number.add(1, ordering: .relaxed).oldValue))
            connection.write((0..<200).map { _ in .random(in: 0...255, using: &random) })
        }
        defer { server.stop() }
        var configuration = self.configuration(server)
        configuration.reconnect = .init(shortest: .milliseconds(1), longest: .milliseconds(5))
        configuration.keepAlive = .zero
        configuration.version = .v311
        try await withDevice(configuration) { device in
            try await eventually("200 links lost") { device.downs.count >= 200 }
        }
    }
}
