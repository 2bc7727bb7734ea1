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
    /// To which of the brokers.
    var broker = 0
    /// Left out where the broker speaks MQTT 3.1.1.
    var properties: MQTTProperties?
}

/// The joint between a broker and Socket.IO: what the broker sends goes to every shard, or to the first alone what is for
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

    /// What there is once messages may come.
    private struct Started: Sendable {
        let bridge: Bridge
        let hub: Hub
    }

    /// The name of the broker's section in the configuration; nil: it is the only one.
    let name: String?
    let index: Int
    /// What its topics begin with here, and not there.
    let prefix: String
    let interests: BrokerInterests
    let serials: MessageSerials
    /// Where the relay's own topics are; nil: it has none.
    let presence: RelayPresence?
    private let client: MQTTClient
    private let logger: Logger
    /// The relay's own messages that did not reach the broker.
    private let dropped: NIOLockedValueBox<Int>
    private let countIfDropped: MQTTClient.Completion
    /// Filters that the broker has refused by the present link.
    private let refused: NIOLockedValueBox<[String]>
    /// Nil before `start`, and once stopped.
    private let started: NIOLockedValueBox<Started?>
    private let link = NIOLockedValueBox(Link(isUp: false, at: Clock.milliseconds(), reason: "not connected yet"))
    private let connection: NIOLockedValueBox<BrokerConnectionState>

    /// - Parameters:
    ///   - index: the broker's place in the configuration.
    ///   - presence: where the broker is told that the relay is online, and tells that it is not.
    init(
        _ broker: RelayConfiguration.Broker, at index: Int, interests: BrokerInterests, serials: MessageSerials,
        presence: RelayPresence?, logger: Logger
    ) throws {
        self.name = broker.name
        self.index = index
        self.prefix = broker.prefix
        self.interests = interests
        self.serials = serials
        self.presence = presence
        self.logger = logger
        let dropped = NIOLockedValueBox(0)
        self.dropped = dropped
        self.countIfDropped = { result in
            if case .failure = result { dropped.withLockedValue { $0 += 1 } }
        }
        let started = NIOLockedValueBox<Started?>(nil)
        self.started = started
        let refused = NIOLockedValueBox<[String]>([])
        self.refused = refused
        self.connection = NIOLockedValueBox(BrokerConnectionState(speaksVersion5: broker.version == .v5))
        var configuration = MQTTConfiguration(broker)
        configuration.wantsProperties = true
        configuration.will = presence?.will
        self.client = try MQTTClient(
            configuration,
            handlers: .init(
                messages: { messages in
                    started.withLockedValue(\.self).map { $0.bridge.deliver(messages, to: $0.hub) }
                },
                link: { event in
                    started.withLockedValue(\.self).map { $0.bridge.note(event, tell: $0.hub) }
                },
                refusal: { refusal in
                    refused.withLockedValue { $0.append(refusal.filter.string) }
                    logger.error("the broker refused a subscription", metadata: ["mqtt.refusal": "\(refusal)"])
                }))
        try self.client.setSubscriptions(interests.subscriptions)
    }

    var current: Link { self.link.withLockedValue { $0 } }

    /// Connects, and delivers what comes to these shards.
    func start(deliveringTo hub: Hub) {
        self.started.withLockedValue { $0 = Started(bridge: self, hub: hub) }
        self.client.start()
    }

    func stop() async {
        if let presence { self.offer(presence.offline) }
        await self.client.stop()
        self.started.withLockedValue { $0 = nil }
    }

    var speaksVersion5: Bool { self.client.configuration.version == .v5 }

    /// Where devices answer requests; nil: there are none, or the broker cannot do that.
    var responseTopic: String? { self.interests.answers?.string }

    /// Whether the broker has refused to bring devices' answers.
    var isDeafToAnswers: Bool {
        self.responseTopic.map { topic in self.refused.withLockedValue { $0.contains(topic) } } ?? false
    }

    /// Filters that the broker has refused to bring anything of.
    var refusedFilters: [String] { self.refused.withLockedValue(\.self) }

    // MARK: To the broker

    /// Publishes; `completion` is called once, on the MQTT thread or the caller's.
    func publish(_ publication: Publication, completion: @escaping MQTTClient.Completion) {
        do throws(PublishError) {
            try self.send(publication, completion)
        } catch {
            completion(.failure(error))
        }
    }

    /// Publishes what nobody waits for; drops and counts it when there is no link, or too much waits for the broker.
    /// - Returns: whether it is on its way.
    @discardableResult
    func offer(_ publication: Publication) -> Bool {
        do throws(PublishError) {
            try self.send(publication, self.countIfDropped)
            return true
        } catch {
            self.countIfDropped(.failure(error))
            return false
        }
    }

    private func send(
        _ publication: Publication, _ completion: @escaping MQTTClient.Completion
    ) throws(PublishError) {
        try self.client.publish(
            to: self.topicThere(publication.topic), publication.payload, qos: publication.qos,
            retain: publication.retain,
            properties: self.speaksVersion5 ? publication.properties : nil, completion: completion)
    }

    /// What a topic is called at the broker. The relay's own topics have no prefix.
    private func topicThere(_ topic: TopicName) -> TopicName {
        guard !self.prefix.isEmpty else { return topic }
        return topic.string.behind(prefix: self.prefix).flatMap { try? TopicName($0) } ?? topic
    }

    /// The relay's own messages that did not reach the broker, so far.
    var droppedCount: Int { self.dropped.withLockedValue(\.self) }

    func counters(on eventLoop: any EventLoop) -> EventLoopFuture<MQTTCounters> {
        eventLoop.makeFutureWithTask { await self.client.counters() }
    }

    // MARK: From the broker

    /// On the MQTT thread, as all that follows.
    private func deliver(_ messages: [MQTTMessage], to hub: Hub) {
        self.deliver(messages, by: self.connection.withLockedValue(\.self), to: hub)
    }

    private func note(_ event: LinkEvent, tell hub: Hub) {
        self.connection.withLockedValue { $0.note(event, at: .now()) }
        let new: Link
        switch event {
        case .up:
            self.refused.withLockedValue { $0 = [] }
            // Not of use yet: what devices publish before the broker has answered goes past us.
            return self.link.withLockedValue { $0.reason = "the broker has not answered the subscriptions yet" }
        case .subscribed:
            self.logger.info("connected to the broker")
            new = Link(isUp: true, at: Clock.milliseconds(), reason: nil)
            self.announce()
        case .down(let reason):
            let level: Logger.Level = reason.kind == .stopped ? .info : reason.needsAttention ? .error : .warning
            self.logger.log(level: level, "no link to the broker", metadata: ["mqtt.reason": "\(reason)"])
            new = Link(isUp: false, at: Clock.milliseconds(), reason: reason.text)
        }
        let hasChanged = self.link.withLockedValue { link in
            defer { link = new }
            return link.isUp != new.isUp
        }
        guard hasChanged else { return }
        hub.post { [index] in ($0.application as? RelayShard)?.linkChanged(new, to: index) }
    }
}

extension Bridge {
    /// Tells the broker, by a new link, that the relay is online. Where it does not want to know, the log says so once.
    private func announce() {
        guard let presence else { return }
        self.publish(presence.online) { [logger, countIfDropped] result in
            countIfDropped(result)
            guard case .failure(.refused(let code)) = result else { return }
            logger.warning(
                "the broker refuses the relay's own status",
                metadata: ["mqtt.topic": "\(presence.online.topic)", "mqtt.code": "\(code)"])
        }
    }
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
        self.limits.packetBytes = broker.maximumPacket
        self.clientID = broker.clientID
        self.username = broker.username
        self.password = broker.password?.value
        self.keepAlive = TimeAmount(broker.keepAlive)
    }
}
