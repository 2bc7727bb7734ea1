import Foundation
import MQTT
import NIOConcurrencyHelpers
import NIOCore
import TestSupport

/// What a test of rooms works with: a broker, and a relay with the namespace `/game` that is ready.
struct GamesSetting {
    let broker: Broker
    let relay: RelayProcess
    /// Hears everything that the relay publishes.
    let observer: GameBrokerClient

    func player() async throws -> GamePlayer {
        try await GamePlayer(self.relay)
    }

    func brokerClient(_ name: String) async throws -> GameBrokerClient {
        let client = try GameBrokerClient(self.broker, name: name)
        try await client.untilUp()
        return client
    }

    /// What the broker keeps for a topic; nil: nothing.
    func retained(_ topic: String) async throws -> JSONValue? {
        let client = try GameBrokerClient(self.broker, name: "late", filters: [topic, "late"])
        do {
            try await client.untilUp()
            // Retained messages come with the subscription, so before this one.
            try await client.publish("late", "{}")
            _ = try await client.first(on: "late")
        } catch {
            await client.stop()
            throw error
        }
        await client.stop()
        return client.messages(on: topic).last.flatMap { JSONValue(parsing: $0.payload.readableBytesView) }
    }
}

/// Runs a test with a broker and a relay of its own.
/// - Parameter keys: further lines of the namespace, two spaces in.
func withGamesOnBroker(
    _ keys: [String] = [], version: String = "5", _ body: (GamesSetting) async throws -> Void
) async throws {
    try await withBroker(Broker.Options(lines: ["log_dest stderr"])) { broker in
        let observer = try GameBrokerClient(broker, name: "observer", filters: ["game/#", "devices/#"])
        do {
            try await observer.untilUp()
            let lines =
                [
                    "mqtt: { url: \"\(broker.url)\", version: \"\(version)\" }", "namespaces:", "  /game:",
                    "    kind: game",
                ]
                + keys.map { "    \($0)" }
            try await withRelay(.text(lines.joined(separator: "\n"))) { relay in
                try await eventually("a link", within: .seconds(60)) {
                    try await RawHTTP.get(port: relay.port, "/readyz").status == 200
                }
                try await body(GamesSetting(broker: broker, relay: relay, observer: observer))
            }
        } catch {
            await observer.stop()
            throw error
        }
        await observer.stop()
    }
}

/// A client of the broker that remembers all that it was sent.
final class GameBrokerClient: Sendable {
    let name: String
    private let client: MQTTClient
    private let received: NIOLockedValueBox<[MQTTMessage]>
    private let lastCommand = NIOLockedValueBox(0)

    init(_ broker: Broker, name: String, filters: [String]? = nil) throws {
        self.name = name
        let received = NIOLockedValueBox<[MQTTMessage]>([])
        self.received = received
        var configuration = MQTTConfiguration(port: broker.port)
        configuration.wantsProperties = true
        self.client = try MQTTClient(
            configuration, handlers: .init(messages: { messages in received.withLockedValue { $0 += messages } }))
        // The first takes in `game/out/<name>` itself. Filters that overlap bring the same message more than once.
        let filters = filters ?? ["game/out/\(name)/#", "game/+/events", "game/+/out/+"]
        try self.client.setSubscriptions(
            filters.map { Subscription(try TopicFilter($0), qos: .atLeastOnce, retainAsPublished: true) })
        self.client.start()
    }

    func stop() async { await self.client.stop(within: .zero) }

    /// Returns when the link is up and the subscriptions are in force.
    func untilUp() async throws {
        try await eventually("the link of \(self.name)", within: .seconds(60)) { self.client.isUp }
    }

    func publish(
        _ topic: String, _ payload: String, properties: MQTTProperties? = nil
    ) async throws {
        let topic = try TopicName(topic)
        let result: Result<Void, PublishError> = await withCheckedContinuation { continuation in
            do throws(PublishError) {
                try self.client.publish(
                    to: topic, ByteBuffer(string: payload), qos: .atLeastOnce, properties: properties
                ) { continuation.resume(returning: $0) }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        try result.get()
    }

    // MARK: What has come

    var everything: [MQTTMessage] { self.received.withLockedValue(\.self) }

    func messages(on topic: String) -> [MQTTMessage] {
        self.everything.filter { $0.topic == topic }
    }

    func payloads(on topic: String) -> [JSONValue] {
        self.messages(on: topic).compactMap { JSONValue(parsing: $0.payload.readableBytesView) }
    }

    /// The first message on a topic that fits, be it there or still to come.
    func first(
        on topic: String, where fits: (JSONValue) -> Bool = { _ in true }
    ) async throws -> JSONValue {
        var found: JSONValue?
        try await eventually("a message on \(topic)", within: .seconds(30)) {
            found = self.payloads(on: topic).first(where: fits)
            return found != nil
        }
        return found ?? .null
    }

    /// The room's log, as `events` told it: `[q, kind, seat, n, data]`.
    func log(of room: String) -> [[JSONValue]] {
        self.payloads(on: "game/\(room)/events").flatMap(TickArray.events)
    }

    /// Waits for an event of this kind, and seat.
    func event(_ kind: Int, seat: Int? = nil, number: Int? = nil, in room: String) async throws {
        try await eventually("an event of kind \(kind)", within: .seconds(30)) {
            self.log(of: room).contains { event in
                event[1].int == kind && (seat == nil || event[2].int == seat)
                    && (number == nil || event[3].int == number)
            }
        }
    }

    // MARK: Playing

    /// Sends a command and waits for its answer.
    func command(_ event: String, _ payload: JSONValue, cid: String? = nil) async throws -> JSONValue {
        let cid =
            cid
            ?? self.lastCommand.withLockedValue { last in
                last += 1
                return "\(self.name)-\(last)"
            }
        try await self.send(event, payload, cid: cid)
        return try await self.first(on: "game/out/\(self.name)") { $0["cid"].string == cid }
    }

    func send(_ event: String, _ payload: JSONValue, cid: String) async throws {
        let command: JSONValue = ["ev": .string(event), "d": payload, "cid": .string(cid)]
        try await self.publish("game/cmd/\(self.name)", command.text)
    }

    /// A move by the seat that a `room:join` or the like was answered with.
    func move(_ joined: JSONValue, _ number: Int, _ kind: JSONValue, _ data: JSONValue) async throws {
        let message: JSONValue = ["tok": joined["token"], "m": [.number(Double(number)), kind, data]]
        let (room, seat) = (joined["room"]["rid"].string ?? "", joined["seat"].int ?? -1)
        try await self.publish("game/\(room)/in/\(seat)", message.text)
    }
}

/// Reading `tick` arrays.
enum TickArray {
    /// `[q, kind, seat, n, data]` of each event of `[ref, tick, t, q0, events]`.
    static func events(of tick: JSONValue) -> [[JSONValue]] {
        let first = tick[3].int ?? 0
        return (tick[4].array ?? []).enumerated().map { index, event in
            [.number(Double(first + index))] + (event.array ?? [])
        }
    }
}
