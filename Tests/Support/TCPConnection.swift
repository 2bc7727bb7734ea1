#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// The other side closed, or the connection broke, before what was awaited had come.
package struct ConnectionEnded: Error {}

/// Bytes over loopback TCP: sends anything, reads with a deadline, and can stop reading altogether.
package final class TCPConnection: Sendable {
    private let channel: any Channel
    private let inbound: Inbound
    private let pending = NIOLockedValueBox<[UInt8]>([])

    /// Connects to 127.0.0.1. `receiveBuffer` is the kernel's, in bytes; its default is the system's.
    package init(port: Int, receiveBuffer: Int? = nil) async throws {
        let inbound = Inbound()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(20))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(InboundHandler(inbound))
                }
            }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(receiveBuffer))
        }
        self.channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        self.inbound = inbound
    }

    deinit { self.channel.close(promise: nil) }

    /// Sends bytes; throws when the connection has ended.
    package func send(_ bytes: some Sequence<UInt8>) async throws {
        try await self.channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    /// Sends bytes without waiting until they are out; a peer that does not read cannot hold it up.
    package func post(_ bytes: some Sequence<UInt8>) {
        self.channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// Reads until `parse` finds what it looks for at the front of what has come; it removes what it used.
    /// `parse` is also told whether the peer has closed. Throws `ConnectionEnded` when it then finds nothing.
    package func read<Value>(
        within limit: Duration = .seconds(20), _ awaited: String = "bytes",
        _ parse: (inout [UInt8], _ ended: Bool) throws -> Value?
    ) async throws -> Value {
        let deadline = ContinuousClock.now + limit
        var ended = false
        while true {
            var bytes = self.pending.withLockedValue { $0 }
            let found = try parse(&bytes, ended)
            self.pending.withLockedValue { [bytes] in $0 = bytes }
            if let found { return found }
            if ended { throw ConnectionEnded() }
            if let chunk = try await self.inbound.arrivals.next(within: deadline - .now, awaited) {
                self.pending.withLockedValue { $0 += chunk }
            } else {
                ended = true
            }
        }
    }

    /// Hands everything that came and was not read, and all that follows, to `sink`, on the connection's loop.
    package func forward(to sink: @escaping @Sendable ([UInt8]) -> Void, onEnd: @escaping @Sendable () -> Void) {
        self.channel.eventLoop.execute {
            let unread = self.pending.withLockedValue { bytes in
                defer { bytes = [] }
                return bytes
            }
            let waiting = self.inbound.arrivals.takeAll().reduce(into: unread) { $0 += $1 }
            if !waiting.isEmpty { sink(waiting) }
            if self.inbound.arrivals.isFinished { onEnd() }
            self.inbound.sink.withLockedValue { $0 = (sink, onEnd) }
        }
    }

    /// Takes nothing more from the kernel: its buffers fill, and the peer's writes come to a stand.
    package func stopReading() async throws {
        try await self.channel.setOption(.autoRead, value: false).get()
    }

    package func startReading() async throws {
        try await self.channel.setOption(.autoRead, value: true).get()
    }

    /// Closes for good, as a client that goes away.
    package func close() async { try? await self.channel.close().get() }

    /// Closes with a reset instead of a farewell, as a client that dies.
    package func abort() async {
        if let socket = self.channel as? any SocketOptionProvider {
            try? await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        await self.close()
    }
}

/// What comes in, kept for whoever reads, or handed on to a sink.
private final class Inbound: Sendable {
    typealias Sink = (bytes: @Sendable ([UInt8]) -> Void, end: @Sendable () -> Void)
    let arrivals = Mailbox<[UInt8]>()
    let sink = NIOLockedValueBox<Sink?>(nil)

    func received(_ bytes: [UInt8]) {
        if let sink = self.sink.withLockedValue({ $0 }) { sink.bytes(bytes) } else { self.arrivals.put(bytes) }
    }

    func ended() {
        self.arrivals.finish()
        // Taken out, not only called: the sink holds on to the connection.
        let sink = self.sink.withLockedValue { sink in
            defer { sink = nil }
            return sink
        }
        sink?.end()
    }
}

private final class InboundHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let inbound: Inbound

    init(_ inbound: Inbound) { self.inbound = inbound }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.inbound.received(Array(self.unwrapInboundIn(data).readableBytesView))
    }

    func channelInactive(context: ChannelHandlerContext) { self.inbound.ended() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
