import EngineIO
import NIOCore

/// The owner of a session.
protocol EngineSessionDelegate: AnyObject {
    func sessionOpened()
    func sessionReceived(text: ByteBuffer)
    func sessionReceived(binary: ByteBuffer)
    /// The last call; the session's connections are gone.
    func sessionEnded(_ ending: Ending)
}

/// One Engine.IO session as a client sees it: opens a transport, answers pings, notices silence, moves from polling to
/// a WebSocket. Touched on its event loop only; it, its
/// transport and its delegate keep each other alive until it ends.
///
/// ```
///   opening ──open packet──► open ──┬─ polling ──WebSocket open──► probing ──"3probe"──► switching
///                                   │     ▲                          │                      │ poll back, posts done
///                                   │     └──────────────────────────┴──── it failed ───────┤
///                                   └─ WebSocket ◄───────────── "5" sent ───────────────────┘
/// ```
/// While switching, packets to send are held back, so that what went by polling is there before what goes by WebSocket.
final class EngineSession {
    private enum Upgrade {
        case none
        case probing(WebSocketTransport)
        case switching(WebSocketTransport, held: [EnginePacket])
    }

    private enum State {
        case opening
        case open(ClientHandshake)
        case ended
    }

    private let requests: ClientRequests
    private let eventLoop: any EventLoop
    private var delegate: (any EngineSessionDelegate)?
    private var state = State.opening
    private var transport: (any Transport)?
    private var upgrade = Upgrade.none
    private var heldBytes = 0
    private var lastHeard = NIODeadline.now()
    /// Why the session is about to end, when it is known before its transport has.
    private var ending: Ending?
    private lazy var silenceTimer = LoopTimer(on: self.eventLoop) { [weak self] in self?.checkSilence() }
    private var upgradeTimer: LoopTimer?

    init(_ configuration: ClientConfiguration, on eventLoop: any EventLoop, delegate: any EngineSessionDelegate) {
        self.requests = ClientRequests(configuration: configuration)
        self.eventLoop = eventLoop
        self.delegate = delegate
    }

    private var configuration: ClientConfiguration { self.requests.configuration }

    /// What carries the session at present.
    var transportInUse: ClientConfiguration.Transport? {
        guard case .open = self.state else { return nil }
        return self.transport is WebSocketTransport ? .webSocket : .polling
    }

    // MARK: Opening

    func open() {
        self.lastHeard = .now()
        self.silenceTimer.fire(noLaterThan: .now() + self.configuration.connectTimeout)
        let limit = self.configuration.maximumMessageBytes
        switch self.configuration.transport {
        case .webSocket:
            let webSocket = WebSocketTransport(on: self.eventLoop, maximumMessageBytes: limit, delegate: self)
            self.transport = webSocket
            webSocket.connect(self.requests, sid: nil, on: self.eventLoop)
        case .polling, .pollingThenWebSocket:
            let polling = PollingTransport(self.requests, on: self.eventLoop, delegate: self)
            self.transport = polling
            polling.open()
        }
    }

    private func opened(_ packet: ByteBuffer) {
        guard case .opening = self.state else { return }
        guard let handshake = ClientHandshake(packet) else {
            return self.end(Ending(.parseError, .malformed("the open packet")))
        }
        self.state = .open(handshake)
        self.silenceTimer.fire(noLaterThan: self.lastHeard + handshake.silence)
        if let polling = self.transport as? PollingTransport {
            polling.opened(sid: handshake.sid, maxPayload: handshake.maxPayload)
            if self.configuration.transport == .pollingThenWebSocket && handshake.upgrades.contains("websocket") {
                self.startUpgrade(handshake)
            }
        }
        self.delegate?.sessionOpened()
    }

    // MARK: Sending

    /// Bytes that wait for the server.
    var queuedBytes: Int { self.heldBytes + (self.transport?.queuedBytes ?? 0) }

    /// Sends a text message and the binary ones that belong to it.
    func send(text: ByteBuffer, binaries: [ByteBuffer]) {
        self.send(.text(text))
        for binary in binaries { self.send(.binary(binary)) }
    }

    private func send(_ packet: EnginePacket) {
        guard case .switching(let webSocket, var held) = self.upgrade else {
            self.transport?.send(packet)
            return
        }
        self.upgrade = .none
        held.append(packet)
        self.heldBytes += packet.dataBytes
        self.upgrade = .switching(webSocket, held: held)
    }

    // MARK: Reading

    func setReading(_ isReading: Bool) {
        self.transport?.setReading(isReading)
    }

    // MARK: Ending

    /// Closes the orderly way; `sessionEnded` comes within some seconds.
    func close() {
        self.ending = self.ending ?? Ending(.clientDisconnect)
        self.abandonUpgrade()
        self.transport?.close()
    }

    /// Ends at once.
    func end(_ ending: Ending) {
        self.ending = self.ending ?? ending
        self.dropCandidate()
        self.transport?.abort()
    }

    private func finish(_ ending: Ending) {
        if case .ended = self.state { return }
        self.state = .ended
        self.transport = nil
        self.dropCandidate()
        self.silenceTimer.cancel()
        self.delegate?.sessionEnded(self.ending ?? ending)
        self.delegate = nil
    }

    // MARK: Silence

    private func checkSilence() {
        guard case .open(let handshake) = self.state else {
            return self.end(Ending(.connectTimeout, .connectTimeout))
        }
        let deadline = self.lastHeard + handshake.silence
        if deadline <= .now() {
            self.end(Ending(.pingTimeout))
        } else {
            self.silenceTimer.fire(noLaterThan: deadline)
        }
    }

    // MARK: Upgrading

    private func startUpgrade(_ handshake: ClientHandshake) {
        let limit = self.configuration.maximumMessageBytes
        let webSocket = WebSocketTransport(on: self.eventLoop, maximumMessageBytes: limit, delegate: self)
        self.upgrade = .probing(webSocket)
        let timer = LoopTimer(on: self.eventLoop) { [weak self] in self?.abandonUpgrade() }
        timer.fire(noLaterThan: .now() + self.configuration.upgradeTimeout)
        self.upgradeTimer = timer
        webSocket.connect(self.requests, sid: handshake.sid, on: self.eventLoop)
    }

    private func received(_ packet: EnginePacket, onCandidate webSocket: WebSocketTransport) {
        guard case .probing = self.upgrade, case .pong(let data) = packet,
            data.readableBytesView.elementsEqual("probe".utf8), let polling = self.transport as? PollingTransport
        else { return self.abandonUpgrade() }
        self.upgrade = .switching(webSocket, held: [])
        polling.pause { [weak self] in self?.completeUpgrade() }
    }

    private func completeUpgrade() {
        guard case .switching(let webSocket, let held) = self.upgrade else { return }
        let polling = self.transport
        self.upgradeTimer?.cancel()
        self.upgrade = .none
        self.transport = webSocket
        self.heldBytes = 0
        webSocket.send(.upgrade)
        for packet in held { webSocket.send(packet) }
        polling?.abort()
    }

    /// The server does not answer, or the WebSocket failed: go on by polling, with what was held back.
    private func abandonUpgrade() {
        let held: [EnginePacket] = if case .switching(_, let held) = self.upgrade { held } else { [] }
        self.dropCandidate()
        self.heldBytes = 0
        for packet in held { self.transport?.send(packet) }
        (self.transport as? PollingTransport)?.resume()
    }

    private func dropCandidate() {
        self.upgradeTimer?.cancel()
        let dropped = self.upgrade
        self.upgrade = .none
        switch dropped {
        case .none: break
        case .probing(let webSocket), .switching(let webSocket, _): webSocket.abort()
        }
    }

    private func isCandidate(_ transport: any Transport) -> Bool {
        switch self.upgrade {
        case .none: false
        case .probing(let webSocket), .switching(let webSocket, _): webSocket === transport
        }
    }
}

extension EngineSession: TransportDelegate {
    func opened(_ transport: any Transport) {
        if self.isCandidate(transport) { transport.send(.ping(ByteBuffer(string: "probe"))) }
    }

    func received(_ packet: EnginePacket, on transport: any Transport) {
        if self.isCandidate(transport), let webSocket = transport as? WebSocketTransport {
            return self.received(packet, onCandidate: webSocket)
        }
        guard transport === self.transport, self.ending == nil else { return }
        self.lastHeard = .now()
        switch packet {
        case .text(let text): self.delegate?.sessionReceived(text: text)
        case .binary(let bytes): self.delegate?.sessionReceived(binary: bytes)
        case .ping(let data): self.send(.pong(data))
        case .open(let handshake): self.opened(handshake)
        case .close: self.end(Ending(.transportClose))
        case .pong, .upgrade, .noop: break
        }
    }

    func ended(_ transport: any Transport, _ ending: Ending) {
        if self.isCandidate(transport) {
            self.abandonUpgrade()
        } else if transport === self.transport {
            self.finish(ending)
        }
    }
}

extension EnginePacket {
    /// Bytes of its data.
    var dataBytes: Int {
        switch self {
        case .open(let data), .ping(let data), .pong(let data), .text(let data), .binary(let data): data.readableBytes
        case .close, .upgrade, .noop: 0
        }
    }
}

@available(*, unavailable)
extension EngineSession: Sendable {}
