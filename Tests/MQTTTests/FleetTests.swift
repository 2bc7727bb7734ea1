import MQTT
import NIOCore
import Testing
import TestSupport

/// A thousand devices and whoever owns them, on one loop.
private actor Fleet {
    nonisolated let loop: MQTTLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { self.loop.asUnownedSerialExecutor() }

    private var sessions: [MQTTSession] = []
    private(set) var up = 0
    private(set) var acknowledged = 0

    init(on loop: MQTTLoop) {
        self.loop = loop
    }

    func launch(_ count: Int, _ configuration: MQTTConfiguration) throws {
        for number in 0..<count {
            var configuration = configuration
            configuration.clientID = "device-\(number)"
            let topic = try TopicName("fleet/\(number)/telemetry")
            let session = MQTTSession(configuration, on: self.loop)
            self.sessions.append(session)
            session.onLink = { event in
                guard case .up = event else { return }
                self.up += 1
                // From a timer, as a device's schedule would.
                self.loop.schedule(at: .now() + .milliseconds(Int64(number % 50))) { self.publish(session, topic) }
            }
            session.connect()
        }
    }

    private func publish(_ session: MQTTSession, _ topic: TopicName) {
        try? session.publish(to: topic, ByteBuffer(string: "1"), qos: .atLeastOnce) { result in
            if case .success = result { self.acknowledged += 1 }
        }
    }

    func disband() {
        for session in self.sessions { session.onLink = nil }
        self.sessions = []
    }
}

struct FleetTests {
    @Test func aThousandSessionsShareOneThread() async throws {
        raiseDescriptorLimit()
        let count = 1_000
        try await withBroker { broker in
            let subscription = try Subscription(parsing: "fleet/+/telemetry", qos: .atLeastOnce)
            try await withConnectedClient(MQTTConfiguration(testing: broker.port), subscriptions: [subscription]) {
                watcher, recorder in
                try await watcher.publishAndWait(to: "fleet/ready/telemetry", "")
                let loop = try MQTTLoop(name: "fleet")
                let fleet = Fleet(on: loop)
                try await fleet.launch(count, MQTTConfiguration(testing: broker.port))
                try await eventually("all up") { await fleet.up == count }
                try await eventually("all acknowledged") { await fleet.acknowledged == count }
                try await recorder.wait("all of them") { Set($0.messages.map(\.topic)).count == count + 1 }
                await fleet.disband()
                await loop.stop(within: .seconds(10))
                // The actor lives on without its thread.
                #expect(await fleet.up == count)
            }
        }
    }
}

struct LoopTests {
    @Test func runsWorkAndTimersInOrder() async throws {
        let loop = try MQTTLoop()
        let device = await Device(MQTTConfiguration(testing: 1), on: loop)
        let order = await device.runTimers(after: [3, 1, 2, 1], cancelling: 2)
        #expect(order == [1, 3, 0])
        await loop.stop()
    }

    /// A schedule that is late adds timers for the past: those may not keep everything else waiting.
    @Test func timersForThePastLeaveRoomForOtherWork() async throws {
        let loop = try MQTTLoop()
        let device = await Device(MQTTConfiguration(testing: 1), on: loop)
        await device.fallBehind()
        try await eventually("some firings") { await device.lateFirings > 100 }
        await device.catchUp()
        await loop.stop()
    }

    @Test func stopIsSafeToRepeatAndToCallFromTheLoop() async throws {
        let loop = try MQTTLoop()
        let device = await Device(MQTTConfiguration(testing: 1), on: loop)
        await device.stopOwnLoop()
        async let again: Void = loop.stop()
        async let andAgain: Void = loop.stop()
        _ = await (again, andAgain)
        #expect(await device.state == .idle)
        await device.connect()
        #expect(await device.state == .idle)
    }

    @Test func executeRunsEverythingOnceFromManyThreads() async throws {
        let loop = try MQTTLoop()
        let device = await Device(MQTTConfiguration(testing: 1), on: loop)
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask { for _ in 0..<1_000 { await device.count() } }
            }
        }
        #expect(await device.counted == 8_000)
        await loop.stop()
    }

    @Test func stopDoesNotWaitForABrokerThatNeverAcknowledges() async throws {
        let server = try FakeBroker { connection in
            connection.acceptClient()
            connection.readUntilGone()
        }
        defer { server.stop() }
        let recorder = Recorder()
        let client = try MQTTClient(MQTTConfiguration(testing: server.port), handlers: recorder.handlers)
        client.start()
        try await recorder.wait("link up") { $0.ups == 1 }
        try client.publish(to: TopicName("a"), ByteBuffer(), qos: .atLeastOnce)
        await client.stop(within: .milliseconds(100))
        #expect(recorder.state.downs.map(\.kind) == [.stopped])
        #expect(throws: PublishError.notConnected) { try client.publish(to: TopicName("a"), ByteBuffer()) }
    }
}
