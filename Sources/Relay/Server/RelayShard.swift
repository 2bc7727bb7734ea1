import EngineIO
import Game
import MQTT
import NIOCore
import SocketIO
import SocketIOServer

/// The relay's part on one event loop: the namespaces of its configuration, the last values, what is not Socket.IO.
final class RelayShard: Application {
    let configuration: RelayConfiguration
    let store: TopicStore
    let shard: Shard
    private let bridges: Bridges
    private let pages: Pages

    /// Topics over plain HTTP.
    private(set) lazy var endpoints = TopicEndpoints(relay: self)

    private var topics: [String: TopicsNamespace] = [:]
    private var games: [String: GameShard] = [:]
    private var chats: [String: ChatShard] = [:]
    let requests: Requests
    private let wakeUps: WakeUps
    private lazy var expiryTimer = EarliestTimer(on: self.shard.eventLoop) { [unowned self] in self.expire() }
    /// To the brokers, where they have changed since the start.
    private var links: [Int: Bridge.Link] = [:]
    /// On the first loop only.
    private var feeds: [FiguresFeed] = []
    /// Likewise.
    private var presences: [PresenceFeed] = []
    /// The serial number of the last message of a device.
    private(set) var lastSerial: Int64 = 0
    /// Values that viewers were told of by number only: they wished for fewer, or could not keep up.
    var valuesMerged = 0

    /// Most topics, and bytes of values, that each loop remembers for late joiners.
    private static let maximumTopics = 200_000
    private static let maximumBytes = 256 * 1024 * 1024
    /// Most bytes of values that each loop remembers besides, where rules ask for a history.
    private static let maximumHistoryBytes = 64 * 1024 * 1024

    init(
        _ configuration: RelayConfiguration, shard: Shard, bridges: Bridges, pages: Pages, identities: IdentityBook,
        recordings: RecordingStore?, places: [String: ChatPlaces]
    ) {
        self.configuration = configuration
        self.shard = shard
        self.bridges = bridges
        self.pages = pages
        self.requests = Requests(on: shard)
        self.wakeUps = WakeUps(on: shard.eventLoop)
        self.store = TopicStore(
            maximumTopics: Self.maximumTopics, maximumBytes: Self.maximumBytes,
            maximumHistoryBytes: Self.maximumHistoryBytes, historyLengths: configuration.historyLengths)
        for namespace in configuration.namespaces {
            let name = namespace.name.description
            switch namespace.kind {
            case .game(let games):
                let network = GameNetwork(namespace: name, hub: shard.hub)
                let surroundings = GameSurroundings(games: games, bridge: bridges.first, recordings: recordings)
                self.games[name] = GameShard(surroundings, network: network, shard: shard, identities: identities)
            case .chat(let chat):
                guard let places = places[name] else { continue }
                let network = ChatNetwork(namespace: name, hub: shard.hub)
                self.chats[name] = ChatShard(chat, network: network, places: places, shard: shard)
            case .topics, .echo: continue
            }
        }
        if shard.index == 0 {
            self.feeds = zip(configuration.brokers, configuration.brokers.indices).compactMap { broker, index in
                bridges[index].flatMap { FiguresFeed(broker, over: $0, shard: shard) }
            }
            self.presences = bridges.all.compactMap { PresenceFeed(over: $0, eventLoop: shard.eventLoop) }
        }
    }

    /// What this loop's chat rooms and their clients have counted; nil without a chat namespace.
    var chatMetrics: ChatMetrics? {
        self.chats.isEmpty ? nil : self.chats.values.map(\.metrics).reduce(ChatMetrics(), +)
    }

    /// This loop's share of a chat namespace, by the name or pattern in the configuration.
    func chat(named name: String) -> ChatShard? { self.chats[name] }

    /// What this loop's rooms have counted; nil without a game namespace.
    var gameMetrics: GameMetrics? {
        self.games.isEmpty ? nil : self.games.values.map(\.host.currentMetrics).reduce(GameMetrics(), +)
    }

    /// This loop's share of a game namespace.
    func game(named name: String) -> GameShard? { self.games[name] }

    /// Ends all game rooms: the server is about to stop.
    func drainGames() {
        for game in self.games.values { game.drain() }
    }

    func namespace(named name: String) -> (any NamespaceHandler)? {
        guard let (namespace, captures) = self.configuration.namespace(named: name) else { return nil }
        switch namespace.kind {
        case .echo(let echo):
            return EchoNamespace(name: name, shard: self.shard, bounds: echo.bounds, token: namespace.token)
        case .game:
            return self.games[name].map { GameNamespace(table: $0.clients, token: namespace.token) }
        case .chat:
            return self.chats[namespace.name.description].map {
                ChatNamespace(name: name, clients: $0.clients, token: namespace.token)
            }
        case .topics(let topics):
            guard let rules = TopicRules(topics, captures: captures) else { return nil }
            let made = TopicsNamespace(name: name, rules: rules, token: namespace.token, relay: self)
            self.topics[name] = made
            return made
        }
    }

    /// Where a group of plain HTTP's clients follows topics by event streams; gone with the last of them. No client of
    /// Socket.IO can name it: it has no slash.
    func eventStreams(of group: TopicAccess.Group, rules: TopicRules) -> TopicsNamespace {
        let name = "event streams of \(group)"
        if let namespace = self.topics[name] { return namespace }
        let made = TopicsNamespace(name: name, rules: rules, token: nil, form: .eventStream, relay: self)
        self.topics[name] = made
        return made
    }

    func closed(_ namespace: TopicsNamespace) {
        if self.topics[namespace.name] === namespace { self.topics[namespace.name] = nil }
    }

    func stopping() {
        for feed in self.feeds { feed.stop() }
        for presence in self.presences { presence.stop() }
        self.endpoints.stop()
        for chat in self.chats.values { chat.clients.stop() }
    }

    func respond(to exchange: HTTPExchange) {
        if exchange.target.path.hasPrefix(TopicEndpoints.path) { return self.endpoints.respond(to: exchange) }
        if self.refusesPlainHTTP(exchange) { return }
        self.pages.respond(to: exchange, on: self.shard)
    }

    // MARK: The MQTT side

    /// A drain's worth of messages.
    func deliver(_ updates: [TopicUpdate]) {
        let now = NIODeadline.now()
        for update in updates {
            self.lastSerial = update.serial
            guard let entry = self.store.apply(update) else { continue }
            for namespace in self.topics.values { namespace.deliver(entry, now: now) }
            self.endpoints.changed(entry)
        }
        for entry in self.store.takeDropped() {
            for namespace in self.topics.values { namespace.forget(entry) }
        }
        self.expiryTimer.arm(self.store.nextExpiry)
    }

    /// Takes away the values whose time is up, and tells who follows them.
    private func expire() {
        let now = NIODeadline.now()
        for entry in self.store.expire(at: now, Clock.milliseconds()) {
            for namespace in self.topics.values { namespace.deliver(entry, now: now) }
            self.endpoints.changed(entry)
        }
        self.expiryTimer.arm(self.store.nextExpiry)
    }

    /// What clients' requests were answered with.
    func receive(answers: [MQTTMessage], at: Int64) {
        for message in answers { self.requests.answered(message, at: at) }
    }

    /// Messages for rooms. On the first loop.
    func receive(_ messages: [MQTTMessage]) {
        for message in messages {
            for game in self.games.values { game.receive(message) }
        }
    }

    func linkChanged(_ link: Bridge.Link, to broker: Int) {
        self.links[broker] = link
        if !link.isUp { self.requests.linkLost(to: broker) }
        for namespace in self.topics.values where namespace.rules.brokers.contains(broker) {
            // There may be another that is down.
            namespace.tellUpstream(self.downLink(of: namespace.rules.brokers) ?? link)
        }
    }

    /// Whether values from the store may be out of date, since nothing comes from the broker.
    func isLinkDown(to broker: Int) -> Bool { self.downLink(to: broker) != nil }

    /// The link to one of these brokers that is down; nil: none is.
    func downLink(of brokers: Set<Int>) -> Bridge.Link? {
        brokers.lazy.compactMap { self.downLink(to: $0) }.first
    }

    private func downLink(to broker: Int) -> Bridge.Link? {
        guard let link = self.links[broker] ?? self.bridges[broker]?.current, !link.isUp else { return nil }
        return link
    }

    var topicMetrics: TopicMetrics {
        TopicMetrics(store: self.store.counts, requests: self.requests.counts, valuesMerged: self.valuesMerged)
    }

    /// Publishes for a client; `answer` is called once on this loop: after the PUBACK where it asked for QoS 1.
    func publish(_ publication: Publication, answer: @escaping (Result<Void, PublishError>) -> Void) {
        guard let bridge = self.bridges[publication.broker] else { return answer(.failure(.notConnected)) }
        let pending = NIOLoopBound(answer, eventLoop: self.shard.eventLoop)
        let mailbox = self.shard.hub.mailboxes[self.shard.index]
        bridge.publish(publication) { result in
            mailbox.post { _ in pending.value(result) }
        }
    }

    /// Publishes a request of a client, and answers it with the device's answer.
    func request(_ publication: Publication, for event: Event, from viewer: Viewer, timeout: TimeAmount) {
        guard let bridge = self.bridges[publication.broker] else {
            return event.refuse(.brokerDown, "this relay has no broker")
        }
        self.requests.send(publication, for: event, from: viewer, timeout: timeout, over: bridge)
    }

    /// Has the alarm's viewer look, at the time that it is set to, for what may go out.
    func wake(_ alarm: Alarm) {
        self.wakeUps.add(alarm)
    }
}

extension RelayConfiguration {
    /// Of which topics rules want more than the last value remembered.
    fileprivate var historyLengths: [TopicStore.HistoryLength] {
        self.namespaces.flatMap { namespace -> [TopicStore.HistoryLength] in
            guard case .topics(let topics) = namespace.kind else { return [] }
            return topics.rules.filter { $0.history > 0 }.compactMap { rule in
                (try? TopicFilter(rule.topics.filter)).map { .init(filter: $0, count: rule.history) }
            }
        }
    }
}

extension Bridge.Link {
    /// `{connected, at}`
    var json: JSON { ["connected": JSON(self.isUp), "at": JSON(self.at)] }
}
