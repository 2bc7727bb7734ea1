import Foundation
import MQTT
import NIOCore
import TestSupport

/// What a test of the kind `topics` works with: a broker, a device connected to it, and a relay that is ready.
struct TopicsSetting {
    let broker: Broker
    let relay: RelayProcess
    let device: TopicsDevice
    let proxy: TCPProxy?

    /// The relay's event loops: two, so that tests meet what comes of there being several.
    static let threads = 2

    /// Joins a namespace.
    func viewer(in namespace: String = "/devices", auth: String = "", receiveBuffer: Int? = nil) async throws
        -> TopicsViewer
    {
        let wire = try await SocketWire(.socketIO(self.relay), receiveBuffer: receiveBuffer)
        try await wire.connect(namespace, auth: auth)
        return TopicsViewer(wire: wire, namespace: namespace)
    }

    /// Joins a namespace and follows these filters.
    func viewer(
        following filters: JSONValue, _ options: JSONValue = [:], in namespace: String = "/devices",
        receiveBuffer: Int? = nil
    ) async throws -> TopicsViewer {
        let viewer = try await self.viewer(in: namespace, receiveBuffer: receiveBuffer)
        let answer = try await viewer.call("subscribe", filters, options)
        guard answer["ok"] == true else { throw Refused(answer: answer) }
        return viewer
    }

    /// The relay refused what a test takes for granted.
    struct Refused: Error { let answer: JSONValue }

    /// Waits until the relay says that it is ready, or that it is not.
    func untilReady(_ wanted: Bool) async throws {
        try await eventually("readiness \(wanted)", within: .seconds(60)) {
            try await RawHTTP.get(port: self.relay.port, "/readyz").status == (wanted ? 200 : 503)
        }
    }
}

/// Runs a test with a broker, a device and a relay of its own.
///
/// - Parameters:
///   - queue: `limits.queue`.
///   - mqtt: keys of the section `mqtt` besides the address.
///   - hasProxy: whether the relay's link to the broker goes by the setting's `proxy`, which can cut it.
///   - connections: `limits.connections`.
func withTopics(
    queue: String = "1MB", mqtt: String = "version: 5", hasProxy: Bool = false, connections: Int = 20_000,
    _ body: (TopicsSetting) async throws -> Void
) async throws {
    // Its standard output is buffered when it is a file: what says that it runs must come by the other.
    try await withBroker(Broker.Options(lines: ["log_dest stderr"])) { broker in
        let device = try TopicsDevice(broker)
        let proxy = hasProxy ? try await TCPProxy(to: broker.port) : nil
        let url = proxy.map { "mqtt://127.0.0.1:\($0.port)" } ?? broker.url
        do {
            let configuration = topicsConfiguration(url, mqtt: mqtt, queue: queue, connections: connections)
            try await withRelay(.text(configuration)) { relay in
                let setting = TopicsSetting(broker: broker, relay: relay, device: device, proxy: proxy)
                try await setting.untilReady(true)
                try await device.untilUp()
                do {
                    try await body(setting)
                } catch {
                    // What the two sides had to say, for whoever reads why a test failed on another machine.
                    throw TopicsFailure(
                        error: error, relayLog: relay.child.standardError, brokerLog: broker.log)
                }
            }
        } catch {
            await proxy?.stop()
            await device.stop()
            throw error
        }
        await proxy?.stop()
        await device.stop()
    }
}

private struct TopicsFailure: Error, CustomStringConvertible {
    let error: any Error
    let relayLog: String
    let brokerLog: String
    var description: String {
        "\(self.error); the relay's log:\n\(self.relayLog)\nthe broker's:\n\(self.brokerLog)"
    }
}

private func topicsConfiguration(_ url: String, mqtt: String, queue: String, connections: Int) -> String {
    """
    server:
      heartbeat: { interval: 60s, timeout: 60s }
      limits: { queue: \(queue), connections: \(connections) }
      threads: \(TopicsSetting.threads)
    mqtt: { url: "\(url)", \(mqtt) }
    namespaces:
      /devices:
        kind: topics
        rules:
          - { topics: "devices/{device}/telemetry", event: telemetry, delivery: state }
          - { topics: "devices/{device}/log", event: log, delivery: event }
          - { topics: "devices/{device}/frame", event: frame, payload: binary }
          - { topics: "devices/{device}/text", event: text, payload: text }
        publish: [ "devices/{device}/commands" ]
      /site/{site}:
        kind: topics
        rules:
          - { topics: "site/{site}/{device}/telemetry", event: telemetry, delivery: state }
        publish: [ "site/{site}/{device}/commands" ]
      /site/secret:
        kind: topics
        auth: { token: hush }
        rules:
          - { topics: "site/secret/{device}/telemetry", event: telemetry, delivery: state }
      /plant:
        kind: topics
        rules:
          - topics: "plant/{machine}/state"
            event: state
            delivery: state
            history: 5
            status: "plant/{machine}/status"
            properties: true
          - { topics: "plant/{machine}/log", event: log, delivery: event, history: 5 }
          - { topics: "plant/{machine}/slow", event: slow, maxHz: 2 }
          - { topics: "plant/{machine}/commands", event: command }
          - { topics: "plant/{machine}/wish", event: wish, delivery: state }
        publish: [ "plant/{machine}/commands", "plant/{machine}/wish", "plant/{machine}/ask" ]
      /private:
        kind: topics
        auth: { token: sesame }
        rules:
          - { topics: "private/{name}", delivery: event }
    """
}

/// A device: publishes, and keeps what it is sent.
final class TopicsDevice: Sendable {
    let arrivals = Mailbox<MQTTMessage>()
    private let client: MQTTClient

    init(_ broker: Broker) throws {
        let arrivals = self.arrivals
        var configuration = MQTTConfiguration(port: broker.port)
        configuration.wantsProperties = true
        configuration.reconnect = .init(shortest: .milliseconds(20), longest: .milliseconds(500))
        self.client = try MQTTClient(
            configuration,
            handlers: .init(messages: { $0.forEach(arrivals.put) }, link: { _ in }, refusal: { _ in }))
        try self.client.setSubscriptions([
            Subscription(TopicFilter("devices/+/commands")), Subscription(TopicFilter("site/+/+/commands")),
            Subscription(TopicFilter("plant/+/commands"), qos: .atLeastOnce),
            Subscription(TopicFilter("plant/+/ask"), qos: .atLeastOnce),
        ])
        self.client.start()
    }

    func stop() async { await self.client.stop(within: .zero) }

    func untilUp() async throws { try await eventually("the device's link", within: .seconds(60)) { self.client.isUp } }

    /// Publishes and waits for the broker's answer.
    func publish(
        _ topic: String, _ payload: some Sequence<UInt8>, retain: Bool = false, _ properties: MQTTProperties? = nil
    ) async throws {
        let name = try TopicName(topic)
        let bytes = ByteBuffer(bytes: payload)
        let result: Result<Void, PublishError> = await withCheckedContinuation { continuation in
            do throws(PublishError) {
                try self.client.publish(to: name, bytes, qos: .atLeastOnce, retain: retain, properties: properties) {
                    continuation.resume(returning: $0)
                }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        try result.get()
    }

    func publish(
        _ topic: String, _ payload: String, retain: Bool = false, _ properties: MQTTProperties? = nil
    ) async throws {
        try await self.publish(topic, payload.utf8, retain: retain, properties)
    }

    /// Hands a message over without waiting for an answer; waits while too much is under way.
    func pour(_ topic: String, _ payload: String, retain: Bool = false) async throws {
        let name = try TopicName(topic)
        while true {
            do throws(PublishError) {
                return try self.client.publish(to: name, ByteBuffer(string: payload), retain: retain)
            } catch {
                guard case .queueFull = error else { throw error }
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

/// A viewer in one namespace.
struct TopicsViewer {
    let wire: SocketWire
    let namespace: String

    /// What came in place of a device's message; nil is the end of the connection.
    struct NoValue: Error { let packet: WirePacket? }

    /// A device's message as the viewer got it.
    struct Value {
        let packet: WirePacket

        var event: String? { self.packet.json[0].string }
        var topic: String? { self.packet.json[1].string }
        var payload: JSONValue { self.packet.json[2] }
        var skipped: Int { self.packet.json[3]["skipped"].int ?? 0 }
        var remarks: JSONValue { self.packet.json[3] }

        /// The payload as it stands in the packet, between the topic and what the relay adds.
        var payloadText: Substring? {
            let head = #"["\#(self.event ?? "")","\#(self.topic ?? "")","#
            guard self.packet.body.hasPrefix(head),
                let tail = self.packet.body.range(of: #",{"at":"#, options: .backwards)
            else { return nil }
            return self.packet.body.dropFirst(head.count)[..<tail.lowerBound]
        }
    }

    func call(_ name: JSONValue, _ first: JSONValue = [], _ second: JSONValue = [:]) async throws -> JSONValue {
        try await self.wire.call(name, first, second, in: self.namespace)[0]
    }

    func request(_ topic: JSONValue, _ payload: JSONValue, _ options: JSONValue = [:]) async throws -> JSONValue {
        try await self.wire.call("request", topic, payload, options, in: self.namespace, within: .seconds(60))[0]
    }

    func publish(_ topic: JSONValue, _ payload: JSONValue, _ options: JSONValue = [:]) async throws -> JSONValue {
        try await self.wire.call("publish", topic, payload, options, in: self.namespace)[0]
    }

    /// The next packet but for news of the link, which must be a device's message.
    func value(within limit: Duration = .seconds(30)) async throws -> Value {
        while true {
            let packet = try await self.wire.packet(within: limit, "a value")
            guard let packet, packet.type == "2" || packet.type == "5", packet.namespace == self.namespace else {
                throw NoValue(packet: packet)
            }
            if packet.json[0] != "upstream" { return Value(packet: packet) }
        }
    }

    /// The next so many.
    func values(_ count: Int) async throws -> [Value] {
        var values: [Value] = []
        for _ in 0..<count { values.append(try await self.value()) }
        return values
    }

    /// Waits until the relay's part that serves this viewer has a value of this topic.
    func untilKnown(_ topic: String) async throws {
        try await eventually("a value of \(topic)", within: .seconds(60)) {
            try await self.call("last", .string(topic))["ok"] == true
        }
    }

    func leave() async { await self.wire.drop() }
}
