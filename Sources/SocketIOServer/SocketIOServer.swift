package import Logging
package import NIOCore
import NIOPosix

/// A Socket.IO 5 server over Engine.IO 4: long-polling, WebSocket, and the upgrade from one to the other.
package final class SocketIOServer: Sendable {
    /// Where it listens, once started.
    package let address: SocketAddress
    package let hub: Hub
    private let group: MultiThreadedEventLoopGroup
    private let acceptor: Acceptor
    private let logger: Logger

    /// How long clients have, at a stop, to take what was sent to them.
    private static let drainTime = TimeAmount.milliseconds(500)

    /// Binds, and serves from then on.
    ///
    /// - Parameter makeApplication: called once on each event loop.
    /// - Throws: `IOError` when the address cannot be had.
    package init(
        configuration: ServerConfiguration, logger: Logger,
        makeApplication: @escaping @Sendable (Shard) -> any Application
    ) async throws {
        let threads = min(max(configuration.threads, 1), 64)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        let eventLoops = group.makeIterator().map { $0 as any EventLoop }
        let hub = Hub(eventLoops: eventLoops, maximumConnections: configuration.maximumConnections)
        do {
            let acceptor = try Acceptor(host: configuration.host, port: configuration.port, hub: hub, logger: logger)
            for (index, eventLoop) in eventLoops.enumerated() {
                try await eventLoop.submit {
                    let shard = Shard(index: index, eventLoop: eventLoop, configuration: configuration, hub: hub)
                    shard.application = makeApplication(shard)
                    hub.mailboxes[index].open(for: shard)
                }.get()
            }
            self.address = acceptor.address
            self.acceptor = acceptor
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        self.group = group
        self.hub = hub
        self.logger = logger
        self.acceptor.start()
    }

    /// Takes no more connections, tells every client, and stops the loops.
    package func stop() async {
        self.acceptor.stop()
        let stopping = self.hub.mailboxes.map { mailbox in
            let stopped = mailbox.eventLoop.makePromise(of: Void.self)
            mailbox.post { shard in
                shard.stop()
                shard.eventLoop.scheduleTask(in: Self.drainTime) { stopped.succeed() }
            }
            return stopped.futureResult
        }
        for stopped in stopping { try? await stopped.get() }
        for mailbox in self.hub.mailboxes { try? await mailbox.eventLoop.submit { mailbox.close() }.get() }
        try? await self.group.shutdownGracefully()
    }
}
