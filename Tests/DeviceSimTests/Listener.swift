import Foundation
import MQTT
import NIOConcurrencyHelpers
import NIOCore
import TestSupport

/// Somebody at the broker who hears everything the devices say.
final class Listener: Sendable {
    private let client: MQTTClient
    private let heard: NIOLockedValueBox<[MQTTMessage]>

    /// Returns once the subscription is in force.
    init(to broker: Broker) async throws {
        let heard = NIOLockedValueBox<[MQTTMessage]>([])
        self.heard = heard
        var configuration = try MQTTConfiguration(url: broker.url)
        configuration.reconnect.longest = .milliseconds(500)
        self.client = try MQTTClient(
            configuration,
            handlers: MQTTClient.Handlers(messages: { messages in heard.withLockedValue { $0 += messages } }))
        try self.client.setSubscriptions([
            Subscription(TopicFilter("devices/#"), qos: .atLeastOnce),
            Subscription(TopicFilter("listening"), qos: .atLeastOnce),
        ])
        self.client.start()
        try await eventually("the listener's subscription") {
            try? self.client.publish(to: TopicName("listening"), ByteBuffer())
            return self.messages.contains { $0.topic == "listening" }
        }
    }

    func stop() async {
        await self.client.stop()
    }

    /// All that was heard so far, in order.
    var messages: [MQTTMessage] {
        return self.heard.withLockedValue { $0 }
    }

    /// The texts on one topic, in order.
    func texts(on topic: String) -> [String] {
        return self.messages.filter { $0.topic == topic }.map { String(buffer: $0.payload) }
    }

    /// The telemetry of a device, in order.
    func telemetry(of device: String) throws -> [Telemetry] {
        return try self.texts(on: "devices/\(device)/telemetry").map { text in
            try JSONDecoder().decode(Telemetry.self, from: Data(text.utf8))
        }
    }

    /// Publishes a payload once.
    func publish(_ payload: ByteBuffer, to topic: String) throws {
        try self.client.publish(to: TopicName(topic), payload, qos: .atLeastOnce)
    }

    /// Publishes until the condition holds: the command may come before the device has subscribed to it.
    func command(_ json: String, to device: String, until condition: () throws -> Bool) async throws {
        try await eventually("\(device) obeying \(json)") {
            try? self.client.publish(
                to: TopicName("devices/\(device)/commands"), ByteBuffer(string: json), qos: .atLeastOnce)
            try await Task.sleep(for: .milliseconds(200))
            return try condition()
        }
    }
}

/// What tests look at in the telemetry.
struct Telemetry: Decodable {
    let ts: Int64
    let seq: Int
    let rate: Double
    let led: String
    let error: String?
}

/// Runs a test with a broker and a listener, both stopped afterwards whatever happens.
func withListener(_ body: (Broker, Listener) async throws -> Void) async throws {
    try await withBroker { broker in
        let listener = try await Listener(to: broker)
        do {
            try await body(broker, listener)
        } catch {
            await listener.stop()
            throw error
        }
        await listener.stop()
    }
}

/// Starts the built program, and kills it if the test has not ended it by then.
func withDeviceSim(_ broker: Broker, _ arguments: [String], _ body: (ChildProcess) async throws -> Void) async throws {
    let program = try ChildProcess(PackageLayout.program("device-sim"), ["--mqtt", broker.url] + arguments)
    do {
        try await body(program)
    } catch {
        try? await program.kill()
        throw error
    }
    try await program.kill()
}
