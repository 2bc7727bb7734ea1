import NIOCore
import NIOHTTP1
import NIOWebSocket

/// NIO's HTTP handlers on one connection: how they are put there, and how a WebSocket takes their place.
struct HTTPCodec {
    private let encoder = HTTPResponseEncoder()
    private let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes))
    /// One request at a time, however many a client sends ahead.
    private let oneByOne = HTTPServerPipelineHandler()
    /// Answers what is not HTTP with 400.
    private let errors = HTTPServerProtocolErrorHandler()

    static func install(on channel: any Channel, shard: Shard, descriptor: NIOBSDSocket.Handle) throws -> HTTPHandler {
        let codec = HTTPCodec()
        let handler = HTTPHandler(shard: shard, codec: codec, descriptor: descriptor)
        try channel.pipeline.syncOperations.addHandlers([
            codec.encoder, codec.decoder, codec.oneByOne, codec.errors, handler,
        ])
        return handler
    }

    /// Feeds in a request that another loop has read, as if the decoder had read it here.
    func replay(_ request: HandedOverRequest, in pipeline: ChannelPipeline) throws {
        let context = try pipeline.syncOperations.context(handler: self.decoder)
        context.fireChannelRead(NIOAny(HTTPServerRequestPart.head(request.head)))
        if request.body.readableBytes > 0 {
            context.fireChannelRead(NIOAny(HTTPServerRequestPart.body(request.body)))
        }
        context.fireChannelRead(NIOAny(HTTPServerRequestPart.end(nil)))
        context.fireChannelReadComplete()
    }

    func removeDecoder(from pipeline: ChannelPipeline) -> EventLoopFuture<Void> {
        pipeline.syncOperations.removeHandler(self.decoder)
    }

    /// Removes the rest, `handler` too, and puts frames and the WebSocket there.
    func replace(_ handler: HTTPHandler, with webSocket: WebSocketHandler, in pipeline: ChannelPipeline) throws {
        let operations = pipeline.syncOperations
        let leaving: [any RemovableChannelHandler] = [self.encoder, self.oneByOne, self.errors, handler]
        for handler in leaving { _ = operations.removeHandler(handler) }
        let frames = ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: webSocket.maximumMessage))
        try operations.addHandlers([frames, webSocket])
        webSocket.receiver?.opened(webSocket)
    }
}

/// A request on its way to the loop that owns its session.
struct HandedOverRequest: Sendable {
    let head: HTTPRequestHead
    let body: ByteBuffer
}
