import Settings
import Foundation
import Logging
import MQTT
import NIOCore
import ServiceLifecycle
import SocketIOServer
import UnixSignals

/// The relay: the server, its link to the broker, and the clean end of both.
struct RelayServer: Service {
    private let server: SocketIOServer
    private let bridges: Bridges
    private let recordings: RecordingStore?
    private let hasGames: Bool
    private let companion: Companion

    /// What goes on while the relay serves, at this URL.
    typealias Companion = @Sendable (_ url: String) async throws -> Void

    /// Serves until SIGINT or SIGTERM.
    ///
    /// - Parameter companion: begins once connections are accepted; cancelled, and waited for, before the relay closes its
    ///   first connection. It may end before, and when it throws the relay stops and throws the same.
    /// - Throws: ``ListenFailure`` where the address cannot be had.
    static func run(_ configuration: RelayConfiguration, with companion: @escaping Companion = { _ in }) async throws {
        let logger = Logger(label: "relay")
        let relay = try await RelayServer(configuration, logger: logger, companion: companion)
        let group = ServiceGroup(services: [relay], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await group.run()
    }

    private init(
        _ configuration: RelayConfiguration, logger: Logger, companion: @escaping Companion
    ) async throws {
        DescriptorLimit.raise()
        let bridges = try Bridges(configuration)
        let recordings = configuration.keepsRecordings ? RecordingStore(logger: logger) : nil
        let identities = IdentityBook()
        let places = configuration.chatPlaces
        let directory = ProcessInfo.processInfo.environment["RELAY_PAGES"]
        let files = try SiteFiles(directory: directory, path: configuration.server.path)
        if let directory, !directory.isEmpty { logger.notice("the pages are those in \(directory)") }
        let pages = Pages(path: configuration.server.path, files: files, bridges: bridges)
        do {
            self.server = try await SocketIOServer(
                configuration: ServerConfiguration(configuration.server), logger: logger
            ) { shard in
                RelayShard(
                    configuration, shard: shard, bridges: bridges, pages: pages, identities: identities,
                    recordings: recordings, places: places)
            }
        } catch let error as IOError {
            throw ListenFailure(error, host: configuration.server.host, port: configuration.server.port)
        }
        self.bridges = bridges
        self.recordings = recordings
        self.hasGames = configuration.namespaces.contains { $0.kind.isGame }
        self.companion = companion
    }

    func run() async throws {
        self.bridges.start(deliveringTo: self.server.hub)
        let url = "http://\(self.server.address.hostAndPort)"
        print("relay: listening on \(url)")
        fflush(nil)
        let outcome = await self.accompany(at: url)
        if self.hasGames { await self.drainGames() }
        await self.server.stop()
        await self.recordings?.stop()
        await self.bridges.stop()
        try outcome.get()
    }

    /// Until the relay is to stop, or its companion cannot go on.
    private func accompany(at url: String) async -> Result<Void, any Error> {
        await withTaskGroup { group in
            group.addTask { () -> Result<Void, any Error> in
                do {
                    try await self.companion(url)
                    try? await gracefulShutdown()
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                try? await gracefulShutdown()
                return .success(())
            }
            let first = await group.next() ?? .success(())
            group.cancelAll()
            return first
        }
    }

    /// No more rooms, and every member of one is told. Loop by loop, the first, which opens rooms, before the others: so
    /// none is opened behind.
    private func drainGames() async {
        for mailbox in self.server.hub.mailboxes {
            mailbox.post { shard in (shard.application as? RelayShard)?.drainGames() }
            await self.server.hub.settle()
        }
        // What rooms tell, their members' loops send.
        await self.server.hub.settle()
    }
}

extension RelayConfiguration.Namespace.Kind {
    fileprivate var isGame: Bool {
        if case .game = self { true } else { false }
    }
}

extension RelayConfiguration {
    /// What the namespaces want from one of the brokers. Rooms are the first one's.
    func interests(in index: Int) -> BrokerInterests {
        var interests = BrokerInterests()
        let broker = self.brokers[index]
        interests.publishes = broker.metrics != nil
        func filter(_ topics: TopicPattern) -> TopicFilter? {
            topics.filter.behind(prefix: broker.prefix).flatMap { try? TopicFilter($0) }
        }
        for namespace in self.namespaces {
            switch namespace.kind {
            case .topics(let topics):
                let rules = topics.rules.filter { $0.broker == index }
                interests.topics += (rules.map(\.topics) + rules.compactMap(\.status)).compactMap(filter)
                interests.keepsProperties = interests.keepsProperties || rules.contains(where: \.properties)
                let publishes = topics.publish.contains { $0.broker == index }
                interests.publishes = interests.publishes || publishes
                if publishes, broker.version == .v5 { interests.answers = interests.answers ?? .ofAnswers }
            case .game(let games) where index == 0:
                if games.topics != .off { interests.rooms += GameTopic.filters }
                interests.devices += games.bindings.compactMap { try? TopicFilter($0.from.filter) }
                interests.publishes = interests.publishes || !games.emissions.isEmpty
            case .game, .chat, .echo: break
            }
        }
        return interests
    }

    /// What the loops share of each chat namespace.
    fileprivate var chatPlaces: [String: ChatPlaces] {
        self.namespaces.reduce(into: [:]) { places, namespace in
            guard case .chat(let chat) = namespace.kind else { return }
            places[namespace.name.description] = ChatPlaces(chat.maximumRooms)
        }
    }

    fileprivate var keepsRecordings: Bool {
        self.namespaces.contains { namespace in
            if case .game(let games) = namespace.kind { games.recordings != nil } else { false }
        }
    }
}

extension TopicName {
    /// A topic of this process alone, which nobody guesses.
    fileprivate static var ofAnswers: TopicName? {
        let id = String(UInt64.random(in: .min ... .max), radix: 36)
        return try? TopicName("relay/\(id)/answers")
    }
}

extension ServerConfiguration {
    fileprivate init(_ server: RelayConfiguration.Server) {
        self.init()
        self.host = server.host
        self.port = server.port
        self.threads = server.threads
        self.path = server.path
        self.engineEchoPath = server.engineEcho
        self.cors = CORSPolicy(server.cors)
        self.pingInterval = TimeAmount(server.heartbeat.interval)
        self.pingTimeout = TimeAmount(server.heartbeat.timeout)
        self.upgradeTimeout = TimeAmount(server.timeouts.upgrade)
        self.connectTimeout = TimeAmount(server.timeouts.connect)
        self.maximumPayload = server.limits.payload
        self.maximumConnections = server.limits.connections
        self.maximumQueue = server.limits.queue
    }
}

extension CORSPolicy {
    fileprivate init(_ cors: RelayConfiguration.CrossOrigin) {
        let origins = cors.origins
        if origins.allowsAny {
            self.init(origins: .any, credentials: cors.credentials)
        } else if origins.entries.isEmpty {
            self.init(credentials: cors.credentials)
        } else {
            self.init(origins: .matching { origins.contains($0) }, credentials: cors.credentials)
        }
    }
}

extension SocketAddress {
    /// As it stands in a URL.
    fileprivate var hostAndPort: String {
        let host = self.ipAddress ?? "localhost"
        return (host.contains(":") ? "[\(host)]" : host) + ":\(self.port ?? 0)"
    }
}
