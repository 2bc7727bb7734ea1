import MQTT
import NIOConcurrencyHelpers
import NIOCore

/// Remembers everything a client was told.
final class Recorder: Sendable {
    struct State {
        var batches: [[MQTTMessage]] = []
        var links: [LinkEvent] = []
        var refusals: [SubscriptionRefusal] = []

        var messages: [MQTTMessage] { self.batches.flatMap(\.self) }
        var isDown: Bool { if case .down = self.links.last { true } else { false } }
        var ups: Int { self.links.count { if case .up = $0 { true } else { false } } }
        var downs: [LinkDownReason] { self.links.compactMap { if case .down(let reason) = $0 { reason } else { nil } } }
    }

    private let box = NIOLockedValueBox(State())

    var state: State { self.box.withLockedValue(\.self) }

    var handlers: MQTTClient.Handlers {
        MQTTClient.Handlers(
            messages: { batch in self.box.withLockedValue { $0.batches.append(batch) } },
            link: { event in self.box.withLockedValue { $0.links.append(event) } },
            refusal: { refusal in self.box.withLockedValue { $0.refusals.append(refusal) } })
    }

    /// Waits until the condition holds.
    func wait(_ what: String, until condition: @Sendable (State) -> Bool) async throws {
        try await eventually(what) { condition(self.state) }
    }
}

struct NeverHappened: Error, CustomStringConvertible {
    let what: String
    var description: String { "never happened: \(self.what)" }
}

/// Looks every few milliseconds until the condition holds, for up to a minute: a machine may be busy.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(3))
    }
    throw NeverHappened(what: what)
}

/// Runs the body with a started client that is stopped afterwards, whatever happens.
func withClient<Result>(
    _ configuration: MQTTConfiguration, subscriptions: [Subscription] = [],
    _ body: (MQTTClient, Recorder) async throws -> Result
) async throws -> Result {
    let recorder = Recorder()
    let client = try MQTTClient(configuration, handlers: recorder.handlers)
    do {
        try client.setSubscriptions(subscriptions)
        client.start()
        let result = try await body(client, recorder)
        await client.stop()
        return result
    } catch {
        await client.stop(within: .zero)
        throw error
    }
}

/// Runs the body with a client that is up, and subscribed where it is to be.
func withConnectedClient<Result>(
    _ configuration: MQTTConfiguration, subscriptions: [Subscription] = [],
    _ body: (MQTTClient, Recorder) async throws -> Result
) async throws -> Result {
    try await withClient(configuration, subscriptions: subscriptions) { client, recorder in
        try await recorder.wait("link up") { subscriptions.isEmpty ? $0.ups > 0 : $0.links.contains(.subscribed) }
        return try await body(client, recorder)
    }
}

extension MQTTClient {
    /// Publishes at QoS 1 and waits for the broker's answer.
    func publishAndWait(
        to topic: String, _ payload: String, retain: Bool = false, properties: MQTTProperties? = nil
    ) async throws {
        let topic = try TopicName(topic)
        let result: Result<Void, PublishError> = await withCheckedContinuation { continuation in
            do throws(PublishError) {
                try self.publish(
                    to: topic, ByteBuffer(string: payload), qos: .atLeastOnce, retain: retain, properties: properties
                ) { continuation.resume(returning: $0) }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        try result.get()
    }
}

extension MQTTConfiguration {
    /// For a broker of the test's own: reconnects quickly.
    init(testing port: Int, version: Version = .v5) {
        self.init(port: port, version: version)
        self.reconnect = .init(shortest: .milliseconds(20), longest: .milliseconds(200))
    }
}

extension Subscription {
    init(parsing filter: String, qos: QoS = .atMostOnce) throws(TopicError) {
        try self.init(TopicFilter(filter), qos: qos)
    }
}
