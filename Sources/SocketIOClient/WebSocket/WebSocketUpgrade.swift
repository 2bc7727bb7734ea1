import NIOCore
import NIOHTTP1
import NIOWebSocket

extension WebSocketTransport {
    /// Connects, and asks the server to make the connection a WebSocket (RFC 6455 §4.1). The delegate is told `opened`
    /// or `ended`.
    func connect(_ requests: ClientRequests, sid: String?, on eventLoop: any EventLoop) {
        let head = requests.head(.GET, transport: "websocket", sid: sid)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let limit = requests.configuration.maximumMessageBytes
        let connected = requests.connect(on: eventLoop) { channel in
            channel.eventLoop.makeCompletedFuture {
                try bound.value.addHandlers(to: channel, asking: head, maximumFrameBytes: limit)
            }
        }
        connected.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel): self.connected(channel)
            case .failure(let error): self.end(Ending(.transportError, .connectFailed("\(error)")))
            }
        }
    }

    /// HTTP for the one request; NIO's upgrade handler takes it away when the server has agreed, bytes of the first
    /// frames that came along with the answer passed on.
    private func addHandlers(to channel: any Channel, asking head: HTTPRequestHead, maximumFrameBytes: Int) throws {
        let encoder = HTTPRequestEncoder()
        let decoder = ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes))
        let request = UpgradeRequestHandler(head: head, transport: self)
        let upgrade = NIOHTTPClientUpgradeHandler(
            upgraders: [WebSocketUpgrader(transport: self, maximumFrameBytes: maximumFrameBytes)],
            httpHandlers: [encoder, decoder, request], upgradeCompletionHandler: { _ in })
        try channel.pipeline.syncOperations.addHandlers([encoder, decoder, upgrade, request])
    }
}

/// NIO's upgrader for the key and its answer, our own handlers instead of its encoder.
private struct WebSocketUpgrader: NIOHTTPClientProtocolUpgrader {
    private let transport: WebSocketTransport
    private let maximumFrameBytes: Int
    private let handshake: NIOWebSocketClientUpgrader

    init(transport: WebSocketTransport, maximumFrameBytes: Int) {
        self.transport = transport
        self.maximumFrameBytes = min(max(maximumFrameBytes, 1), Int(UInt32.max))
        self.handshake = NIOWebSocketClientUpgrader { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
    }

    var supportedProtocol: String { self.handshake.supportedProtocol }
    var requiredUpgradeHeaders: [String] { self.handshake.requiredUpgradeHeaders }

    func addCustom(upgradeRequestHeaders: inout HTTPHeaders) {
        self.handshake.addCustom(upgradeRequestHeaders: &upgradeRequestHeaders)
    }

    func shouldAllowUpgrade(upgradeResponse: HTTPResponseHead) -> Bool {
        self.handshake.shouldAllowUpgrade(upgradeResponse: upgradeResponse)
    }

    func upgrade(context: ChannelHandlerContext, upgradeResponse: HTTPResponseHead) -> EventLoopFuture<Void> {
        context.eventLoop.makeCompletedFuture {
            let decoder = ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: self.maximumFrameBytes))
            try context.pipeline.syncOperations.addHandlers([decoder, self.transport])
        }
    }
}

/// Sends the request for an upgrade, and tells the transport when the server says no.
private final class UpgradeRequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private var transport: WebSocketTransport?
    private var response = HTTPAnswer(maximumBytes: HTTPAnswer.quotedBytes)

    init(head: HTTPRequestHead, transport: WebSocketTransport) {
        self.head = head
        self.transport = transport
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(self.wrapOutboundOut(.head(self.head)), promise: nil)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.response.received(self.unwrapInboundIn(data)) {
        case .more: break
        case .complete, .tooLarge: self.end(self.response.refusal, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.end(Ending(.transportError, .malformed("no WebSocket: \(error)")), context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end(Ending(.transportClose), context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.transport = nil
    }

    private func end(_ ending: Ending, _ context: ChannelHandlerContext) {
        self.transport?.end(ending)
        self.transport = nil
        context.close(promise: nil)
    }
}

@available(*, unavailable)
extension UpgradeRequestHandler: Sendable {}
