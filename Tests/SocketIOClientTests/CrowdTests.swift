import NIOCore
import NIOPosix
import SocketIO
import TestSupport
import Testing

@testable import SocketIOClient

/// One of many: joins, counts what it hears.
private final class Member: ClientDelegate {
    enum News: Sendable {
        case joined
        case heard
        case ended(DisconnectReason)
    }

    private let news: Mailbox<News>

    init(news: Mailbox<News>) {
        self.news = news
    }

    func joined(_ namespace: String, sid: String, on connection: ClientConnection) {
        self.news.put(.joined)
    }

    func received(_ event: Arguments, id: UInt64?, in namespace: String, on connection: ClientConnection) {
        if event[0]?.string == "hello" { self.news.put(.heard) }
    }

    func disconnected(_ ending: Ending, reconnectingIn delay: TimeAmount?, on connection: ClientConnection) {
        self.news.put(.ended(ending.reason))
    }
}

extension Live {
    @Suite struct Crowd {
        @Test(
            "a thousand clients share one loop, hear one broadcast each, and go",
            arguments: [(ClientConfiguration.Transport.webSocket, 1_000), (.pollingThenWebSocket, 100)])
        func thousand(_ transport: ClientConfiguration.Transport, count: Int) async throws {
            try await withEcho { relay in
                let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
                let news = Mailbox<Member.News>()
                var configuration = try ClientConfiguration(url: relay.url)
                configuration.transport = transport
                let shared = configuration
                let crowd = try await eventLoop.submit {
                    let members = (0..<count).map { _ in
                        ClientConnection(shared, on: eventLoop, delegate: Member(news: news))
                    }
                    for member in members { member.open() }
                    return NIOLoopBound(members, eventLoop: eventLoop)
                }.get()
                try await self.expect(count, of: news) { if case .joined = $0 { true } else { false } }
                try await withEchoClient(relay, .webSocket) { (client, _) async throws in
                    try await client.emit("broadcast", "hello")
                }
                try await self.expect(count, of: news) { if case .heard = $0 { true } else { false } }
                try await eventLoop.submit { for member in crowd.value { member.close() } }.get()
                try await self.expect(count, of: news) {
                    if case .ended(.clientDisconnect) = $0 { true } else { false }
                }
            }
        }

        private func expect(
            _ count: Int, of news: Mailbox<Member.News>, _ isExpected: (Member.News) -> Bool
        ) async throws {
            for _ in 0..<count {
                let item = try #require(try await news.next(within: .seconds(60), "news of a member"))
                try #require(isExpected(item), "\(item)")
            }
        }
    }
}
