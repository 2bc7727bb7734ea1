import EngineIO
import Game
import HeapModule
import MQTT
import NIOCore
import SocketIO
import SocketIOServer

/// The relay's part on one event loop: the namespaces of its configuration, the last values, what is not Socket.IO.
final class RelayShard: Application {
    let configuration: RelayConfiguration
    let store: TopicStore
    let shard: Shard
    private let bridge: Bridge?
    private let pages: Pages

    /// Topics over plain HTTP.
    private(set) lazy var endpoints = TopicEndpoints(relay: self)

    private var topics: [String: TopicsNamespace] = [:]
    private var games: [String: GameShard] = [:]
    private var wakeUps = Heap<WakeUp>()
    private var timer: (task: Scheduled<Void>, deadline: NIODeadline)?
    private var link: Bridge.Link?
    /// The number of the last message of a device.
    private(set) var lastNumber: Int64 = 0

    /// Most topics, and bytes of values, that each loop remembers for late joiners.
    private static let maximumTopics = 200_000
    private static let maximumBytes = 256 * 1024 * 1024

    init(
        _ configuration: RelayConfiguration, shard: Shard, bridge: Bridge?, pages: Pages, identities: IdentityBook,
        recordings: RecordingStore?
    ) {
        self.configuration = configuration
        self.shard = shard
        self.bridge = bridge
        self.pages = pages
        self.store = TopicStore(maximumTopics: Self.maximumTopics, maximumBytes: Self.maximumBytes)
        for namespace in configuration.namespaces {
            guard case .game(let games) = namespace.kind else { continue }
            let name = namespace.name.description
            let network = GameNetwork(namespace: name, hub: shard.hub)
            let surroundings = GameSurroundings(games: games, bridge: bridge, recordings: recordings)
            self.games[name] = GameShard(surroundings, network: network, shard: shard, identities: identities)
        }
    }

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
        self.endpoints.stop()
    }

    func respond(to exchange: HTTPExchange) {
        if exchange.target.path.hasPrefix(TopicEndpoints.path) { return self.endpoints.respond(to: exchange) }
        self.pages.respond(to: exchange, on: self.shard)
    }

    /// `/ws/<namespace>/<room>`: in a namespace of kind `echo`, each message comes back.
    func webSocket(at path: String) -> (any WebSocketReceiver)? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].isEmpty, parts[1] == "ws" else { return nil }
        let name = "/" + parts[2..<(parts.count - 1)].joined(separator: "/")
        guard let (namespace, _) = self.configuration.namespace(named: name), namespace.token == nil,
            case .echo = namespace.kind
        else { return nil }
        return WebSocketEcho(maximumQueue: self.configuration.server.limits.queue)
    }

    // MARK: The MQTT side

    /// A drain's worth of messages.
    func deliver(_ updates: [TopicUpdate]) {
        let now = NIODeadline.now()
        for update in updates {
            self.lastNumber = update.number
            let entry = self.store.apply(update)
            for namespace in self.topics.values { namespace.deliver(entry, now: now) }
            self.endpoints.changed(entry)
            if !entry.isKept { for namespace in self.topics.values { namespace.forget(entry) } }
        }
    }

    /// Messages for rooms. On the first loop.
    func receive(_ messages: [MQTTMessage]) {
        for message in messages {
            for game in self.games.values { game.receive(message) }
        }
    }

    func linkChanged(_ link: Bridge.Link) {
        self.link = link
        for namespace in self.topics.values { namespace.tellUpstream(link) }
    }

    /// The link, for a viewer that comes while it is down.
    var downLink: Bridge.Link? {
        guard let bridge, let link = self.link ?? Optional(bridge.current), !link.isUp else { return nil }
        return link
    }

    /// Publishes for a client; `answer` is called once on this loop: after the PUBACK where it asked for QoS 1.
    func publish(_ publication: Publication, answer: @escaping (Result<Void, PublishError>) -> Void) {
        guard let bridge else { return answer(.failure(.notConnected)) }
        let pending = NIOLoopBound(answer, eventLoop: self.shard.eventLoop)
        let mailbox = self.shard.hub.mailboxes[self.shard.index]
        bridge.publish(publication) { result in
            mailbox.post { _ in pending.value(result) }
        }
    }

    // MARK: Topics with a limited rate

    private struct WakeUp: Comparable {
        let deadline: NIODeadline
        weak var viewer: Viewer?
        let entry: TopicStore.Entry

        static func < (left: Self, right: Self) -> Bool { left.deadline < right.deadline }
        static func == (left: Self, right: Self) -> Bool { left.deadline == right.deadline }
    }

    /// Has the viewer send the topic's newest value at this time.
    func wake(_ viewer: Viewer, for entry: TopicStore.Entry, at deadline: NIODeadline) {
        self.wakeUps.insert(WakeUp(deadline: deadline, viewer: viewer, entry: entry))
        self.armTimer()
    }

    private func armTimer() {
        guard let next = self.wakeUps.min?.deadline else { return }
        if let timer {
            guard next < timer.deadline else { return }
            timer.task.cancel()
        }
        let task = self.shard.eventLoop.assumeIsolated().scheduleTask(deadline: next) { self.wakeDue() }
        self.timer = (task, next)
    }

    private func wakeDue() {
        self.timer = nil
        // What falls due within the next moment goes along: one flush instead of many.
        let now = NIODeadline.now() + .milliseconds(1)
        while let first = self.wakeUps.min, first.deadline <= now {
            self.wakeUps.removeMin()
            first.viewer?.timeHasCome(for: first.entry)
        }
        self.armTimer()
    }
}

extension Bridge.Link {
    /// `{connected, at}`
    var json: JSON { ["connected": JSON(self.isUp), "at": JSON(self.at)] }
}
