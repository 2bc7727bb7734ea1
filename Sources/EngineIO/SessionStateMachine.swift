import NIOCore

/// What may happen next in one Engine.IO session: which transport carries it, what a request or packet means now.
///
/// ```
///   polling ──WebSocket opens──► probing ──"5"──► webSocket
///      ▲                            │
///      └──── candidate dropped ─────┘          any ──► closed
/// ```
/// Pure: the caller carries the actions out and tells what happened. A session that began over WebSocket starts in
/// `webSocket` and never leaves it.
package struct SessionStateMachine: Sendable {
    package enum Transport: String, Sendable {
        case polling
        case webSocket = "websocket"
    }

    /// What is open of the long-polling transport. At most one GET is parked and one POST under way (§ "HTTP
    /// long-polling": a second one of either closes the session).
    private struct Polling {
        var isParked = false
        var isPosting = false
    }

    private enum State {
        case polling(Polling)
        /// A WebSocket has opened with this session's sid; `probed` once its `2probe` was answered.
        case probing(Polling, probed: Bool)
        case webSocket
        case closed(Transport)
    }

    private var state: State

    package init(transport: Transport) {
        self.state = transport == .polling ? .polling(Polling()) : .webSocket
    }

    /// What carries the session; after its close, what did.
    package var transport: Transport {
        switch self.state {
        case .polling, .probing: .polling
        case .webSocket: .webSocket
        case .closed(let last): last
        }
    }

    package var isClosed: Bool {
        if case .closed = self.state { true } else { false }
    }

    /// While a probed upgrade waits for the client's `5`, a parked poll is released at once.
    package var releasesPolls: Bool {
        if case .probing(_, probed: true) = self.state { true } else { false }
    }

    package mutating func close() {
        self.state = .closed(self.transport)
    }

    // MARK: Long-polling requests

    package enum PollAction: Hashable, Sendable {
        /// Keep the request until there is something to answer.
        case park
        /// Answer it with an error; the session goes on.
        case refuse(RequestError)
        /// Answer it with an error and end the session: a poll was open already.
        case refuseAndClose(RequestError)
    }

    package mutating func pollOpened() -> PollAction {
        self.withPolling(otherwise: .refuse(.badRequest)) { polling in
            guard !polling.isParked else { return .refuseAndClose(.badRequest) }
            polling.isParked = true
            return .park
        }
    }

    package mutating func pollAnswered() {
        self.withPolling(otherwise: ()) { $0.isParked = false }
    }

    package enum PostAction: Hashable, Sendable {
        case accept
        case refuse(RequestError)
        case refuseAndClose(RequestError)
    }

    package mutating func postOpened() -> PostAction {
        self.withPolling(otherwise: .refuse(.badRequest)) { polling in
            guard !polling.isPosting else { return .refuseAndClose(.badRequest) }
            polling.isPosting = true
            return .accept
        }
    }

    package mutating func postEnded() {
        self.withPolling(otherwise: ()) { $0.isPosting = false }
    }

    private mutating func withPolling<Result>(
        otherwise: Result, _ body: (inout Polling) -> Result
    ) -> Result {
        switch self.state {
        case .polling(var polling):
            let result = body(&polling)
            self.state = .polling(polling)
            return result
        case .probing(var polling, let probed):
            let result = body(&polling)
            self.state = .probing(polling, probed: probed)
            return result
        case .webSocket, .closed:
            return otherwise
        }
    }

    // MARK: The upgrade

    /// A WebSocket opened with this session's sid. True: it is now the candidate. False: there is one already, or the
    /// session is on WebSocket; close the newcomer, the session goes on.
    package mutating func candidateOpened() -> Bool {
        guard case .polling(let polling) = self.state else { return false }
        self.state = .probing(polling, probed: false)
        return true
    }

    /// The candidate closed, or took too long.
    package mutating func candidateEnded() {
        guard case .probing(let polling, _) = self.state else { return }
        self.state = .polling(polling)
    }

    package enum CandidateAction: Hashable, Sendable {
        /// Answer `3probe` on the candidate, and release the parked poll.
        case answerProbe
        /// The candidate is the session's transport from now on: release the parked poll, send what waits.
        case upgrade
        /// Not a packet for a probe: close the candidate, the session goes on over polling.
        case drop
        case ignore
    }

    /// A packet on the candidate. A `5` without a probe is accepted, as C#'s client sends it.
    package mutating func candidateReceived(_ packet: EnginePacket) -> CandidateAction {
        guard case .probing(let polling, _) = self.state else { return .drop }
        switch packet {
        case .ping(let data) where data.readableBytesView.elementsEqual("probe".utf8):
            self.state = .probing(polling, probed: true)
            return .answerProbe
        case .upgrade:
            self.state = .webSocket
            return .upgrade
        case .noop:
            return .ignore
        default:
            return .drop
        }
    }

    // MARK: Packets on the session's transport

    package enum PacketAction: Hashable, Sendable {
        case deliver(EnginePacket)
        case pong
        case ignore
        case close(CloseReason)
    }

    package func received(_ packet: EnginePacket) -> PacketAction {
        guard !self.isClosed else { return .ignore }
        switch packet {
        case .text, .binary: return .deliver(packet)
        case .pong: return .pong
        case .close: return .close(.transportClose)
        // Only servers open and ping (protocol 4): a client that pings speaks protocol 3.
        case .open, .ping: return .close(.parseError)
        case .upgrade, .noop: return .ignore
        }
    }
}
