import EngineIO
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// One client's Engine.IO session: its transports, what waits to be sent, its heartbeat. Lives on its shard's loop.
///
/// What may happen next, the state machine says; this class carries it out.
final class EngineConnection {
    let id: SessionID
    unowned let shard: Shard
    let request: HandshakeRequest
    /// The path the session was opened at; it is not known at any other.
    let endpoint: Endpoint

    private var session: SessionStateMachine
    private var layer: (any MessageLayer)?
    private var queue = SendQueue()
    /// Since when the client has taken nothing of what waits for it; nil: nothing waits.
    private(set) var stalledSince: NIODeadline?

    /// The GET that waits for something to answer.
    private var poll: HTTPExchange?
    private var webSocket: WebSocketHandler?
    /// A WebSocket that asks to take over.
    private var candidate: WebSocketHandler?

    /// Set while the shard will flush this connection at the end of the turn.
    var isTouched = false
    private var wantsWritable = false

    /// Counts pings, so that a deadline of an answered one can be told from the current one's.
    private(set) var heartbeat: UInt32 = 0
    private var awaitsPong = false
    private var pingedAt = NIODeadline.now()
    /// Milliseconds from the last ping to its answer; nil before the first.
    private(set) var roundTrip: Int?

    /// Python's client takes no more packets than this in one answer.
    private static let packetsPerPoll = 16

    init(
        id: SessionID, shard: Shard, request: HandshakeRequest, endpoint: Endpoint,
        transport: SessionStateMachine.Transport
    ) {
        self.id = id
        self.shard = shard
        self.request = request
        self.endpoint = endpoint
        self.session = SessionStateMachine(transport: transport)
    }

    var transport: SessionStateMachine.Transport { self.session.transport }
    var isClosed: Bool { self.session.isClosed }

    func open(_ layer: any MessageLayer, webSocket: WebSocketHandler?) {
        self.layer = layer
        self.webSocket = webSocket
        self.send(OutboundMessage(self.shard.handshake(for: self.id, transport: self.transport).packet))
        layer.opened()
    }

    // MARK: Sending

    var queuedBytes: Int { self.queue.byteCount }

    /// Whether a message sent now leaves with this turn's flush.
    var isWritable: Bool {
        switch self.session.transport {
        case .webSocket:
            guard let webSocket, self.queue.isEmpty else { return false }
            if webSocket.isWritable { return true }
            // What this turn wrote may be all that fills the buffer.
            if self.isTouched { webSocket.flush() }
            return webSocket.isWritable
        case .polling:
            return self.poll != nil && self.queue.count < Self.packetsPerPoll
        }
    }

    /// Sends in order; what the transport cannot take waits, up to the limit. Beyond it the client is closed.
    func send(_ message: OutboundMessage) {
        guard !self.session.isClosed else { return }
        if self.session.transport == .webSocket, self.isWritable {
            self.webSocket?.write(message.frames)
        } else if !self.queue.append(message, limit: self.shard.configuration.maximumQueue) {
            return self.close(.slowConsumer)
        } else if self.stalledSince == nil {
            self.stalledSince = .now()
        }
        self.shard.metrics.messagesSent += 1
        self.shard.metrics.bytesSent += message.byteCount
        self.shard.touch(self)
    }

    /// Sends, or drops the message where it would have to wait. True when it was sent.
    func sendVolatile(_ message: OutboundMessage) -> Bool {
        guard !self.session.isClosed, self.isWritable else { return false }
        self.send(message)
        return true
    }

    func notifyWhenWritable() {
        self.wantsWritable = true
    }

    /// The end of a turn: what was written leaves; a parked poll is answered with what waits.
    func flush() {
        self.isTouched = false
        switch self.session.transport {
        case .webSocket: self.webSocket?.flush()
        case .polling: self.answerPoll()
        }
    }

    private func drain(to webSocket: WebSocketHandler) {
        while webSocket.isWritable, let message = self.queue.popFirst() {
            self.tookSome()
            webSocket.write(message.frames)
            if !webSocket.isWritable { webSocket.flush() }
        }
        webSocket.flush()
    }

    private func tookSome() {
        self.stalledSince = self.queue.isEmpty ? nil : .now()
    }

    private func tellWritable() {
        guard self.wantsWritable, self.isWritable else { return }
        self.wantsWritable = false
        self.layer?.writable()
    }

    // MARK: Closing

    /// Ends the session: the client is told where it listens, the layer always.
    func close(_ reason: CloseReason) {
        guard !self.session.isClosed else { return }
        let transport = self.session.transport
        if transport == .webSocket && reason != .slowConsumer && reason != .pingTimeout {
            while let message = self.queue.popFirst() { self.webSocket?.write(message.frames) }
        }
        // One packet less than an answer may hold: the close goes along.
        let last = reason == .slowConsumer ? [] : self.queue.popFirst(packets: Self.packetsPerPoll - 1)
        self.session.close()
        self.queue.removeAll()
        self.candidate?.close()
        self.candidate = nil
        switch reason {
        case .slowConsumer, .pingTimeout: self.webSocket?.abort()
        default: self.webSocket?.close(reason.webSocketCode)
        }
        self.webSocket = nil
        if transport == .polling { self.sayFarewell(reason, behind: last) }
        self.shard.closed(self, reason)
        let layer = self.layer
        self.layer = nil
        layer?.closed(reason)
    }

    /// The last answer to a polling client: what was sent before, and the end. Where the server ends the session, a
    /// client between two polls gets it at the next; where the client does, nobody waits for it.
    private func sayFarewell(_ reason: CloseReason, behind last: [OutboundMessage]) {
        // A close packet makes Python's client stay away for good; from a server that comes back it hears 503.
        if reason == .serverShuttingDown {
            self.poll?.respond(.serviceUnavailable, close: true)
        } else {
            var body = ByteBuffer()
            for message in last { message.write(toPollingBody: &body) }
            PollingPayload.append(reason == .transportClose ? .noop : .close, to: &body)
            if let poll {
                poll.respondPolling(body)
            } else if reason == .forcedServerClose {
                self.shard.keep(Farewell(body: body, endpoint: self.endpoint), for: self.id)
            }
        }
        self.poll = nil
    }
}

// MARK: - Long-polling

extension EngineConnection {
    /// A GET of the session.
    func polled(_ exchange: HTTPExchange) {
        switch self.session.pollOpened() {
        case .park:
            exchange.whenAborted = { [weak self] in self?.pollAborted() }
            self.poll = exchange
            if self.session.releasesPolls && self.queue.isEmpty { self.queueNoop() }
            self.answerPoll()
            self.tellWritable()
        case .refuse(let error):
            exchange.refuse(error)
        case .refuseAndClose(let error):
            exchange.refuse(error)
            self.close(.transportError)
        }
    }

    private func pollAborted() {
        self.poll = nil
        self.close(.transportError)
    }

    private func answerPoll() {
        guard let poll, !self.queue.isEmpty else { return }
        self.poll = nil
        poll.whenAborted = nil
        self.session.pollAnswered()
        var body = ByteBuffer()
        for message in self.queue.popFirst(packets: Self.packetsPerPoll) { message.write(toPollingBody: &body) }
        self.tookSome()
        poll.respondPolling(body)
    }

    private func queueNoop() {
        _ = self.queue.append(OutboundMessage(.noop), limit: .max)
    }

    /// A POST's head has come; its body follows. False: answered with an error already.
    func postOpened(_ exchange: HTTPExchange) -> Bool {
        switch self.session.postOpened() {
        case .accept:
            exchange.whenAborted = { [weak self] in self?.close(.transportError) }
            return true
        case .refuse(let error):
            exchange.refuse(error)
        case .refuseAndClose(let error):
            exchange.refuse(error)
            self.close(.transportError)
        }
        return false
    }

    /// The body was larger than it may be; the session goes on.
    func postRefused(_ exchange: HTTPExchange) {
        exchange.whenAborted = nil
        self.session.postEnded()
    }

    func posted(_ exchange: HTTPExchange) {
        exchange.whenAborted = nil
        self.session.postEnded()
        guard let packets = try? PollingPayload.decode(exchange.body) else {
            exchange.refuse(.badRequest)
            return self.close(.parseError)
        }
        exchange.respond(.ok, [("content-type", "text/html")], body: ByteBuffer(string: "ok"))
        for packet in packets { self.received(packet) }
    }

    fileprivate func received(_ packet: EnginePacket) {
        switch self.session.received(packet) {
        case .deliver(.text(let text)): self.layer?.received(text: text)
        case .deliver(.binary(let bytes)): self.layer?.received(binary: bytes)
        case .deliver, .ignore: break
        case .pong: self.ponged()
        case .close(let reason): self.close(reason)
        }
    }
}

// MARK: - WebSocket, as the session's transport and as a candidate for it

extension EngineConnection: WebSocketReceiver {
    func opened(_ webSocket: WebSocketHandler) {
        guard self.session.candidateOpened() else { return webSocket.close() }
        self.candidate = webSocket
        self.shard.expectUpgrade(of: self, webSocket)
    }

    func received(text: ByteBuffer, on webSocket: WebSocketHandler) {
        guard let packet = try? EnginePacket(text: text) else { return self.violated(webSocket) }
        if webSocket === self.candidate {
            self.candidateReceived(packet, webSocket)
        } else if webSocket === self.webSocket {
            self.received(packet)
        }
    }

    func received(binary: ByteBuffer, on webSocket: WebSocketHandler) {
        if webSocket === self.candidate {
            self.candidateReceived(.binary(binary), webSocket)
        } else if webSocket === self.webSocket {
            self.received(.binary(binary))
        }
    }

    func writable(_ webSocket: WebSocketHandler) {
        guard webSocket === self.webSocket else { return }
        self.drain(to: webSocket)
        self.tellWritable()
    }

    func closed(_ webSocket: WebSocketHandler, error: WebSocketErrorCode?) {
        if webSocket === self.candidate {
            self.candidate = nil
            self.session.candidateEnded()
        } else if webSocket === self.webSocket {
            self.webSocket = nil
            self.close(error.map(CloseReason.init(webSocketError:)) ?? .transportClose)
        }
    }

    /// The upgrade's time is up; nothing happens when it went well.
    func upgradeTimedOut(_ webSocket: WebSocketHandler) {
        guard webSocket === self.candidate else { return }
        self.dropCandidate(webSocket)
    }

    private func violated(_ webSocket: WebSocketHandler) {
        if webSocket === self.candidate { return self.dropCandidate(webSocket) }
        self.close(.parseError)
    }

    private func candidateReceived(_ packet: EnginePacket, _ webSocket: WebSocketHandler) {
        switch self.session.candidateReceived(packet) {
        case .answerProbe:
            webSocket.write(OutboundMessage(.pong(ByteBuffer(string: "probe"))).frames)
            webSocket.flush()
            self.releasePoll()
        case .upgrade: self.upgrade(to: webSocket)
        case .drop: self.dropCandidate(webSocket)
        case .ignore: break
        }
    }

    private func dropCandidate(_ webSocket: WebSocketHandler) {
        self.candidate = nil
        self.session.candidateEnded()
        webSocket.close()
    }

    private func releasePoll() {
        guard self.poll != nil else { return }
        if self.queue.isEmpty { self.queueNoop() }
        self.answerPoll()
    }

    private func upgrade(to webSocket: WebSocketHandler) {
        self.candidate = nil
        self.webSocket = webSocket
        if let poll {
            self.poll = nil
            poll.whenAborted = nil
            var body = ByteBuffer()
            PollingPayload.append(.noop, to: &body)
            poll.respondPolling(body)
        }
        self.drain(to: webSocket)
        self.tellWritable()
    }
}

// MARK: - Heartbeat (Engine.IO protocol 4, "Heartbeat")

extension EngineConnection {
    /// A ping is due. It goes out before whatever waits: the official client counts on pings alone.
    func ping() {
        guard !self.session.isClosed else { return }
        self.heartbeat &+= 1
        self.awaitsPong = true
        self.pingedAt = .now()
        let ping = OutboundMessage(.ping(ByteBuffer()))
        if let webSocket, self.session.transport == .webSocket {
            webSocket.write(ping.frames)
            webSocket.flush()
        } else {
            self.queue.prepend(ping)
            self.answerPoll()
        }
        self.shard.expectPong(from: self)
    }

    /// The time for an answer to this ping is up.
    func pongOverdue(_ heartbeat: UInt32) {
        if self.awaitsPong && self.heartbeat == heartbeat { self.close(.pingTimeout) }
    }

    private func ponged() {
        guard self.awaitsPong else { return }
        self.awaitsPong = false
        self.roundTrip = Int((NIODeadline.now() - self.pingedAt).nanoseconds / 1_000_000)
        self.shard.schedulePing(of: self)
    }
}

extension CloseReason {
    fileprivate var webSocketCode: WebSocketErrorCode {
        switch self {
        case .serverShuttingDown: .goingAway
        case .parseError: .protocolError
        default: .normalClosure
        }
    }

    fileprivate init(webSocketError: WebSocketErrorCode) {
        self = webSocketError == .messageTooLarge ? .payloadTooLarge : .parseError
    }
}
