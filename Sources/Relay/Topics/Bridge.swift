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
}

/// The joint between MQTT and Socket.IO: what the broker sends goes to every shard, a whole drain of the socket at a
/// time; what clients publish goes to the broker.
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
    /// The shards to deliver to; none before `start`.
    private let hub: NIOLockedValueBox<Hub?>
    private let link = NIOLockedValueBox(Link(isUp: false, at: Bridge.now(), reason: "not connected yet"))

    /// Most bytes that wait for one shard before the broker is read no further.
    private static let maximumWaiting = 32 * 1024 * 1024

    init(_ broker: RelayConfiguration.Broker, filters: [TopicFilter], logger: Logger) throws {
        let hub = NIOLockedValueBox<Hub?>(nil)
        self.hub = hub
        let link = self.link
        self.client = try MQTTClient(
            MQTTConfiguration(broker),
            handlers: .init(
                messages: { Self.deliver($0, to: hub.withLockedValue(\.self)) },
                link: { Self.note($0, in: link, tell: hub.withLockedValue(\.self), logger) },
                refusal: { refusal in
                    logger.error("the broker refused a subscription", metadata: ["mqtt.refusal": "\(refusal)"])
                }))
        let cover = SubscriptionCover.of(filters)
        try self.client.setSubscriptions(cover.map { Subscription($0, retainAsPublished: true) })
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
                completion: completion)
        } catch {
            completion(.failure(error))
        }
    }

    func counters() async -> MQTTCounters { await self.client.counters() }

    private static func deliver(_ messages: [MQTTMessage], to hub: Hub?) {
        guard let hub else { return }
        let at = self.now()
        let updates = messages.map {
            TopicUpdate(topic: $0.topic, payload: $0.payload, retained: $0.retained, at: at)
        }
        hub.post(bytes: updates.reduce(0) { $0 + $1.byteCount }) { shard in
            (shard.application as? RelayShard)?.deliver(updates)
        }
        for mailbox in hub.mailboxes { mailbox.waitWhileFull(moreThan: self.maximumWaiting) }
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

/// Subscriptions that bring every topic wanted, and none twice: on MQTT 5 a broker delivers a message once
/// for each filter of ours that matches.
enum SubscriptionCover {
    static func of(_ filters: [TopicFilter]) -> [TopicFilter] {
        var cover: [TopicFilter] = []
        for filter in filters { self.add(filter, to: &cover) }
        return cover
    }

    private static func add(_ filter: TopicFilter, to cover: inout [TopicFilter]) {
        var filter = filter
        while let overlapping = cover.firstIndex(where: { self.overlap($0, filter) }) {
            let other = cover.remove(at: overlapping)
            filter = other.covers(filter) ? other : filter.covers(other) ? filter : self.join(filter, other)
        }
        cover.append(filter)
    }

    /// Whether some topic is matched by both.
    private static func overlap(_ left: TopicFilter, _ right: TopicFilter) -> Bool {
        let left = left.string.split(separator: "/", omittingEmptySubsequences: false)
        let right = right.string.split(separator: "/", omittingEmptySubsequences: false)
        for index in 0..<max(left.count, right.count) {
            let mine = index < left.count ? left[index] : nil
            let theirs = index < right.count ? right[index] : nil
            if mine == "#" || theirs == "#" { return true }
            guard let mine, let theirs, mine == theirs || mine == "+" || theirs == "+" else { return false }
        }
        return true
    }

    /// A filter that covers both: wild where they differ. What it brings besides is passed over by the rules.
    private static func join(_ left: TopicFilter, _ right: TopicFilter) -> TopicFilter {
        let mine = left.string.split(separator: "/", omittingEmptySubsequences: false)
        let theirs = right.string.split(separator: "/", omittingEmptySubsequences: false)
        var levels: [Substring] = []
        for (mine, theirs) in zip(mine, theirs) {
            if mine == "#" || theirs == "#" { break }
            levels.append(mine == theirs ? mine : "+")
        }
        if mine.count != theirs.count || mine.last == "#" || theirs.last == "#" { levels.append("#") }
        return (try? TopicFilter(levels.joined(separator: "/"))) ?? left
    }
}
