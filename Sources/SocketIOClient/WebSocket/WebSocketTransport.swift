import EngineIO
import NIOCore
import NIOPosix
import NIOWebSocket

/// One WebSocket: its frames to Engine.IO packets and back. Stands behind NIO's frame decoder in the pipeline; what it
/// writes are bytes, a turn's frames in one buffer.
///
/// Keeps itself alive while its channel is open.
final class WebSocketTransport: ChannelInboundHandler, Transport {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = ByteBuffer

    private let eventLoop: any EventLoop
    private var delegate: (any TransportDelegate)?
    private var assembler: MessageAssembler
    private var context: ChannelHandlerContext?
    private var channel: (any Channel)?
    private var outgoing = ByteBuffer()
    private var randomness = SystemRandomNumberGenerator()
    private var isFlushing = false
    private var isReading = false
    private var state = State.opening
    /// Why the channel is about to close, when it is known before it does.
    private var ending: Ending?

    private enum State {
        case opening
        case open
        /// A close frame has been sent.
        case closing
        case ended
    }

    private static let closeTimeout: TimeAmount = .seconds(2)

    init(on eventLoop: any EventLoop, maximumMessageBytes: Int, delegate: any TransportDelegate) {
        self.eventLoop = eventLoop
        self.assembler = MessageAssembler(maximumBytes: maximumMessageBytes)
        self.delegate = delegate
    }

    // MARK: Sending

    var queuedBytes: Int {
        let buffered = try? self.context?.channel.syncOptions?.getOption(ChannelOptions.bufferedWritableBytes)
        return self.outgoing.readableBytes + (buffered ?? 0)
    }

    func send(_ packet: EnginePacket) {
        guard case .open = self.state else { return }
        self.write(packet.isText ? .text : .binary) { packet.write(to: &$0) }
    }

    private func write(_ opcode: WebSocketOpcode, payload: (inout ByteBuffer) -> Void) {
        let key = UInt32.random(in: .min ... .max, using: &self.randomness)
        self.outgoing.writeMaskedFrame(opcode, key: key, payload: payload)
        self.flushSoon()
    }

    /// Once a turn: at the end of the read that is under way, or else when the loop comes round to it.
    private func flushSoon() {
        guard !self.isFlushing, !self.isReading else { return }
        self.isFlushing = true
        self.eventLoop.assumeIsolated().execute { self.flush() }
    }

    private func flush() {
        self.isFlushing = false
        guard let context, self.outgoing.readableBytes > 0 else { return }
        let frames = self.outgoing
        self.outgoing = ByteBuffer()
        context.writeAndFlush(self.wrapOutboundOut(frames), promise: nil)
    }

    func setReading(_ isReading: Bool) {
        try? self.channel?.syncOptions?.setOption(ChannelOptions.autoRead, value: isReading)
    }

    // MARK: Closing

    func close() {
        self.close(.normalClosure, Ending(.clientDisconnect))
    }

    private func close(_ code: WebSocketErrorCode, _ ending: Ending) {
        switch self.state {
        case .opening: self.abort()
        case .open:
            self.ending = ending
            self.write(.connectionClose) { $0.write(webSocketErrorCode: code) }
            self.state = .closing
            self.eventLoop.assumeIsolated().scheduleTask(in: Self.closeTimeout) { [weak self] in self?.abort() }
        case .closing, .ended: break
        }
    }

    func abort() {
        guard let channel else { return self.end(Ending(.clientDisconnect)) }
        channel.close(promise: nil)
    }

    /// The one way out, whatever happened; the first to know why wins.
    func end(_ ending: Ending) {
        if case .ended = self.state { return }
        self.state = .ended
        self.context = nil
        self.channel = nil
        self.outgoing = ByteBuffer()
        self.delegate?.ended(self, self.ending ?? ending)
        self.delegate = nil
    }

    // MARK: The channel

    /// The channel that is to become the WebSocket has connected. One that nobody waits for any more is closed.
    func connected(_ channel: any Channel) {
        guard case .opening = self.state else { return channel.close(promise: nil) }
        self.channel = channel
    }

    func handlerAdded(context: ChannelHandlerContext) {
        guard case .opening = self.state else { return context.close(promise: nil) }
        self.context = context
        self.channel = context.channel
        self.state = .open
        self.delegate?.opened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .open = self.state else { return self.discard(self.unwrapInboundIn(data), context) }
        self.isReading = true
        switch self.assembler.received(self.unwrapInboundIn(data)) {
        case .text(let frame): self.received(text: frame)
        case .binary(let bytes): self.delegate?.received(.binary(bytes), on: self)
        case .ping(let data): self.write(.pong) { $0.writeImmutableBuffer(data) }
        case .close: self.close(.normalClosure, Ending(.transportClose))
        case .nothing: break
        case .malformed(let what): self.close(.protocolError, Ending(.parseError, .malformed(what)))
        case .tooLarge: self.close(.messageTooLarge, Ending(.messageTooLarge))
        }
    }

    private func received(text: ByteBuffer) {
        do {
            self.delegate?.received(try EnginePacket(text: text), on: self)
        } catch {
            self.close(.protocolError, Ending(.parseError, .malformed("\(error)")))
        }
    }

    /// After our close frame only the server's matters: both sides have said that they are done.
    private func discard(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
        if frame.opcode == .connectionClose { context.close(promise: nil) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.isReading = false
        self.flush()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error as? NIOWebSocketError {
        case .invalidFrameLength: self.close(.messageTooLarge, Ending(.messageTooLarge))
        case .some(let error): self.close(.protocolError, Ending(.parseError, .malformed("\(error)")))
        case nil:
            self.ending = self.ending ?? Ending(.transportError, .connectFailed("\(error)"))
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end(Ending(.transportClose))
    }
}

@available(*, unavailable)
extension WebSocketTransport: Sendable {}
