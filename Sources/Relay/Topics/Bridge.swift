import Foundation
import Logging
import MQTT
import NIOConcurrencyHelpers
import NIOCore
import Settings
import SocketIOServer

/// What a client wants published.
struct Publication: Sendable {
    let topic: TopicName
    let payload: ByteBuffer
    let qos: QoS
    let retain: Bool
    /// Left out where the broker speaks MQTT 3.1.1.
    var properties: MQTTProperties?
}

/// The joint between MQTT and Socket.IO: what the broker sends goes to every shard, or to the first alone what is for
/// rooms, a whole drain of the socket at a time; what clients and rooms publish goes to the broker.
final class Bridge: Sendable {
    /// The link to the broker, as viewers are told of it.
    struct Link: Sendable {
        var isUp: Bool
        /// Since when, Unix milliseconds.
        var at: Int64
        /// Why it is down.
        var reason: String?
    }

    private let client: MQTTClient
    /// Messages of rooms that were not sent, for want of a link or of room in the queue.
    private let dropped: NIOLockedValueBox<Int>
    private let countIfDropped: MQTTClient.Completion
    /// The shards to deliver to; none before `start`.
    private let hub: NIOLockedValueBox<Hub?>
    private let link = NIOLockedValueBox(Link(isUp: false, at: Bridge.now(), reason: "not connected yet"))
    /// Where devices answer requests; nil: there are none, or the broker cannot do that.
    let responseTopic: String?

    /// The connection by which messages come. On the MQTT thread.
    private struct Connection {
        let speaksVersion5: Bool
        /// From 1.
        var number = 0
        var subscribedAt: NIODeadline?

        /// Whether a message that the broker retains may be told in answer to the subscriptions. MQTT has no end of these
        /// answers; after this time what is marked as retained is taken for what was published just now.
        func mayReplay(at now: NIODeadline) -> Bool {
            self.subscribedAt.map { now < $0 + .seconds(30) } ?? true
        }
    }

    /// Most bytes that wait for one shard before the broker is read no further.
    private static let maximumWaiting = 32 * 1024 * 1024

    init(_ broker: RelayConfiguration.Broker, interests: BrokerInterests, logger: Logger) throws {
        let dropped = NIOLockedValueBox(0)
        self.dropped = dropped
        self.countIfDropped = { result in
            if case .failure = result { dropped.withLockedValue { $0 += 1 } }
        }
        let hub = NIOLockedValueBox<Hub?>(nil)
        self.hub = hub
        let lastSerial = NIOLockedValueBox<Int64>(0)
        let link = self.link
        self.responseTopic = interests.answers?.string
        let connection = NIOLockedValueBox(Connection(speaksVersion5: broker.version == .v5))
        var configuration = MQTTConfiguration(broker)
        configuration.wantsProperties = true
        self.client = try MQTTClient(
            configuration,
            handlers: .init(
                messages: {
                    Self.deliver(
                        $0, interests, after: lastSerial, by: connection.withLockedValue(\.self),
                        to: hub.withLockedValue(\.self))
                },
                link: {
                    Self.note($0, in: connection)
                    Self.note($0, in: link, tell: hub.withLockedValue(\.self), logger)
                },
                refusal: { refusal in
                    logger.error("the broker refused a subscription", metadata: ["mqtt.refusal": "\(refusal)"])
                }))
        try self.client.setSubscriptions(interests.subscriptions)
    }

    var current: Link { self.link.withLockedValue { $0 } }

    /// Connects, and delivers what comes to these shards.
    func start(deliveringTo hub: Hub) {
        self.hub.withLockedValue { $0 = hub }
        self.client.start()
    }

    func stop() async { await self.client.stop() }

    /// Publishes; `completion` is called once, on the MQTT thread or the caller's.
    func publish(_ publication: Publication, completion: @escaping @Sendable (Result<Void, PublishError>) -> Void) {
        do throws(PublishError) {
            try self.client.publish(
                to: publication.topic, publication.payload, qos: publication.qos, retain: publication.retain,
                properties: self.speaksVersion5 ? publication.properties : nil, completion: completion)
        } catch {
            completion(.failure(error))
        }
    }

    var speaksVersion5: Bool { self.client.configuration.version == .v5 }

    /// Publishes what nobody waits for; drops and counts it when there is no link, or too much waits for the broker.
    /// - Returns: whether it is on its way.
    @discardableResult
    func offer(_ publication: Publication) -> Bool {
        do throws(PublishError) {
            try self.client.publish(
                to: publication.topic, publication.payload, qos: publication.qos, retain: publication.retain,
                properties: self.speaksVersion5 ? publication.properties : nil, completion: self.countIfDropped)
            return true
        } catch {
            self.countIfDropped(.failure(error))
            return false
        }
    }

    /// Messages of rooms that were dropped so far.
    var droppedCount: Int { self.dropped.withLockedValue(\.self) }

    func counters() async -> MQTTCounters { await self.client.counters() }

    private static func deliver(
        _ messages: [MQTTMessage], _ interests: BrokerInterests, after lastSerial: NIOLockedValueBox<Int64>,
        by connection: Connection, to hub: Hub?
    ) {
        guard let hub else { return }
        var messages = messages
        let answers = interests.takeAnswers(from: &messages)
        let (topics, rooms) = interests.sort(messages)
        if !rooms.isEmpty { self.deliver(toRooms: rooms, on: hub) }
        if !topics.isEmpty { self.deliver(toTopics: topics, interests, after: lastSerial, by: connection, on: hub) }
        // After what the device may have published before it answered.
        if !answers.isEmpty { self.deliver(toRequests: answers, on: hub) }
        for mailbox in hub.mailboxes { mailbox.waitWhileFull(moreThan: self.maximumWaiting) }
    }

    private static func deliver(
        toTopics messages: [MQTTMessage], _ interests: BrokerInterests, after lastSerial: NIOLockedValueBox<Int64>,
        by connection: Connection, on hub: Hub
    ) {
        let at = self.now()
        let now = NIODeadline.now()
        // What a 3.1.1 broker marks as retained always comes from its store.
        let mayReplay = !connection.speaksVersion5 || connection.mayReplay(at: now)
        // Only the MQTT thread touches it; once a drain, so its lock costs nothing.
        let firstSerial = lastSerial.withLockedValue { last in
            let first = max(last + 1, at * 1_000)
            last = first + Int64(messages.count) - 1
            return first
        }
        let updates = zip(messages, firstSerial...).map { message, serial in
            let properties = message.properties
            return TopicUpdate(
                topic: message.topic, payload: message.payload, retained: message.retained, at: at, serial: serial,
                expires: properties?.expirySeconds.map { now + .seconds(Int64($0)) },
                properties: interests.keepsProperties ? .init(properties) : nil, link: connection.number,
                mayBeReplay: mayReplay)
        }
        hub.post(bytes: updates.reduce(0) { $0 + $1.byteCount }) { shard in
            (shard.application as? RelayShard)?.deliver(updates)
        }
    }

    /// Players who come by MQTT, and bound devices, are the first loop's.
    private static func deliver(toRooms messages: [MQTTMessage], on hub: Hub) {
        let bytes = messages.reduce(0) { $0 + $1.topic.utf8.count + $1.payload.readableBytes + 64 }
        hub.mailboxes.first?.post(bytes: bytes) { shard in
            (shard.application as? RelayShard)?.receive(messages)
        }
    }

    /// To the loop on which each request waits.
    private static func deliver(toRequests answers: [MQTTMessage], on hub: Hub) {
        let at = self.now()
        let byLoop = Dictionary(grouping: answers) { Correlation($0.properties?.correlationData)?.loop }
        for (loop, answers) in byLoop {
            guard let loop, hub.mailboxes.indices.contains(loop) else { continue }
            let bytes = answers.reduce(0) { $0 + $1.payload.readableBytes + 64 }
            hub.mailboxes[loop].post(bytes: bytes) { shard in
                (shard.application as? RelayShard)?.receive(answers: answers, at: at)
            }
        }
    }

    private static func note(_ event: LinkEvent, in connection: NIOLockedValueBox<Connection>) {
        connection.withLockedValue { connection in
            switch event {
            case .up:
                connection.number += 1
                connection.subscribedAt = nil
            case .subscribed: connection.subscribedAt = .now()
            case .down: break
            }
        }
    }

    private static func note(
        _ event: LinkEvent, in link: NIOLockedValueBox<Link>, tell hub: Hub?, _ logger: Logger
    ) {
        let new: Link
        switch event {
        case .up:
            // Not of use yet: what devices publish before the broker has answered goes past us.
            return link.withLockedValue { $0.reason = "the broker has not answered the subscriptions yet" }
        case .subscribed:
            logger.info("connected to the broker")
            new = Link(isUp: true, at: self.now(), reason: nil)
        case .down(let reason):
            let level: Logger.Level = reason.kind == .stopped ? .info : reason.needsAttention ? .error : .warning
            logger.log(level: level, "no link to the broker", metadata: ["mqtt.reason": "\(reason)"])
            new = Link(isUp: false, at: self.now(), reason: reason.text)
        }
        let hasChanged = link.withLockedValue { link in
            defer { link = new }
            return link.isUp != new.isUp
        }
        if hasChanged { hub?.post { ($0.application as? RelayShard)?.linkChanged(new) } }
    }

    private static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
}

extension MQTTConfiguration {
    fileprivate init(_ broker: RelayConfiguration.Broker) {
        self.init(
            host: broker.url.host, port: broker.url.port, version: broker.version == .v5 ? .v5 : .v311)
        if broker.url.usesTLS {
            self.tls = TLS(
                authorities: broker.tls.ca, certificate: broker.tls.certificate, key: broker.tls.key,
                insecure: broker.tls.insecure)
        }
        self.clientID = broker.clientID
        self.username = broker.username
        self.password = broker.password?.value
        self.keepAlive = TimeAmount(broker.keepAlive)
    }
}
