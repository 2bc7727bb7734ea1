import EngineIO
import NIOCore
import SocketIO
import SocketIOServer

/// What the relay has counted, on all loops together.
struct RelayFigures: Sendable {
    let server: ServerMetrics
    let endpoints: TopicEndpointMetrics
    /// Of each loop.
    let topics: [TopicMetrics]
    /// Nil: there are no rooms here.
    let games: GameMetrics?
    /// Nil: there is no chat here.
    let chats: ChatMetrics?

    /// Asks every loop.
    static func collect(from hub: Hub, on eventLoop: any EventLoop) -> EventLoopFuture<RelayFigures> {
        hub.collect(on: eventLoop) { shard in
            let relay = shard.application as? RelayShard
            return (
                server: shard.currentMetrics, endpoints: relay?.endpoints.currentMetrics, topics: relay?.topicMetrics,
                games: relay?.gameMetrics, chats: relay?.chatMetrics
            )
        }.map { parts in
            let games = parts.compactMap(\.games)
            let chats = parts.compactMap(\.chats)
            return RelayFigures(
                server: parts.map(\.server).reduce(ServerMetrics(), +),
                endpoints: parts.compactMap(\.endpoints).reduce(TopicEndpointMetrics(), +),
                topics: parts.compactMap(\.topics), games: games.isEmpty ? nil : games.reduce(GameMetrics(), +),
                chats: chats.isEmpty ? nil : chats.reduce(ChatMetrics(), +))
        }
    }

    /// What `relay/<id>/metrics` says: those of now, and totals since the start.
    ///
    /// - Parameter at: Unix milliseconds.
    func json(at: Int64, uptime: TimeAmount) -> JSON {
        var members: [(String, JSON)] = [
            ("at", JSON(at)), ("uptime", JSON(uptime.nanoseconds / 1_000_000_000)),
            ("connections", JSON(self.server.connectionsOpen)), ("opened", JSON(self.server.connectionsOpened)),
            ("messagesIn", JSON(self.server.messagesReceived)), ("messagesOut", JSON(self.server.messagesSent)),
            ("bytesOut", JSON(self.server.bytesSent)), ("streams", JSON(self.endpoints.streams)),
            ("topics", JSON(self.topics.first?.store.topics ?? 0)),
        ]
        if let games {
            members += [
                ("rooms", JSON(games.rooms)), ("players", JSON(games.players)),
                ("moves", JSON(games.moves[.taken, default: 0])),
            ]
        }
        return .object(members)
    }
}
