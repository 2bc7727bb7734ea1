import NIOCore
import SocketIO
import TestSupport
import Testing

@testable import SocketIOClient

/// Tests against the built relay, its namespaces of kind `echo`; one relay at a time.
@Suite(.serialized) struct Live {
    static let transports = ClientConfiguration.Transport.allCases
}

/// Runs a test against a relay whose heartbeat leaves a busy machine time.
func withEcho(
    heartbeat: (interval: String, timeout: String) = ("25s", "20s"), port: Int = 0,
    _ body: (RelayProcess) async throws -> Void
) async throws {
    let yaml = """
        server:
          heartbeat: { interval: \(heartbeat.interval), timeout: \(heartbeat.timeout) }
          limits: { payload: 1000000, queue: 64MB }
        namespaces:
          /: { kind: echo }
          /custom: { kind: echo }
        """
    try await withRelay(.text(yaml), port: port, body)
}

/// A client and everything it hears; disconnected in the end whatever happens.
func withClient(
    _ configuration: ClientConfiguration, _ body: (SocketClient, Hearing) async throws -> Void
) async throws {
    let client = SocketClient(configuration)
    let hearing = Hearing(client)
    do {
        try await body(client, hearing)
    } catch {
        await client.disconnect()
        throw error
    }
    await client.disconnect()
}

/// A client that has joined `/` of an echo server and heard its `auth` event.
func withEchoClient(
    _ relay: RelayProcess, _ transport: ClientConfiguration.Transport,
    configure: (inout ClientConfiguration) -> Void = { _ in },
    _ body: (SocketClient, Hearing) async throws -> Void
) async throws {
    var configuration = try ClientConfiguration(url: relay.url)
    configuration.transport = transport
    configure(&configuration)
    try await withClient(configuration) { (client, hearing) async throws in
        try await client.connect()
        #expect(try await hearing.event().name == "auth")
        try await body(client, hearing)
    }
}

/// What a client hears, one after the other, always with a deadline.
final class Hearing: Sendable {
    struct Unexpected: Error {
        let heard: String
    }

    private let mailbox = Mailbox<ClientEvent>()

    init(_ client: SocketClient) {
        let events = client.events
        let mailbox = self.mailbox
        Task {
            for await event in events { mailbox.put(event) }
            mailbox.finish()
        }
    }

    /// The next of all; nil when the connection has ended.
    func next(within limit: Duration = .seconds(20)) async throws -> ClientEvent? {
        try await self.mailbox.next(within: limit, "something to hear")
    }

    /// The next event; nothing else may come before it but that a namespace was joined.
    func event() async throws -> ReceivedEvent {
        while true {
            switch try await self.next() {
            case .event(let event): return event
            case .joined: continue
            case let other: throw Unexpected(heard: String(describing: other))
            }
        }
    }

    /// How the connection ends, whatever is heard before; and whether it comes back.
    func end() async throws -> (ending: Ending, isLast: Bool) {
        while let event = try await self.next() {
            if case .disconnected(let ending, let delay) = event { return (ending, delay == nil) }
        }
        throw Unexpected(heard: "the end of the stream")
    }
}

extension Arguments {
    /// The whole array as text.
    var text: String { String(buffer: self.bytes) }
}

extension ReceivedEvent {
    var text: String { self.arguments.text }
}
