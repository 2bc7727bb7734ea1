import EngineIO
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// The HTTP side of one TCP connection: gathers requests, hands them to the shard, writes the answers; after an upgrade
/// it is gone, with all of HTTP.
final class HTTPHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case idle
        /// A request is coming in.
        case receiving(HTTPExchange)
        /// A request too large: its rest is thrown away, the connection closes behind the answer.
        case discarding
        /// The request is whole; its answer is somebody's task.
        case answering(HTTPExchange)
        /// The answer goes on.
        case streaming(ResponseStream)
        /// The answer is written, and the client has yet to take it: no request is looked at until then.
        case draining
        /// The connection becomes a WebSocket, moves to another loop, or closes.
        case done
    }

    private unowned let shard: Shard
    private let descriptor: NIOBSDSocket.Handle
    /// The handlers between the socket and this one; let go with the upgrade, since deadlines keep this handler longer.
    private var codec: HTTPCodec?
    private var state = State.idle
    private var context: ChannelHandlerContext?
    /// Counts requests, so that a look at a later time can tell whether anything happened since.
    private(set) var activity: UInt32 = 0

    init(shard: Shard, codec: HTTPCodec, descriptor: NIOBSDSocket.Handle) {
        self.shard = shard
        self.codec = codec
        self.descriptor = descriptor
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.aborted()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.aborted()
        context.close(promise: nil)
    }

    private func aborted() {
        let state = self.state
        self.state = .done
        switch state {
        case .receiving(let exchange), .answering(let exchange): exchange.aborted()
        case .streaming(let stream): stream.aborted()
        case .idle, .discarding, .draining, .done: break
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (self.unwrapInboundIn(data), self.state) {
        case (.head(let head), .idle): self.began(head, context)
        case (.body(let bytes), .receiving(let exchange)): self.received(bytes, exchange)
        case (.end, .receiving(let exchange)):
            self.state = .answering(exchange)
            self.shard.received(exchange, on: self)
        default: break
        }
    }

    private func began(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        self.activity &+= 1
        let exchange = HTTPExchange(
            head, handler: self, cors: self.shard.configuration.cors,
            remoteAddress: context.remoteAddress?.ipAddress)
        self.state = .receiving(exchange)
        let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        guard length <= self.shard.configuration.maximumPayload else { return self.tooLarge(exchange) }
        if head.headers.contains(name: "expect") {
            context.writeAndFlush(
                self.wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: .continue))), promise: nil)
        }
        self.shard.began(exchange)
    }

    private func received(_ bytes: ByteBuffer, _ exchange: HTTPExchange) {
        guard exchange.body.readableBytes + bytes.readableBytes <= self.shard.configuration.maximumPayload else {
            return self.tooLarge(exchange)
        }
        exchange.body.writeImmutableBuffer(bytes)
    }

    private func tooLarge(_ exchange: HTTPExchange) {
        self.shard.refusedBody(of: exchange)
        self.state = .answering(exchange)
        let limit = self.shard.configuration.maximumPayload
        let text = #"{"ok":false,"code":"TOO_BIG","message":"at most \#(limit) bytes"}"#
        exchange.respond(
            .payloadTooLarge, [("content-type", "application/json")], body: ByteBuffer(string: text), close: true)
    }

    func respond(_ head: HTTPResponseHead, body: ByteBuffer, keepAlive: Bool) {
        guard let context else { return }
        var head = head
        let isWhole = if case .answering = self.state { true } else { false }
        let closes = !keepAlive || !isWhole
        if closes { head.headers.add(name: "connection", value: "close") }
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        if body.readableBytes > 0 { context.write(self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        guard closes else { return self.finish(context) }
        self.state = .discarding
        let channel = context.channel
        context.writeAndFlush(self.wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }

    /// Ends the answer, which lets the next request in; once the socket takes it, so that a client that sends requests
    /// and reads nothing does not fill memory with answers.
    private func finish(_ context: ChannelHandlerContext) {
        if !context.channel.isWritable { context.flush() }
        guard case .answering = self.state else { return }
        guard context.channel.isWritable else {
            self.activity &+= 1
            self.state = .draining
            return
        }
        self.state = .idle
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        switch self.state {
        case .draining where context.channel.isWritable:
            self.state = .idle
            context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        case .streaming(let stream) where context.channel.isWritable: stream.becameWritable()
        default: break
        }
        context.fireChannelWritabilityChanged()
    }

    /// Looks, some time after `activity` was the count, whether the connection has been idle since, or takes that long
    /// over one request; then closes it. False: there is nothing to look after any more.
    func closeIfIdle(since activity: UInt32) -> Bool {
        switch self.state {
        case .done: return false
        case .answering, .streaming: return true
        case .idle, .receiving, .discarding, .draining:
            if activity == self.activity { self.context?.close(promise: nil) }
            return activity != self.activity
        }
    }
}

// MARK: - An answer that goes on

extension HTTPHandler {
    func stream(_ head: HTTPResponseHead, keepAlive: ByteBuffer) -> ResponseStream? {
        guard let context, case .answering = self.state else { return nil }
        var head = head
        head.headers.add(name: "connection", value: "close")
        let stream = ResponseStream(shard: self.shard, handler: self, keepAlive: keepAlive)
        self.state = .streaming(stream)
        context.writeAndFlush(self.wrapOutboundOut(.head(head)), promise: nil)
        self.shard.deadlines.look(after: stream)
        return stream
    }

    var isWritable: Bool { self.context?.channel.isWritable ?? false }

    /// Bytes written that the socket has not taken.
    var unsentBytes: Int {
        guard let options = self.context?.channel.syncOptions else { return 0 }
        return (try? options.getOption(.bufferedWritableBytes)) ?? 0
    }

    func write(_ bytes: ByteBuffer) {
        guard let context else { return }
        context.write(self.wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
    }

    func flush() { self.context?.flush() }

    func endStream() {
        guard let context, case .streaming = self.state else { return }
        self.state = .discarding
        let channel = context.channel
        context.writeAndFlush(self.wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }

    /// Closes without waiting for a client that does not read.
    func abortStream() {
        self.state = .done
        self.context?.close(promise: nil)
    }
}

// MARK: - Becoming a WebSocket

extension HTTPHandler {
    /// Answers the upgrade and puts the WebSocket's handlers in the place of HTTP's (RFC 6455 §4.2).
    func upgrade(_ exchange: HTTPExchange, to receiver: any WebSocketReceiver, maximumMessage: Int) {
        guard let context else { return }
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: maximumMessage,
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
        let headers = upgrader.buildUpgradeResponse(
            channel: context.channel, upgradeRequest: exchange.head,
            initialResponseHeaders: ["connection": "upgrade", "upgrade": "websocket"])
        headers.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let headers):
                exchange.handedOver()
                self.state = .done
                let deadlines = receiver.wantsPings ? self.shard.deadlines : nil
                self.replaceHandlers(
                    headers,
                    WebSocketHandler(receiver: receiver, maximumMessage: maximumMessage, deadlines: deadlines))
            case .failure:
                // Of what a WebSocket is made of only the version is missed by those who mean well (RFC 6455 §4.2.2).
                let version = exchange.head.headers.first(name: "sec-websocket-version")
                guard version != nil, version != "13" else { return exchange.refuse(.badRequest) }
                exchange.respond(.upgradeRequired, [("upgrade", "websocket"), ("sec-websocket-version", "13")])
            }
        }
    }

    private func replaceHandlers(_ headers: HTTPHeaders, _ webSocket: WebSocketHandler) {
        guard let context else { return }
        let head = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        // The request decoder is still decoding the request that brought us here. Only when it has left may others
        // take what is read; until then this handler stays and takes nothing.
        guard let codec else { return }
        self.codec = nil
        codec.removeDecoder(from: context.pipeline).assumeIsolated().whenComplete { result in
            guard case .success = result, context.channel.isActive else { return context.close(promise: nil) }
            do {
                try codec.replace(self, with: webSocket, in: context.pipeline)
            } catch {
                context.close(promise: nil)
            }
        }
    }

    /// Takes the connection's socket for another loop: this channel closes, the connection stays open in the copy of
    /// its descriptor that is returned; nil when there are no descriptors left.
    func handOver(_ exchange: HTTPExchange) -> NIOBSDSocket.Handle? {
        guard let context, let copy = Descriptor.duplicate(self.descriptor) else { return nil }
        exchange.handedOver()
        self.state = .done
        context.close(promise: nil)
        return copy
    }

    /// Begins with a request that another loop has read.
    func replay(_ request: HandedOverRequest) {
        guard let context else { return }
        do { try self.codec?.replay(request, in: context.pipeline) } catch { context.close(promise: nil) }
    }
}

@available(*, unavailable)
extension HTTPHandler: Sendable {}
