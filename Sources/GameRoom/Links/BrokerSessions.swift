import MQTT
import NIOCore
import Settings

/// The sessions of all players who come by MQTT: one thread for however many.
///
/// The actor runs on the MQTT loop's thread, which the sessions' callbacks come on, too. Links, which live on event loops,
/// pass their wishes there by ``perform(_:)``: no task for each message.
actor BrokerSessions {
    /// What a session tells its link, on the MQTT thread.
    struct Handlers: Sendable {
        /// The broker has answered the subscriptions: what is published from now on arrives.
        let open: @Sendable () -> Void
        let messages: @Sendable ([MQTTMessage]) -> Void
        /// The link ended, or could not be made. Nothing comes after it.
        let down: @Sendable (String) -> Void
    }

    private nonisolated let loop: MQTTLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { self.loop.asUnownedSerialExecutor() }
    /// What the clients of this run are called first: others may play at the same broker.
    nonisolated let prefix: String
    private let broker: MQTTConfiguration
    private var sessions: [String: MQTTSession] = [:]

    /// Bytes that may wait for the broker, of one player.
    private static let outboundBytes = 256 * 1_024

    /// - Throws: ``ImpossibleSetting`` for an address that is none; a process without threads or descriptors left.
    init(_ settings: GameRoomConfiguration.MQTT) throws {
        var broker: MQTTConfiguration
        do throws(MQTTURLError) {
            broker = try MQTTConfiguration(url: settings.url)
        } catch {
            throw ImpossibleSetting(name: "mqtt.url (--mqtt)", problem: "\(error)")
        }
        if let username = settings.username { broker.username = username }
        if let password = settings.password { broker.password = password.value }
        broker.limits.outboundBytes = Self.outboundBytes
        self.broker = broker
        self.prefix = "player-" + String(UInt32.random(in: .min ... .max), radix: 36)
        self.loop = try MQTTLoop(name: "players")
    }

    /// Runs the closure on the MQTT thread, after what was passed before.
    nonisolated func perform(_ body: @escaping @Sendable (isolated BrokerSessions) -> Void) {
        self.loop.execute { self.assumeIsolated(body) }
    }

    /// Disconnects what is still connected and ends the thread. Must be called.
    nonisolated func stop() async {
        await self.loop.stop()
    }

    /// Connects a client, whose last will is published when it breaks off.
    func open(_ client: String, will: MQTTWill, _ filters: [TopicFilter], _ handlers: Handlers) {
        var configuration = self.broker
        configuration.clientID = client
        configuration.will = will
        let session = MQTTSession(configuration, on: self.loop)
        let identity = ObjectIdentifier(session)
        session.onMessages = handlers.messages
        session.onLink = { event in
            switch event {
            case .up: break
            case .subscribed: handlers.open()
            case .down(let reason):
                // It would connect again by itself, which is the player's to decide.
                self.assumeIsolated { $0.forget(client, identity) }
                handlers.down("\(reason)")
            }
        }
        self.sessions[client] = session
        self.subscribe(client, to: filters)
        session.connect()
    }

    /// To these and no others. A command published after this finds the subscriptions in force: the broker takes the one
    /// after the other.
    func subscribe(_ client: String, to filters: [TopicFilter]) {
        // Retained states are not asked for: what there was before is in the answer that lets a player in.
        try? self.sessions[client]?.setSubscriptions(filters.map { Subscription($0, qos: .atLeastOnce) })
    }

    /// Publishes at QoS 1, unless there is no link: then the link's owner is about to hear of that.
    func publish(_ client: String, to topic: TopicName, _ payload: ByteBuffer, properties: MQTTProperties? = nil) {
        try? self.sessions[client]?.publish(to: topic, payload, qos: .atLeastOnce, properties: properties)
    }

    /// - Parameter saysGoodbye: after what is still to be sent; else at once, and the broker publishes the will.
    func close(_ client: String, saysGoodbye: Bool) {
        guard let session = self.sessions.removeValue(forKey: client) else { return }
        session.onMessages = nil
        session.onLink = nil
        if saysGoodbye { session.disconnect() } else { session.abandon() }
    }

    private func forget(_ client: String, _ session: ObjectIdentifier) {
        if self.sessions[client].map(ObjectIdentifier.init) == session { self.close(client, saysGoodbye: false) }
    }
}
