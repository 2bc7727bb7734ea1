import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import TestSupport

/// A WebSocket server that plays a part, for what no good server does.
final class ScriptedServer: Sendable {
    enum Line: Sendable {
        case text(String)
        case binary([UInt8])
    }

    /// An open packet with this heartbeat, in milliseconds.
    static func open(interval: Int = 25_000, timeout: Int = 20_000) -> Line {
        let figures = #""pingInterval":\#(interval),"pingTimeout":\#(timeout),"maxPayload":1000000"#
        return .text(#"0{"sid":"scripted","upgrades":[],\#(figures)}"#)
    }

    /// The text messages of its clients.
    let received = Mailbox<String>()
    private let channel: any Channel

    var url: String { "http://127.0.0.1:\(self.channel.localAddress?.port ?? 0)" }

    /// - Parameters:
    ///   - greeting: sent as soon as the WebSocket is open.
    ///   - answer: what to send on a text message.
    init(greeting: [Line], answer: @escaping @Sendable (String) -> [Line] = { _ in [] }) async throws {
        let received = self.received
        self.channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                let upgrader = NIOWebSocketServerUpgrader(
                    shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(HTTPHeaders()) },
                    upgradePipelineHandler: { channel, _ in
                        channel.eventLoop.makeCompletedFuture {
                            let handler = ScriptHandler(greeting: greeting, answer: answer, received: received)
                            try channel.pipeline.syncOperations.addHandler(handler)
                        }
                    })
                return channel.pipeline.configureHTTPServerPipeline(
                    withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func stop() async {
        try? await self.channel.close()
    }
}

private final class ScriptHandler: ChannelInboundHandler {
    typealias InboundIn = NIOWebSocket.WebSocketFrame
    typealias OutboundOut = NIOWebSocket.WebSocketFrame

    private let greeting: [ScriptedServer.Line]
    private let answer: @Sendable (String) -> [ScriptedServer.Line]
    private let received: Mailbox<String>

    init(
        greeting: [ScriptedServer.Line], answer: @escaping @Sendable (String) -> [ScriptedServer.Line],
        received: Mailbox<String>
    ) {
        self.greeting = greeting
        self.answer = answer
        self.received = received
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.say(self.greeting, context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = self.unwrapInboundIn(data)
        guard frame.opcode == .text else { return }
        let text = String(buffer: frame.unmaskedData)
        self.received.put(text)
        self.say(self.answer(text), context)
    }

    private func say(_ lines: [ScriptedServer.Line], _ context: ChannelHandlerContext) {
        for line in lines {
            let frame =
                switch line {
                case .text(let text):
                    NIOWebSocket.WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: text))
                case .binary(let bytes):
                    NIOWebSocket.WebSocketFrame(fin: true, opcode: .binary, data: ByteBuffer(bytes: bytes))
                }
            context.write(self.wrapOutboundOut(frame), promise: nil)
        }
        context.flush()
    }
}
