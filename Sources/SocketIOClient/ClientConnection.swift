package import NIOCore
package import SocketIO

/// One client's connection to a Socket.IO server, in the form made for thousands in a process: everything happens on
/// one event loop, and a delegate is called for what arrives.
///
/// Make it, use it and let go of it on that loop only. It and its delegate keep each other alive from `open` until
/// `disconnected` has been called for the last time; it is not used again after that.
///
/// ```
/// eventLoop.execute {
///     let connection = ClientConnection(configuration, on: eventLoop, delegate: Viewer())
///     connection.open()
/// }
/// ```
package final class ClientConnection {
    package typealias AckCallback = (Result<Arguments, ClientError>) -> Void

    private enum State {
        case idle
        case running(EngineSession, isOpen: Bool)
        case waiting(Scheduled<Void>)
        case ended
    }

    package let configuration: ClientConfiguration
    package let eventLoop: any EventLoop
    private var delegate: (any ClientDelegate)?
    private var state = State.idle
    private var decoder = PacketDecoder()
    private var namespaces = NamespaceTable()
    private var acks = PendingAcks<AckCallback>()
    /// Attempts that failed since a namespace was last joined.
    private var failures = 0
    /// Why the session is being closed by this side.
    private var ending: Ending?
    private lazy var timer = LoopTimer(on: self.eventLoop) { [weak self] in self?.expire() }

    /// - Parameter eventLoop: the loop this is called on.
    package init(_ configuration: ClientConfiguration, on eventLoop: any EventLoop, delegate: any ClientDelegate) {
        eventLoop.preconditionInEventLoop()
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.delegate = delegate
    }

    /// What carries the packets now; nil while there is no session.
    package var transport: ClientConfiguration.Transport? {
        guard case .running(let session, isOpen: true) = self.state else { return nil }
        return session.transportInUse
    }

    /// Bytes that wait for the server.
    package var queuedBytes: Int {
        guard case .running(let session, _) = self.state else { return 0 }
        return session.queuedBytes
    }

    /// Acknowledgements that are awaited.
    package var pendingAcks: Int { self.acks.count }

    /// There will be no more calls to the delegate.
    package var isEnded: Bool {
        if case .ended = self.state { true } else { false }
    }

    package func hasJoined(_ namespace: String) -> Bool {
        self.namespaces.hasJoined(namespace)
    }

    // MARK: Opening and closing

    /// Connects, and joins the configured namespace. Once only.
    package func open() {
        guard case .idle = self.state else { return }
        self.join(self.configuration.namespace, auth: self.configuration.auth)
        self.startSession()
    }

    private func startSession() {
        let session = EngineSession(self.configuration, on: self.eventLoop, delegate: self)
        self.state = .running(session, isOpen: false)
        session.open()
    }

    /// Leaves all namespaces and closes the connection, after what was sent before. The delegate is told when the
    /// sockets are closed, within some seconds.
    package func close() {
        switch self.state {
        case .idle, .ended: self.state = .ended
        case .waiting(let scheduled):
            scheduled.cancel()
            self.finish(Ending(.clientDisconnect))
        case .running:
            for namespace in self.namespaces.joined {
                self.write(SocketPacket(namespace: namespace, .disconnect))
            }
            self.close(Ending(.clientDisconnect))
        }
    }

    /// Breaks off without a goodbye, as if the network were gone. The delegate is told, within the call as a rule.
    package func abandon() {
        switch self.state {
        case .idle, .ended, .waiting: self.close()
        case .running(let session, _):
            self.ending = self.ending ?? Ending(.clientDisconnect)
            session.end(Ending(.clientDisconnect))
        }
    }

    /// Whether to read what the server sends. While not, it waits in the network, and then at the server.
    package var isReading = true {
        didSet {
            if case .running(let session, _) = self.state { session.setReading(self.isReading) }
        }
    }

    private func close(_ ending: Ending) {
        guard case .running(let session, _) = self.state, self.ending == nil else { return }
        self.ending = ending
        session.close()
    }

    // MARK: Namespaces

    /// Joins a namespace, now or as soon as the connection is open. The delegate is told `joined` or `left`.
    package func join(_ namespace: String, auth: JSON? = nil) {
        let deadline = NIODeadline.now() + self.configuration.connectTimeout
        guard let packet = self.namespaces.join(namespace, auth: auth, until: deadline) else { return }
        if case .running(_, isOpen: true) = self.state { self.write(packet) }
        self.timer.fire(noLaterThan: deadline)
    }

    /// Leaves a namespace. The connection closes with the last one.
    package func leave(_ namespace: String) {
        let wasJoined = self.namespaces.hasJoined(namespace)
        guard self.namespaces.leave(namespace) else { return }
        if wasJoined { self.write(SocketPacket(namespace: namespace, .disconnect)) }
        self.left(namespace, Ending(.clientDisconnect))
    }

    private func left(_ namespace: String, _ ending: Ending) {
        for callback in self.acks.takeAll(namespace: namespace) { callback(.failure(.disconnected(ending.reason))) }
        self.delegate?.left(namespace, ending, on: self)
        if self.namespaces.isEmpty { self.close(ending) }
    }

    // MARK: Events

    /// Sends an event. What is sent in one turn of the loop goes out together.
    ///
    /// - Parameters:
    ///   - event: its name first.
    ///   - namespace: default the configured one.
    /// - Throws: `notConnected`, `queueFull`, `tooManyAttachments`; then nothing was sent.
    package func emit(_ event: Arguments, in namespace: String? = nil) throws(ClientError) {
        let namespace = namespace ?? self.configuration.namespace
        try self.send(SocketPacket(namespace: namespace, .event(event, id: nil)))
    }

    /// Sends an event and calls back once: with the server's answer, or with `ackTimeout` or `disconnected`.
    ///
    /// - Throws: as `emit`, and `tooManyAcks`; then there is no call back.
    package func emit(
        _ event: Arguments, in namespace: String? = nil, timeout: TimeAmount, ack: @escaping AckCallback
    ) throws(ClientError) {
        let namespace = namespace ?? self.configuration.namespace
        guard self.acks.count < self.configuration.maximumPendingAcks else { throw .tooManyAcks }
        let deadline = NIODeadline.now() + timeout
        let id = self.acks.add(ack, namespace: namespace, deadline: deadline)
        do {
            try self.send(SocketPacket(namespace: namespace, .event(event, id: id)))
        } catch {
            _ = self.acks.take(id, namespace: namespace)
            throw error
        }
        self.timer.fire(noLaterThan: deadline)
    }

    /// Answers an event that came with this id. Answer once: a server passes over a second answer.
    package func acknowledge(
        _ id: UInt64, with arguments: Arguments, in namespace: String? = nil
    ) throws(ClientError) {
        let namespace = namespace ?? self.configuration.namespace
        try self.send(SocketPacket(namespace: namespace, .ack(arguments, id: id)))
    }

    private func send(_ packet: SocketPacket) throws(ClientError) {
        guard case .running(let session, isOpen: true) = self.state, self.ending == nil,
            self.namespaces.hasJoined(packet.namespace)
        else { throw .notConnected }
        let attachments = packet.attachments
        guard attachments.count <= SocketPacket.maximumAttachments else { throw .tooManyAttachments }
        var text = ByteBuffer()
        packet.write(to: &text)
        let bytes = attachments.reduce(text.readableBytes) { $0 + $1.readableBytes }
        guard session.queuedBytes + bytes <= self.configuration.maximumQueuedBytes else { throw .queueFull }
        session.send(text: text, binaries: attachments)
    }

    /// Sends a packet that takes no part in the limit of the queue: CONNECT or DISCONNECT.
    private func write(_ packet: SocketPacket) {
        guard case .running(let session, isOpen: true) = self.state, self.ending == nil else { return }
        var text = ByteBuffer()
        packet.write(to: &text)
        session.send(text: text, binaries: [])
    }

    // MARK: What arrives

    private func received(_ packet: SocketPacket) {
        switch self.namespaces.received(packet) {
        case .joined(let sid):
            self.failures = 0
            self.delegate?.joined(packet.namespace, sid: sid, on: self)
        case .deliverEvent(let event, let id):
            self.delegate?.received(event, id: id, in: packet.namespace, on: self)
        case .deliverAck(let arguments, let id):
            self.acks.take(id, namespace: packet.namespace)?(.success(arguments))
        case .left(let ending):
            self.left(packet.namespace, ending)
        case .ignore: break
        }
    }

    /// Decodes a message and acts on the packet that it completes; a malformed one ends the session.
    private func decode(_ body: (inout PacketDecoder) throws(PacketError) -> SocketPacket?) {
        guard self.ending == nil else { return }
        do {
            if let packet = try body(&self.decoder) { self.received(packet) }
        } catch {
            guard case .running(let session, _) = self.state else { return }
            session.end(Ending(.parseError, .malformed("\(error)")))
        }
    }

    // MARK: Time

    private func expire() {
        let now = NIODeadline.now()
        for callback in self.acks.expire(now: now) { callback(.failure(.ackTimeout)) }
        self.giveUp(on: self.namespaces.expired(now: now))
        let deadlines = [self.acks.nextDeadline, self.namespaces.nextDeadline].compactMap(\.self)
        if let next = deadlines.min() { self.timer.fire(noLaterThan: next) }
    }

    /// A server that lets the client in nowhere is as good as none; else only the namespaces are given up.
    private func giveUp(on expired: [String]) {
        guard !expired.isEmpty, case .running(let session, _) = self.state else { return }
        let ending = Ending(.connectTimeout, .connectTimeout)
        guard !self.namespaces.joined.isEmpty else { return session.end(ending) }
        for namespace in expired where self.namespaces.leave(namespace) { self.left(namespace, ending) }
    }

    private func reconnect() {
        let deadline = NIODeadline.now() + self.configuration.connectTimeout
        self.namespaces.rejoin(until: deadline)
        self.timer.fire(noLaterThan: deadline)
        self.startSession()
    }

    private func finish(_ ending: Ending) {
        self.state = .ended
        self.timer.cancel()
        let delegate = self.delegate
        self.delegate = nil
        delegate?.disconnected(ending, reconnectingIn: nil, on: self)
    }
}

extension ClientConnection: EngineSessionDelegate {
    func sessionOpened() {
        guard case .running(let session, _) = self.state else { return }
        self.state = .running(session, isOpen: true)
        for packet in self.namespaces.requests { self.write(packet) }
    }

    func sessionReceived(text: ByteBuffer) {
        self.decode { decoder throws(PacketError) in try decoder.decode(text: text) }
    }

    func sessionReceived(binary: ByteBuffer) {
        self.decode { decoder throws(PacketError) in try decoder.decode(binary: binary) }
    }

    func sessionEnded(_ ending: Ending) {
        let ending = self.ending ?? ending
        self.decoder = PacketDecoder()
        var delay: TimeAmount?
        if self.ending == nil {
            var randomness = SystemRandomNumberGenerator()
            delay = self.configuration.reconnect?.delay(afterFailures: self.failures, using: &randomness)
        }
        self.failures += 1
        let callbacks = self.acks.takeAll()
        if let delay {
            self.namespaces.rejoin(until: .distantFuture)
            self.state = .waiting(self.eventLoop.assumeIsolated().scheduleTask(in: delay) { self.reconnect() })
        } else {
            self.state = .ended
        }
        for callback in callbacks { callback(.failure(.disconnected(ending.reason))) }
        guard let delay else { return self.finish(ending) }
        self.delegate?.disconnected(ending, reconnectingIn: delay, on: self)
    }
}

@available(*, unavailable)
extension ClientConnection: Sendable {}
