package import NIOCore
package import NIOWebSocket

/// What listens to one WebSocket: a session, or a plain WebSocket of an application. Called on the socket's loop.
package protocol WebSocketReceiver: AnyObject {
    /// Whether the WebSocket is pinged as sessions are (RFC 6455 §5.5.2) and ended when nothing comes of it in time. Default
    /// false: a session has its own heartbeat.
    var wantsPings: Bool { get }
    func opened(_ webSocket: WebSocketHandler)
    func received(text: ByteBuffer, on webSocket: WebSocketHandler)
    func received(binary: ByteBuffer, on webSocket: WebSocketHandler)
    /// The socket takes bytes again after it could not.
    func writable(_ webSocket: WebSocketHandler)
    /// Once, whoever closed it; the code is why the server did, if it was the server.
    func closed(_ webSocket: WebSocketHandler, error: WebSocketErrorCode?)
}

extension WebSocketReceiver {
    package var wantsPings: Bool { false }
}

/// One open WebSocket, behind NIO's frame decoder. Frames go out as ready-made bytes, straight from here to the socket:
/// no encoder is in the way.
package final class WebSocketHandler: ChannelInboundHandler {
    package typealias InboundIn = WebSocketFrame
    package typealias OutboundOut = ByteBuffer

    /// How long a client that does not read has to take what was written before a close.
    private static let closeGrace = TimeAmount.seconds(2)
    private static let maximumReason = 123

    private var context: ChannelHandlerContext?
    let maximumMessage: Int
    private var assembler: MessageAssembler
    private var isClosing = false
    /// Where pings are due; nil: there are none.
    private let deadlines: Deadlines?
    /// Counts pings, so that a deadline of an answered one can be told from the current one's.
    private(set) var heartbeat: UInt32 = 0
    private var awaitsLife = false
    /// Who listens. A session takes over from the probe, so it may change; nil once closed.
    package var receiver: (any WebSocketReceiver)?

    /// - Parameter deadlines: keeps the time of pings; nil: there are none.
    init(receiver: any WebSocketReceiver, maximumMessage: Int, deadlines: Deadlines? = nil) {
        self.receiver = receiver
        self.deadlines = deadlines
        self.maximumMessage = maximumMessage
        self.assembler = MessageAssembler(limit: maximumMessage)
    }

    /// Whether the socket takes more without exceeding its write buffer's mark.
    package var isWritable: Bool {
        guard !self.isClosing, let context else { return false }
        return context.channel.isWritable
    }

    /// Writes frames; they leave with the next `flush`.
    package func write(_ frames: ByteBuffer) {
        guard !self.isClosing, let context else { return }
        context.write(self.wrapOutboundOut(frames), promise: nil)
    }

    /// A message as one frame, for a single receiver.
    package static func frame(isText: Bool, _ payload: ByteBuffer) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.reserveCapacity(payload.readableBytes + FrameHeader.maximumLength)
        FrameHeader.write(isText: isText, payload: payload.readableBytes, to: &frame)
        frame.writeImmutableBuffer(payload)
        return frame
    }

    package func flush() {
        self.context?.flush()
    }

    /// Sends a close frame after what was written, and closes; at once where the client has not read in time.
    ///
    /// - Parameter reason: at most 123 bytes (RFC 6455 §5.5); the rest of a longer one is left out.
    package func close(_ code: WebSocketErrorCode = .normalClosure, reason: String = "") {
        guard !self.isClosing, let context else { return }
        self.isClosing = true
        let reason = reason.prefix(bytes: Self.maximumReason)
        var frame = ByteBuffer()
        frame.writeMultipleIntegers(
            UInt8(0x88), UInt8(2 + reason.utf8.count), UInt16(webSocketErrorCode: code))
        frame.writeSubstring(reason)
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(self.wrapOutboundOut(frame), promise: written)
        let channel = context.channel
        let timeout = context.eventLoop.scheduleTask(in: Self.closeGrace) { channel.close(promise: nil) }
        written.futureResult.whenComplete { _ in
            timeout.cancel()
            channel.close(promise: nil)
        }
    }

    /// Closes because there is no room for the client: "try again later" (1013 of IANA's WebSocket close codes).
    package func closeAsBusy() {
        self.close(.init(codeNumber: 1013), reason: "BUSY: too many connections, or about to stop")
    }

    /// Closes without waiting for anything: for clients that do not read.
    package func abort() {
        self.isClosing = true
        self.context?.close(promise: nil)
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.deadlines?.ping(self)
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        self.ended(nil)
        // Deadlines keep this handler longer, and what was begun is nobody's now.
        self.assembler = MessageAssembler(limit: self.maximumMessage)
        self.context = nil
    }

    package func channelInactive(context: ChannelHandlerContext) {
        self.ended(nil)
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isClosing else { return }
        self.heard()
        switch self.assembler.received(self.unwrapInboundIn(data)) {
        case .text(let text): self.receiver?.received(text: text, on: self)
        case .binary(let bytes): self.receiver?.received(binary: bytes, on: self)
        case .ping(let data): self.pong(data)
        case .close: self.close()
        case .nothing: break
        case .violation(let code): self.fail(code)
        }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if self.isWritable { self.receiver?.writable(self) }
        context.fireChannelWritabilityChanged()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOWebSocketError.invalidFrameLength: self.fail(.messageTooLarge)
        case is NIOWebSocketError: self.fail(.protocolError)
        default: self.abort()
        }
    }

    private func pong(_ data: ByteBuffer) {
        guard data.readableBytes <= 125 else { return self.fail(.protocolError) }
        // A client that pings and does not read gets no answer (RFC 6455 §5.5.3 lets older pings go unanswered).
        guard self.isWritable else { return }
        var frame = ByteBuffer()
        frame.writeMultipleIntegers(UInt8(0x8a), UInt8(data.readableBytes))
        frame.writeImmutableBuffer(data)
        self.write(frame)
        self.flush()
    }

    private func fail(_ code: WebSocketErrorCode) {
        self.close(code)
        self.ended(code)
    }

    private func ended(_ error: WebSocketErrorCode?) {
        guard let receiver else { return }
        self.receiver = nil
        receiver.closed(self, error: error)
    }
}

// MARK: - Heartbeat of a WebSocket without a session

extension WebSocketHandler {
    /// A ping is due.
    func ping() {
        guard self.receiver != nil, !self.isClosing else { return }
        self.heartbeat &+= 1
        self.awaitsLife = true
        var frame = ByteBuffer()
        frame.writeMultipleIntegers(UInt8(0x89), UInt8(0))
        self.write(frame)
        self.flush()
        self.deadlines?.pong(self)
    }

    /// Whatever the client sends shows that it is there.
    private func heard() {
        guard self.awaitsLife else { return }
        self.awaitsLife = false
        self.deadlines?.ping(self)
    }

    /// The time for an answer to this ping is up.
    func pongOverdue(_ heartbeat: UInt32) {
        if self.awaitsLife && self.heartbeat == heartbeat { self.abort() }
    }
}

extension String {
    /// As many whole characters from the beginning as fit.
    fileprivate func prefix(bytes limit: Int) -> Substring {
        var end = self.startIndex
        var bytes = 0
        for index in self.indices {
            bytes += self[index].utf8.count
            if bytes > limit { break }
            end = self.index(after: index)
        }
        return self[..<end]
    }
}

@available(*, unavailable)
extension WebSocketHandler: Sendable {}
