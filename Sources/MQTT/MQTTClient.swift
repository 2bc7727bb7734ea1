import NIOConcurrencyHelpers
package import NIOCore

/// One session on a loop of its own, to be used from any thread.
package final class MQTTClient: Sendable {
    /// Called on the MQTT thread, one at a time, in order: be quick, and never wait.
    package struct Handlers: Sendable {
        package var messages: @Sendable ([MQTTMessage]) -> Void
        package var link: @Sendable (LinkEvent) -> Void
        package var refusal: @Sendable (SubscriptionRefusal) -> Void

        package init(
            messages: @escaping @Sendable ([MQTTMessage]) -> Void,
            link: @escaping @Sendable (LinkEvent) -> Void = { _ in },
            refusal: @escaping @Sendable (SubscriptionRefusal) -> Void = { _ in }
        ) {
            self.messages = messages
            self.link = link
            self.refusal = refusal
        }
    }

    package typealias Completion = @Sendable (Result<Void, PublishError>) -> Void

    private struct Outgoing {
        let topic: TopicName
        let payload: ByteBuffer
        let qos: QoS
        let retain: Bool
        let properties: MQTTProperties?
        let completion: Completion?

        var cost: Int { PublishQueue.cost(of: self.topic, self.payload) }
    }

    /// What other threads and the loop share.
    private struct Mailbox {
        var isUp = false
        var outgoing: [Outgoing] = []
        /// The cost of `outgoing`, and of what is being handed to the session.
        var bytes = 0
        /// What waits in the session.
        var sessionBytes = 0
    }

    package let configuration: MQTTConfiguration
    private let loop: MQTTLoop
    private let session: LoopConfined<MQTTSession>
    private let mailbox = NIOLockedValueBox(Mailbox())

    /// - Throws: when the process has no file descriptors or threads left.
    package init(_ configuration: MQTTConfiguration, handlers: Handlers) throws {
        self.configuration = configuration
        self.loop = try MQTTLoop()
        let session = MQTTSession(configuration, on: self.loop)
        session.onMessages = handlers.messages
        session.onRefusal = handlers.refusal
        session.onLink = { [mailbox] event in
            let isUp = if case .down = event { false } else { true }
            mailbox.withLockedValue { $0.isUp = isUp }
            handlers.link(event)
        }
        session.onOutboundBytes = { [mailbox] bytes in
            mailbox.withLockedValue { $0.sessionBytes = bytes }
        }
        self.session = LoopConfined(session)
    }

    /// Whether there is a link to the broker at this moment.
    package var isUp: Bool { self.mailbox.withLockedValue(\.isUp) }

    /// Connects, and stays connected until ``stop(within:)``.
    package func start() {
        self.loop.execute { self.session.value.connect() }
    }

    /// Sends what is queued, disconnects and ends the thread. Must be called, also if never started: until then the
    /// thread lives.
    package func stop(within grace: TimeAmount = .seconds(2)) async {
        await self.loop.stop(within: grace)
    }

    /// See ``MQTTSession/setSubscriptions(_:)``.
    package func setSubscriptions(_ subscriptions: [Subscription]) throws(SubscriptionRefusal) {
        try SubscriptionBook.check(subscriptions)
        self.loop.execute {
            let session = self.session.value
            do throws(SubscriptionRefusal) {
                try session.setSubscriptions(subscriptions)
            } catch {
                session.onRefusal?(error)
            }
        }
    }

    /// Publishes. While the link is down it refuses at once; nothing is kept for later.
    /// - Parameter completion: called once, later, on the MQTT thread, unless this throws. When many threads publish at
    ///   once it may be the one to say `queueFull` or `notConnected`.
    /// - Throws: why nothing was or will be sent.
    package func publish(
        to topic: TopicName, _ payload: ByteBuffer, qos: QoS = .atMostOnce, retain: Bool = false,
        properties: MQTTProperties? = nil, completion: Completion? = nil
    ) throws(PublishError) {
        if qos == .exactlyOnce { throw .qosNotOffered(qos) }
        if properties != nil, self.configuration.version != .v5 { throw .propertiesNeedVersion5 }
        let outgoing = Outgoing(
            topic: topic, payload: payload, qos: qos, retain: retain, properties: properties, completion: completion)
        if try self.post(outgoing) { self.loop.execute { self.sendOutgoing() } }
    }

    /// A copy of the session's counters.
    package func counters() async -> MQTTCounters {
        await withCheckedContinuation { continuation in
            self.loop.execute { continuation.resume(returning: self.session.value.counters) }
        }
    }
}

// MARK: - To the loop

extension MQTTClient {
    /// - Returns: whether nobody has told the loop yet.
    private func post(_ outgoing: Outgoing) throws(PublishError) -> Bool {
        let limit = self.configuration.limits.outboundBytes
        let verdict = self.mailbox.withLockedValue { mailbox -> Result<Bool, PublishError> in
            let cost = outgoing.cost
            if !mailbox.isUp { return .failure(.notConnected) }
            if cost > limit { return .failure(.tooLarge) }
            if cost > limit - mailbox.bytes - mailbox.sessionBytes { return .failure(.queueFull) }
            mailbox.bytes += cost
            mailbox.outgoing.append(outgoing)
            return .success(mailbox.outgoing.count == 1)
        }
        return try verdict.get()
    }

    private func sendOutgoing() {
        let outgoing = self.mailbox.withLockedValue { mailbox in
            defer { mailbox.outgoing = [] }
            return mailbox.outgoing
        }
        let session = self.session.value
        for message in outgoing {
            do throws(PublishError) {
                try session.publish(
                    to: message.topic, message.payload, qos: message.qos, retain: message.retain,
                    properties: message.properties, completion: message.completion)
            } catch {
                message.completion?(.failure(error))
            }
            // Until now it counted as waiting: else its room in the session would be promised to another message.
            self.mailbox.withLockedValue { $0.bytes -= message.cost }
        }
    }
}
