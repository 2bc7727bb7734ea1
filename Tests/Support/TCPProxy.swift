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

    /// Cuts every connection and takes no new one, until ``open()``.
    package func close() { self.connections.close() }

    package func open() { self.connections.open() }

    package func stop() async {
        try? await self.listener.close().get()
        self.sever()
    }
}

/// The client's sides of what is open.
private final class Connections: Sendable {
    private struct State {
        var isOpen = true
        var clients: [ObjectIdentifier: any Channel] = [:]
    }

    private let state = NIOLockedValueBox(State())

    func join(_ client: any Channel, to target: Int) -> EventLoopFuture<Void> {
        let isOpen = self.state.withLockedValue { state in
            if state.isOpen { state.clients[ObjectIdentifier(client)] = client }
            return state.isOpen
        }
        guard isOpen else { return client.close() }
        client.closeFuture.whenComplete { [state] _ in
            state.withLockedValue { $0.clients[ObjectIdentifier(client)] = nil }
        }
        return ClientBootstrap(group: client.eventLoop)
            .channelInitializer { $0.pipeline.addHandler(Relayed(to: client)) }
            .connect(host: "127.0.0.1", port: target)
            .flatMap { client.pipeline.addHandler(Relayed(to: $0)) }
    }

    func sever() {
        for client in self.state.withLockedValue({ Array($0.clients.values) }) { client.close(promise: nil) }
    }

    func close() {
        self.state.withLockedValue { $0.isOpen = false }
        self.sever()
    }

    func open() { self.state.withLockedValue { $0.isOpen = true } }
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
