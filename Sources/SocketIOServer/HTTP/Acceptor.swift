import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Takes TCP connections and deals them out to the event loops in turn. It owns the listening socket, and not NIO,
/// because a connection may later have to move to the loop of its session, which takes knowing its descriptor.
final class Acceptor: Sendable {
    let address: SocketAddress
    private let listener: ListeningSocket
    private let hub: Hub
    private let logger: Logger
    private let isStopped = NIOLockedValueBox(false)
    private let finished = DispatchSemaphore(value: 0)

    init(host: String, port: Int, hub: Hub, logger: Logger) throws {
        self.listener = try ListeningSocket(address: SocketAddress.makeAddressResolvingHost(host, port: port))
        self.address = try self.listener.localAddress()
        self.hub = hub
        self.logger = logger
    }

    /// Accepts on a thread of its own until `stop`.
    func start() {
        let thread = Thread { self.run() }
        thread.name = "relay-accept"
        thread.start()
    }

    /// Stops accepting; returns when the thread is done.
    func stop() {
        self.isStopped.withLockedValue { $0 = true }
        self.listener.wake()
        self.finished.wait()
        self.listener.close()
    }

    private func run() {
        var next = 0
        while !self.isStopped.withLockedValue({ $0 }) {
            switch self.listener.accept() {
            case .connection(let descriptor):
                self.hub.mailboxes[next].post { $0.adopt(descriptor, with: nil) }
                next = (next + 1) % self.hub.mailboxes.count
            case .nothing:
                self.listener.wait(milliseconds: -1)
            case .exhausted(let error):
                self.logger.warning("cannot accept connections", metadata: ["error": "\(error)"])
                self.listener.wait(milliseconds: 100, onlyWoken: true)
            }
        }
        self.finished.signal()
    }
}

extension Shard {
    /// Takes over an open TCP connection, and with it perhaps a request that was read elsewhere.
    func adopt(_ descriptor: NIOBSDSocket.Handle, with request: HandedOverRequest?) {
        guard !self.isStopping else { return Descriptor.close(descriptor) }
        let shard = NIOLoopBound(self, eventLoop: self.eventLoop)
        let bootstrap = ClientBootstrap(group: self.eventLoop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: .init(low: 32 * 1024, high: 128 * 1024))
            .channelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1024, maximum: 65_536)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let shard = shard.value
                    let handler = try HTTPCodec.install(on: channel, shard: shard, descriptor: descriptor)
                    shard.deadlines.request(handler)
                }
            }
        let connected = bootstrap.withConnectedSocket(descriptor)
        guard let request else { return }
        connected.whenSuccess { channel in
            let handler = try? channel.pipeline.syncOperations.handler(type: HTTPHandler.self)
            handler?.replay(request)
        }
    }
}
