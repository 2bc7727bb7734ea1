import EngineIO
import NIOCore
import NIOHTTP1

/// HTTP long-polling (Engine.IO protocol 4): one GET is always under way to receive, and one POST at a time sends what
/// has gathered, each on a connection of its own.
final class PollingTransport: Transport {
    private enum State {
        case open
        /// A close packet is on its way.
        case closing
        case ended
    }

    private let requests: ClientRequests
    private let eventLoop: any EventLoop
    private var delegate: (any TransportDelegate)?
    private let receiving: HTTPLine
    private let sending: HTTPLine
    private var state = State.open
    private var sid: String?
    private var maxPayload = 1
    private var queue: [EnginePacket] = []
    private(set) var queuedBytes = 0
    private var isPostScheduled = false
    /// Called when no request is under way any more; meanwhile no new poll is made.
    private var paused: (() -> Void)?
    private var isReading = true

    private static let closeTimeout: TimeAmount = .seconds(2)
    /// Far more than a server puts into one answer.
    private static let maximumPacketsPerAnswer = 1 << 20

    init(_ requests: ClientRequests, on eventLoop: any EventLoop, delegate: any TransportDelegate) {
        self.requests = requests
        self.eventLoop = eventLoop
        self.delegate = delegate
        self.receiving = HTTPLine(requests, on: eventLoop)
        self.sending = HTTPLine(requests, on: eventLoop)
    }

    func open() {
        self.poll()
        self.delegate?.opened(self)
    }

    /// The open packet has come: with it the session's id, and how many bytes a POST may carry.
    func opened(sid: String, maxPayload: Int) {
        self.sid = sid
        self.maxPayload = maxPayload
        self.postSoon()
    }

    // MARK: Receiving

    private func poll() {
        let head = self.requests.head(.GET, transport: "polling", sid: self.sid)
        self.receiving.send(head) { [self] result in
            switch result {
            case .success(let answer) where answer.isOK: self.received(answer.body)
            case .success(let answer): self.end(answer.refusal)
            case .failure(let failure): self.end(failure.ending)
            }
        }
    }

    private func received(_ body: ByteBuffer) {
        let packets: [EnginePacket]
        do {
            packets = try PollingPayload.decode(body, limit: Self.maximumPacketsPerAnswer)
        } catch {
            return self.end(Ending(.parseError, .malformed("\(error)")))
        }
        for packet in packets {
            guard case .open = self.state else { return }
            self.delegate?.received(packet, on: self)
        }
        guard case .open = self.state else { return }
        guard self.sid != nil else { return self.end(Ending(.parseError, .malformed("no open packet"))) }
        if self.paused == nil { self.pollIfReading() } else { self.checkPaused() }
    }

    func setReading(_ isReading: Bool) {
        self.isReading = isReading
        guard self.paused == nil, case .open = self.state, self.sid != nil else { return }
        self.pollIfReading()
    }

    private func pollIfReading() {
        if self.isReading, !self.receiving.isBusy { self.poll() }
    }

    // MARK: Sending

    func send(_ packet: EnginePacket) {
        guard case .open = self.state else { return }
        self.append(packet)
    }

    private func append(_ packet: EnginePacket) {
        self.queue.append(packet)
        self.queuedBytes += packet.dataBytes
        self.postSoon()
    }

    private func postSoon() {
        guard !self.isPostScheduled else { return }
        self.isPostScheduled = true
        self.eventLoop.assumeIsolated().execute {
            self.isPostScheduled = false
            self.post()
        }
    }

    private func post() {
        if case .ended = self.state { return }
        guard self.sid != nil, !self.queue.isEmpty, !self.sending.isBusy else { return }
        var head = self.requests.head(.POST, transport: "polling", sid: self.sid)
        let (body, bytes) = self.nextBody()
        head.headers.add(name: "Content-Type", value: "text/plain;charset=UTF-8")
        head.headers.add(name: "Content-Length", value: String(body.readableBytes))
        self.sending.send(head, body: body) { [self] result in
            self.queuedBytes -= bytes
            switch result {
            case .success(let answer) where answer.isOK: self.posted()
            case .success(let answer): self.end(answer.refusal)
            case .failure(let failure): self.end(failure.ending)
            }
        }
    }

    /// As many packets as the server takes in one body, at least one; and the bytes of data in them.
    private func nextBody() -> (ByteBuffer, bytes: Int) {
        var body = ByteBuffer()
        var count = 0
        var bytes = 0
        for packet in self.queue {
            let end = body.writerIndex
            PollingPayload.append(packet, to: &body)
            if count > 0 && body.readableBytes > self.maxPayload {
                body.moveWriterIndex(to: end)
                break
            }
            count += 1
            bytes += packet.dataBytes
        }
        self.queue.removeFirst(count)
        return (body, bytes)
    }

    private func posted() {
        if !self.queue.isEmpty { return self.post() }
        switch self.state {
        case .open: self.checkPaused()
        case .closing: self.abort()
        case .ended: break
        }
    }

    // MARK: Pausing

    /// Sends what is queued, polls no more, and calls back once nothing is under way.
    func pause(_ done: @escaping () -> Void) {
        self.paused = done
        self.checkPaused()
    }

    /// Goes on after a pause that was not to be.
    func resume() {
        guard self.paused != nil, case .open = self.state else { return }
        self.paused = nil
        self.pollIfReading()
    }

    private func checkPaused() {
        guard let paused, !self.receiving.isBusy, !self.sending.isBusy, self.queue.isEmpty else { return }
        paused()
    }

    // MARK: Closing

    func close() {
        guard case .open = self.state else { return }
        guard self.sid != nil else { return self.abort() }
        self.state = .closing
        self.append(.close)
        self.eventLoop.assumeIsolated().scheduleTask(in: Self.closeTimeout) { [weak self] in self?.abort() }
    }

    func abort() {
        self.end(Ending(.clientDisconnect))
    }

    private func end(_ ending: Ending) {
        if case .ended = self.state { return }
        self.state = .ended
        self.receiving.close()
        self.sending.close()
        self.paused = nil
        self.queue = []
        self.queuedBytes = 0
        self.delegate?.ended(self, ending)
        self.delegate = nil
    }
}

@available(*, unavailable)
extension PollingTransport: Sendable {}
