package import NIOCore

/// One client session with one broker, kept alive: it reconnects by itself and re-applies its subscriptions.
///
/// Confined to its loop: call it and be called back by it on the loop's thread only (other threads trap); it may be made
/// on any. It never calls back from within a call to it. Its callbacks may refer to its owner; set them to nil to break
/// the cycle when the owner is to go before the process does.
package final class MQTTSession {
    package enum State: Sendable, Equatable {
        /// Not wanted: before ``connect()``, after ``disconnect(within:)`` and ``abandon()``.
        case idle
        /// No link at the moment, and another attempt to come.
        case waiting
        /// From the start of an attempt to the broker's answer.
        case connecting
        case up
        /// Sending what is left, then DISCONNECT.
        case closing
    }

    /// The connection of the present attempt or link.
    struct Connection {
        enum Phase {
            /// Waiting for TCP.
            case connecting
            /// Waiting for TLS and CONNACK.
            case handshaking
            case up
        }

        let handle: MosquittoHandle
        let watch: UInt64
        let socket: CInt
        var interest: Readiness
        var phase = Phase.connecting
        /// The subscriptions made when the link came up are answered.
        var isSubscribed = false
        /// Wakes for writing in this second that left the library still wanting to write.
        var writeStalls = 0
    }

    package let configuration: MQTTConfiguration
    package let loop: MQTTLoop

    /// The link came up or went down. Every failed attempt is a `down`, too.
    package var onLink: ((LinkEvent) -> Void)?
    /// Messages in the order the broker sent them: all that one drain of the socket brought, at most about 1,024, or
    /// what arrives in 2 ms.
    package var onMessages: (([MQTTMessage]) -> Void)?
    /// A subscription did not come into force on the present link.
    package var onRefusal: ((SubscriptionRefusal) -> Void)?

    /// How many bytes wait to be sent or acknowledged, whenever that has changed.
    var onOutboundBytes: ((Int) -> Void)?

    let clientID: String
    var link: LinkStateMachine
    var connection: Connection?
    var queue: PublishQueue
    var subscriptions = SubscriptionBook()
    var tally = MQTTCounters()
    /// The failure that a publish ran into, until the end of the turn.
    var pendingFailure: LinkDownReason?
    private var deadlineTimer: LoopTimer?
    private var reportedBytes = 0
    /// Which of the host's addresses comes next.
    private var addressIndex = 0

    package init(_ configuration: MQTTConfiguration, on loop: MQTTLoop) {
        self.configuration = configuration
        self.loop = loop
        self.clientID = configuration.clientID ?? "relay-" + String(UInt64.random(in: .min ... .max), radix: 36)
        self.link = LinkStateMachine(
            backoff: ReconnectBackoff(configuration.reconnect), connectTimeout: configuration.connectTimeout)
        self.queue = PublishQueue(
            limit: configuration.limits.outboundBytes, window: max(1, configuration.limits.unacknowledged))
    }

    package var state: State {
        switch self.link.state {
        case .idle: .idle
        case .waiting: .waiting
        case .connecting: .connecting
        case .up: self.pendingFailure == nil ? .up : .waiting
        case .closing: .closing
        }
    }

    package var counters: MQTTCounters {
        var counters = self.tally
        counters.outboundBytes = self.queue.bytes
        return counters
    }

    // MARK: Link

    /// Connects, and stays connected from now on. Without effect on a session that is wanted already, and on a loop that
    /// is stopping.
    package func connect() {
        let isStopping = self.loop.onLoop { $0.isStopping }
        if isStopping || !self.link.start(at: .now()) { return }
        self.loop.onLoop { $0.keep(self) }
        self.attempt()
    }

    /// Sends what is queued, waits for acknowledgements, sends DISCONNECT and stays down until ``connect()``. When the
    /// time is up, what is left is given up. Ends with a `down` of kind `stopped`.
    package func disconnect(within grace: TimeAmount = .seconds(2)) {
        self.loop.preconditionOnLoop()
        if case .idle = self.link.state { return }
        if self.link.stop(at: .now(), grace: grace) {
            self.armDeadline()
            self.loop.onLoop { $0.later { self.closeIfDone() } }
        } else {
            self.finish(LinkDownReason(.stopped, "disconnected"))
        }
    }

    /// Closes the connection without a DISCONNECT, as if the device had lost its power: the broker publishes the Will.
    /// Stays down until ``connect()``. Ends with a `down` of kind `stopped`.
    package func abandon() {
        self.loop.preconditionOnLoop()
        if case .idle = self.link.state { return }
        self.finish(LinkDownReason(.stopped, "abandoned"))
    }

    /// Closes the connection without a DISCONNECT and reconnects, as after a failure of the network.
    package func breakLink() {
        self.loop.preconditionOnLoop()
        if self.connection != nil { self.failLater(LinkDownReason(.lost, "broken on purpose")) }
    }

    // MARK: Publishing and subscribing

    /// What to be subscribed to, from now on and after each reconnect. Only the difference to before is sent.
    /// - Throws: the first that cannot be offered (QoS 2); nothing is changed then.
    package func setSubscriptions(_ subscriptions: [Subscription]) throws(SubscriptionRefusal) {
        self.loop.preconditionOnLoop()
        try SubscriptionBook.check(subscriptions)
        let change = self.subscriptions.replace(with: subscriptions)
        guard self.state == .up else { return }
        self.unsubscribe(from: change.removed)
        self.subscribe(to: change.added)
    }

    /// Publishes.
    /// - Parameter completion: called once, later, unless this throws: at QoS 1 with the broker's acknowledgement or why
    ///   there is none, at QoS 0 when the message is handed to the network or why not.
    /// - Throws: why nothing was or will be sent.
    package func publish(
        to topic: TopicName, _ payload: ByteBuffer, qos: QoS = .atMostOnce, retain: Bool = false,
        properties: MQTTProperties? = nil, completion: ((Result<Void, PublishError>) -> Void)? = nil
    ) throws(PublishError) {
        self.loop.preconditionOnLoop()
        guard self.state == .up else { throw .notConnected }
        if qos == .exactlyOnce { throw .qosNotOffered(qos) }
        if properties != nil, self.configuration.version != .v5 { throw .propertiesNeedVersion5 }
        try self.queue.add(
            PublishQueue.Message(
                topic: topic, payload: payload, qos: qos, retain: retain, properties: properties,
                completion: completion))
        self.sendQueued()
        self.updateInterest()
        self.reportOutboundBytes()
    }

    func reportOutboundBytes() {
        if self.queue.bytes == self.reportedBytes { return }
        self.reportedBytes = self.queue.bytes
        self.onOutboundBytes?(self.queue.bytes)
    }
}

// MARK: - Attempts

extension MQTTSession {
    private func attempt() {
        self.tally.attempts += 1
        self.armDeadline()
        do {
            try self.openConnection()
        } catch {
            self.failLater(error)
        }
    }

    private func openConnection() throws(LinkDownReason) {
        let addresses = try self.addresses()
        // TLS needs the name, to check the certificate against. Then the library chooses the address, and passes on to
        // the next one only when it may wait.
        let isTLS = self.configuration.tls != nil
        let host = isTLS ? self.configuration.host : addresses[self.addressIndex % addresses.count]
        let handle = try MosquittoHandle(self.configuration, clientID: self.clientID)
        try handle.connect(to: host, self.configuration, waiting: isTLS && addresses.count > 1)
        let socket = handle.socket
        let watch = self.loop.onLoop { $0.watch(socket, interest: .write, for: self) }
        guard let watch else { throw LinkDownReason(.lost, "epoll does not take the socket") }
        self.connection = Connection(handle: handle, watch: watch, socket: socket, interest: .write)
    }

    /// Where the broker may be reached; at least one address, or the path of a socket.
    private func addresses() throws(LinkDownReason) -> [String] {
        if self.configuration.isLocal { return [self.configuration.host] }
        do throws(HostLookup.Failure) {
            return try HostLookup.addresses(of: self.configuration.host)
        } catch {
            throw LinkDownReason(.unreachable, "\(self.configuration.host): \(error.text)")
        }
    }

    /// Ends the present attempt or link, tells everybody, and waits for the next attempt.
    func fail(_ reason: LinkDownReason) {
        self.pendingFailure = nil
        let wasClosing = self.state == .closing
        let reason = self.explained(reason)
        if self.state == .connecting { self.addressIndex += 1 }
        self.link.failed(at: .now(), fraction: .random(in: 0..<1))
        let lost = self.closeConnection()
        self.armDeadline()
        if wasClosing { self.loop.onLoop { $0.release(self) } }
        for completion in lost { completion(.failure(.linkLost)) }
        self.onLink?(.down(wasClosing ? LinkDownReason(.stopped, "disconnected") : reason))
    }

    /// A connection that ends before CONNACK, and what that means under TLS.
    private func explained(_ reason: LinkDownReason) -> LinkDownReason {
        guard let tls = self.configuration.tls, self.connection?.phase == .handshaking,
            reason.kind == .lost || reason.kind == .protocol, !reason.isAnswer
        else { return reason }
        return LinkDownReason(unansweredOver: tls)
    }

    /// The same at the end of the turn, for failures that come up while somebody is calling the session.
    func failLater(_ reason: LinkDownReason) {
        if self.pendingFailure != nil { return }
        self.pendingFailure = reason
        self.loop.onLoop { reactor in
            reactor.later {
                // Somebody may have abandoned the session since, or started it anew.
                if let reason = self.pendingFailure { self.fail(reason) }
            }
        }
    }

    /// The session is no longer wanted: closes at once, tells everybody at the end of the turn.
    func finish(_ reason: LinkDownReason) {
        self.pendingFailure = nil
        self.link.closed()
        let lost = self.closeConnection()
        self.armDeadline()
        self.loop.onLoop { reactor in
            reactor.release(self)
            reactor.later {
                for completion in lost { completion(.failure(.linkLost)) }
                self.onLink?(.down(reason))
            }
        }
    }

    private func closeConnection() -> [PublishQueue.Completion] {
        if let connection = self.connection {
            let isOpen = connection.handle.socket == connection.socket
            self.loop.onLoop { $0.unwatch(connection.watch, isOpen: isOpen) }
            self.connection = nil
        }
        self.subscriptions.linkLost()
        let (count, completions) = self.queue.removeAll()
        self.tally.failedPublishes += count
        self.reportOutboundBytes()
        return completions
    }

    func armDeadline() {
        if let timer = self.deadlineTimer { self.loop.cancel(timer) }
        self.deadlineTimer = self.link.deadline.map { deadline in
            self.loop.schedule(at: deadline) { self.deadlinePassed() }
        }
    }

    private func deadlinePassed() {
        self.deadlineTimer = nil
        switch self.link.timePassed(at: .now()) {
        case .nothing: self.armDeadline()
        case .attempt: self.attempt()
        case .giveUpAttempt:
            let limit = self.configuration.connectTimeout.nanoseconds / 1_000_000
            self.fail(LinkDownReason(.timeout, "the broker did not answer within \(limit) ms"))
        case .finishClosing:
            // Best effort: it goes out if the socket takes it at once.
            self.connection?.handle.disconnect()
            self.finish(LinkDownReason(.stopped, "disconnected; what was left to send was given up"))
        }
    }
}
