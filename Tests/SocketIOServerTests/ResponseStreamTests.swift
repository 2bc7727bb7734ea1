import Logging
import NIOConcurrencyHelpers
import NIOCore
import SocketIOServer
import TestSupport
import Testing

/// Answers that go on.
@Suite("response streams", .timeLimit(.minutes(3)))
struct ResponseStreamTests {
    @Test("a silence is broken by what the program says, and only a silence")
    func keepAlive() async throws {
        try await withStreams(keepAlive: .milliseconds(50)) { setting in
            let client = try await EventStreamClient(port: setting.port, "/stream")
            for _ in 0..<3 { #expect(try await client.block()?.isComment == true) }
            setting.post { $0.send(OutboundMessage(plain: ByteBuffer(string: "data: 1\n\n"))) }
            var block = try await client.block()
            while block?.isComment == true { block = try await client.block() }
            #expect(block?.data == "1")
        }
    }

    @Test("what one turn sends arrives in order, and its end ends the answer and the connection")
    func ending() async throws {
        try await withStreams { setting in
            let client = try await EventStreamClient(port: setting.port, "/stream")
            setting.post { stream in
                for number in 0..<1_000 {
                    stream.send(OutboundMessage(plain: ByteBuffer(string: "data: \(number)\n\n")))
                }
                stream.end()
                stream.send(OutboundMessage(plain: ByteBuffer(string: "data: too late\n\n")))
            }
            var numbers: [String] = []
            while let block = try await client.block() { numbers.append(block.data) }
            #expect(numbers == (0..<1_000).map(String.init))
            await #expect(throws: ConnectionEnded.self) { try await client.block() }
            #expect(try await setting.ends.next() == .ended)
        }
    }

    @Test("more than may wait ends it as slow; a client that takes nothing for too long is stalled")
    func slow() async throws {
        try await withStreams(keepAlive: .milliseconds(50)) { setting in
            let slow = try await EventStreamClient(port: setting.port, "/stream", receiveBuffer: 8_192)
            try await slow.connection.stopReading()
            let piece = OutboundMessage(plain: ByteBuffer(repeating: 120, count: 50_000))
            setting.post { stream in for _ in 0..<1_000 { stream.send(piece) } }
            #expect(try await setting.ends.next() == .slowConsumer)

            let stalled = try await EventStreamClient(port: setting.port, "/stream", receiveBuffer: 8_192)
            try await stalled.connection.stopReading()
            setting.post { stream in while stream.isWritable { stream.send(piece) } }
            #expect(try await setting.ends.next(within: .seconds(60)) == .stalled)
        }
    }

    @Test("a client that goes away ends it")
    func gone() async throws {
        try await withStreams { setting in
            let client = try await EventStreamClient(port: setting.port, "/stream")
            await client.close()
            #expect(try await setting.ends.next(within: .seconds(60)) == .clientGone)
        }
    }

    @Test("whoever could not take more is told when it can")
    func writable() async throws {
        try await withStreams { setting in
            let client = try await EventStreamClient(port: setting.port, "/stream", receiveBuffer: 8_192)
            try await client.connection.stopReading()
            let piece = OutboundMessage(plain: ByteBuffer(repeating: 120, count: 50_000))
            setting.post { stream in
                stream.whenWritable = { stream.end() }
                while stream.isWritable { stream.send(piece) }
                stream.notifyWhenWritable()
            }
            try await client.connection.startReading()
            #expect(try await setting.ends.next(within: .seconds(60)) == .ended)
        }
    }

    @Test("a client of HTTP/1.0 gets it without chunks, to the connection's end")
    func oldHTTP() async throws {
        try await withStreams { setting in
            let connection = try await TCPConnection(port: setting.port)
            try await connection.send(Array("GET /stream HTTP/1.0\r\n\r\n".utf8))
            try await eventually("the stream") { setting.hasStream }
            setting.post { stream in
                stream.send(OutboundMessage(plain: ByteBuffer(string: "data: 1\n\n")))
                stream.end()
            }
            let answer = try await connection.read { bytes, ended in
                ended ? String(decoding: bytes, as: UTF8.self) : nil
            }
            #expect(answer.hasSuffix("\r\n\r\ndata: 1\n\n"))
            #expect(!answer.lowercased().contains("chunked"))
        }
    }
}

private struct StreamsSetting {
    let port: Int
    let server: SocketIOServer
    /// How streams ended, in order.
    let ends: TestSupport.Mailbox<ResponseStream.End>
    let began: NIOLockedValueBox<Bool>

    var hasStream: Bool { self.began.withLockedValue(\.self) }

    /// Does this with the last stream, on its loop.
    func post(_ work: @escaping @Sendable (ResponseStream) -> Void) {
        self.server.hub.post { shard in
            if let stream = (shard.application as? Streams)?.stream { work(stream) }
        }
    }
}

private func withStreams(
    keepAlive: TimeAmount = .seconds(15), _ body: (StreamsSetting) async throws -> Void
) async throws {
    let ends = TestSupport.Mailbox<ResponseStream.End>()
    let began = NIOLockedValueBox(false)
    var configuration = ServerConfiguration()
    configuration.port = 0
    configuration.keepAliveInterval = keepAlive
    configuration.pingInterval = .milliseconds(200)
    configuration.pingTimeout = .milliseconds(200)
    let server = try await SocketIOServer(configuration: configuration, logger: Logger(label: "test")) { _ in
        Streams(ends: ends, began: began)
    }
    let setting = StreamsSetting(port: server.address.port ?? 0, server: server, ends: ends, began: began)
    do { try await body(setting) } catch {
        await server.stop()
        throw error
    }
    await server.stop()
}

/// Answers every request with a stream.
private final class Streams: Application {
    var stream: ResponseStream?
    private let ends: TestSupport.Mailbox<ResponseStream.End>
    private let began: NIOLockedValueBox<Bool>

    init(ends: TestSupport.Mailbox<ResponseStream.End>, began: NIOLockedValueBox<Bool>) {
        self.ends = ends
        self.began = began
    }

    func namespace(named name: String) -> (any NamespaceHandler)? { nil }
    func webSocket(for exchange: HTTPExchange) -> (any WebSocketReceiver)? { nil }
    func stopping() { self.stream?.end() }

    func respond(to exchange: HTTPExchange) {
        self.stream = exchange.stream([], keepAlive: ByteBuffer(string: ":\n\n"))
        let ends = self.ends
        self.stream?.whenEnded = { ends.put($0) }
        self.began.withLockedValue { $0 = true }
    }
}
