import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Passes TCP connections on to another port of 127.0.0.1, and cuts them when told to: a network that fails between a client and
/// its server.
package final class TCPProxy: Sendable {
    package let port: Int
    private let listener: any Channel
    private let connections: Connections

    package init(to target: Int) async throws {
        let connections = Connections()
        self.listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { client in connections.join(client, to: target) }
            .bind(host: "127.0.0.1", port: 0).get()
        self.port = self.listener.localAddress?.port ?? 0
        self.connections = connections
    }

    package var url: String { "http://127.0.0.1:\(self.port)" }

    /// Cuts every connection there is, without a word to either side; what was under way is lost. New ones are taken.
    package func sever() { self.connections.sever() }

    package func stop() async {
        try? await self.listener.close().get()
        self.sever()
    }
}

/// The client's sides of what is open.
private final class Connections: Sendable {
    private let open = NIOLockedValueBox<[ObjectIdentifier: any Channel]>([:])

    func join(_ client: any Channel, to target: Int) -> EventLoopFuture<Void> {
        self.open.withLockedValue { $0[ObjectIdentifier(client)] = client }
        client.closeFuture.whenComplete { [open] _ in
            open.withLockedValue { $0[ObjectIdentifier(client)] = nil }
        }
        return ClientBootstrap(group: client.eventLoop)
            .channelInitializer { $0.pipeline.addHandler(Relayed(to: client)) }
            .connect(host: "127.0.0.1", port: target)
            .flatMap { client.pipeline.addHandler(Relayed(to: $0)) }
    }

    func sever() {
        for client in self.open.withLockedValue({ Array($0.values) }) { client.close(promise: nil) }
    }
}

/// Hands on what comes to the other side, and the end.
private final class Relayed: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    private let partner: any Channel

    init(to partner: any Channel) { self.partner = partner }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.partner.writeAndFlush(self.unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { self.partner.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
