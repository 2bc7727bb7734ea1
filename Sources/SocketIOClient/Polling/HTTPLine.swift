import NIOCore
import NIOHTTP1

/// One keep-alive HTTP/1.1 connection for one request at a time. Opened by the first request, and again by the next
/// after the server closed it in between. Touched on its event loop only; alive while a request is under way.
final class HTTPLine: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private struct Exchange {
        let head: HTTPRequestHead
        let body: ByteBuffer?
        var answer: HTTPAnswer
        let completion: (Result<HTTPAnswer, Failure>) -> Void
    }

    /// Why a request has no answer.
    struct Failure: Error {
        let ending: Ending
    }

    private let requests: ClientRequests
    private let eventLoop: any EventLoop
    private var context: ChannelHandlerContext?
    private var exchange: Exchange?
    private var isClosed = false

    init(_ requests: ClientRequests, on eventLoop: any EventLoop) {
        self.requests = requests
        self.eventLoop = eventLoop
    }

    /// A request is under way.
    var isBusy: Bool { self.exchange != nil }

    /// Sends a request; the line must not be busy. `completion` is called once, unless the line is closed before.
    func send(
        _ head: HTTPRequestHead, body: ByteBuffer? = nil,
        completion: @escaping (Result<HTTPAnswer, Failure>) -> Void
    ) {
        guard !self.isClosed, self.exchange == nil else { return }
        let answer = HTTPAnswer(maximumBytes: self.requests.configuration.maximumMessageBytes)
        self.exchange = Exchange(head: head, body: body, answer: answer, completion: completion)
        if let context { self.write(to: context) } else { self.connect() }
    }

    /// Closes the connection at once and forgets the request under way.
    func close() {
        self.isClosed = true
        self.exchange = nil
        self.context?.close(promise: nil)
        self.context = nil
    }

    private func connect() {
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        let connected = self.requests.connect(on: self.eventLoop) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers([
                    HTTPRequestEncoder(), ByteToMessageHandler(HTTPResponseDecoder()), bound.value,
                ])
            }
        }
        connected.assumeIsolated().whenFailure { error in
            self.fail(Ending(.transportError, .connectFailed("\(error)")))
        }
    }

    private func write(to context: ChannelHandlerContext) {
        guard let exchange else { return }
        context.write(self.wrapOutboundOut(.head(exchange.head)), promise: nil)
        if let body = exchange.body { context.write(self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
    }

    private func succeed(_ exchange: Exchange) {
        self.exchange = nil
        if exchange.answer.head?.isKeepAlive != true {
            self.context?.close(promise: nil)
            self.context = nil
        }
        exchange.completion(.success(exchange.answer))
    }

    private func fail(_ ending: Ending) {
        guard let exchange else { return }
        self.exchange = nil
        exchange.completion(.failure(Failure(ending: ending)))
    }

    // MARK: The channel

    func channelActive(context: ChannelHandlerContext) {
        guard !self.isClosed else { return context.close(promise: nil) }
        self.context = context
        self.write(to: context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard context === self.context, var exchange else { return }
        self.exchange = nil
        let progress = exchange.answer.received(self.unwrapInboundIn(data))
        self.exchange = exchange
        switch progress {
        case .more: break
        case .complete: self.succeed(exchange)
        case .tooLarge: self.fail(Ending(.messageTooLarge))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard context === self.context else { return context.close(promise: nil) }
        self.context = nil
        context.close(promise: nil)
        self.fail(Ending(.transportError, .malformed("no HTTP: \(error)")))
    }

    func channelInactive(context: ChannelHandlerContext) {
        guard context === self.context else { return }
        self.context = nil
        self.fail(Ending(.transportClose))
    }
}

@available(*, unavailable)
extension HTTPLine: Sendable {}
