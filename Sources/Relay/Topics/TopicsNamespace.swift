import Settings
import EngineIO
import MQTT
import NIOCore
import SocketIO
import SocketIOServer

/// A namespace of kind `topics` on one shard: MQTT topics as events for those who subscribe.
final class TopicsNamespace: NamespaceHandler {
    let name: String
    let maximumBacklog: Int
    private let rules: TopicRules
    private let token: Secret?
    private let form: Form
    private unowned let relay: RelayShard

    /// Who follows what: a group a filter, found by topic.
    private var groups: [String: FilterGroup] = [:]
    private var tree = TopicTree<FilterGroup>()
    /// The viewers' filters that match each topic, found once; thrown away when the filters change.
    private var routes: [Int: Route] = [:]
    private var updates: UInt64 = 0
    private var viewers: [ObjectIdentifier: Viewer] = [:]

    private struct Route {
        let rule: TopicRules.Rule
        let groups: [FilterGroup]
    }

    /// Most filters that one viewer may follow, and that one call may name.
    private static let maximumFilters = 1_000

    /// How a value travels to the viewers.
    enum Form {
        /// As a Socket.IO event.
        case event
        case eventStream
    }

    init(name: String, rules: TopicRules, token: Secret?, form: Form = .event, relay: RelayShard) {
        self.name = name
        self.form = form
        self.rules = rules
        self.token = token
        self.relay = relay
        self.maximumBacklog = relay.configuration.server.limits.queue
    }

    // MARK: From the devices

    /// Delivers a message to whoever follows its topic. It is encoded only if somebody does, and then once.
    func deliver(_ entry: TopicStore.Entry, now: NIODeadline) {
        guard let route = self.route(for: entry), !route.groups.isEmpty else { return }
        guard let message = self.message(for: entry, skipped: 0) else { return }
        self.updates += 1
        let isShared = route.groups.count > 1
        for group in route.groups {
            for viewer in group.viewers {
                if isShared {
                    guard viewer.lastUpdate != self.updates else { continue }
                    viewer.lastUpdate = self.updates
                }
                self.deliver(message, of: entry, under: route.rule, to: viewer, now: now)
            }
        }
    }

    private func deliver(
        _ message: OutboundMessage, of entry: TopicStore.Entry, under rule: TopicRules.Rule, to viewer: Viewer,
        now: NIODeadline
    ) {
        switch rule.delivery {
        case .event: viewer.deliverEvent(message, of: entry)
        case .state:
            viewer.deliverState(message, of: entry, maxHz: self.maxHz(under: rule, of: entry, for: viewer), now: now)
        }
    }

    private func route(for entry: TopicStore.Entry) -> Route? {
        if let route = self.routes[entry.id] { return route }
        guard let rule = self.rules.rule(for: entry.topic) else { return nil }
        let route = Route(rule: rule, groups: self.tree.match(entry.topic))
        // What the store does not keep is never forgotten either, and would stay here for good.
        if entry.isKept { self.routes[entry.id] = route }
        return route
    }

    /// The topic's last value as this namespace's viewers receive it.
    func message(for entry: TopicStore.Entry, skipped: Int) -> OutboundMessage? {
        guard let rule = self.route(for: entry)?.rule else { return nil }
        switch self.form {
        case .event: return TopicMessage.make(entry.last, rule: rule, namespace: self.name, skipped: skipped)
        case .eventStream: return EventStreamMessage.make(entry.last, rule: rule, skipped: skipped)
        }
    }

    /// The store no longer keeps the topic.
    func forget(_ entry: TopicStore.Entry) {
        self.routes[entry.id] = nil
    }

    /// Whether the topic was deleted and has a value again, under another entry: the delete must not reach anybody
    /// behind that value.
    func isSuperseded(_ entry: TopicStore.Entry) -> Bool {
        guard !entry.hasValue, let kept = self.relay.store[entry.topic] else { return false }
        return kept !== entry
    }

    func maxHz(of entry: TopicStore.Entry, for viewer: Viewer) -> Double? {
        guard let rule = self.route(for: entry)?.rule, rule.delivery == .state else { return nil }
        return self.maxHz(under: rule, of: entry, for: viewer)
    }

    /// The lower of what the rule grants and the viewer asks; of several wishes for one topic the highest.
    private func maxHz(under rule: TopicRules.Rule, of entry: TopicStore.Entry, for viewer: Viewer) -> Double? {
        guard viewer.asksForRate else { return rule.maxHz }
        var wish: Double? = 0
        for subscription in viewer.subscriptions.values where subscription.group.filter.matches(entry.topic) {
            guard let asked = subscription.maxHz else { return rule.maxHz }
            wish = max(wish ?? 0, asked)
        }
        return min(wish ?? .infinity, rule.maxHz ?? .infinity)
    }

    func wake(_ viewer: Viewer, for entry: TopicStore.Entry, at deadline: NIODeadline) {
        self.relay.wake(viewer, for: entry, at: deadline)
    }

    /// The link to the broker went down or came back.
    func tellUpstream(_ link: Bridge.Link) {
        for viewer in self.viewers.values { viewer.carrier.tell(link) }
    }

    // MARK: From the viewers

    func refusal(of handshake: SocketHandshake) -> ConnectRefusal? {
        self.token?.refusal(of: handshake)
    }

    func connected(_ socket: Socket) {
        socket.context = self.add(socket)
    }

    func disconnected(_ socket: Socket, reason: String) {
        if let viewer = socket.context as? Viewer { self.remove(viewer) }
    }

    private func add(_ carrier: any ViewerCarrier) -> Viewer {
        let viewer = Viewer(carrier: carrier, namespace: self)
        self.viewers[ObjectIdentifier(viewer)] = viewer
        if let link = self.relay.downLink { carrier.tell(link) }
        return viewer
    }

    private func remove(_ viewer: Viewer) {
        self.viewers[ObjectIdentifier(viewer)] = nil
        for subscription in viewer.subscriptions.values { self.leave(subscription.group, viewer) }
    }

    /// Lets an event stream follow filters that lie within the rules, beginning with the last values that are newer than
    /// the number.
    func open(_ stream: EventStream, following filters: [TopicFilter], maxHz: Double?, since number: Int64) {
        let viewer = self.add(stream)
        stream.viewer = viewer
        for filter in filters { self.follow(filter, viewer, maxHz: maxHz) }
        self.show(self.values(matching: filters).filter { $0.last.number > number }, to: viewer)
        stream.opened()
        viewer.drain()
    }

    /// An event stream has ended.
    func closed(_ viewer: Viewer) {
        self.remove(viewer)
        if self.viewers.isEmpty { self.closed() }
    }

    func closed() {
        self.relay.closed(self)
    }

    func writable(_ socket: Socket) {
        (socket.context as? Viewer)?.drain()
    }

    func received(_ event: Event, from socket: Socket) {
        guard let viewer = socket.context as? Viewer else { return }
        switch event.name {
        case "subscribe": self.subscribe(viewer, event)
        case "unsubscribe": self.unsubscribe(viewer, event)
        case "publish": self.publish(event)
        case "last": self.last(event)
        default: event.refuse(.unknownEvent, "there is no event \(event.name) here")
        }
    }

    private func subscribe(_ viewer: Viewer, _ event: Event) {
        guard let filters = self.filters(of: event) else { return }
        let options = event.arguments[2]
        let asked = options?["maxHz"]
        if let asked, asked.double.map({ $0 <= 0 }) ?? !asked.isNull {
            return event.refuse(.badInput, "maxHz is a number above 0")
        }
        for filter in filters where !self.rules.allowsSubscribing(to: filter) {
            return event.refuse(.forbidden, "\(filter) is outside what this namespace shows")
        }
        let new = filters.filter { viewer.subscriptions[$0.string] == nil }
        guard viewer.subscriptions.count + new.count <= Self.maximumFilters else {
            return event.refuse(.tooMany, "at most \(Self.maximumFilters) filters")
        }
        for filter in filters { self.follow(filter, viewer, maxHz: asked?.double) }
        let snapshot = options?["snapshot"]?.bool == false ? [] : self.values(matching: filters)
        event.reply([
            "ok": true, "filters": .array(filters.map { JSON($0.string) }), "snapshot": JSON(snapshot.count),
        ])
        self.show(snapshot, to: viewer)
        viewer.drain()
    }

    /// Marks these values for a viewer's snapshot.
    private func show(_ snapshot: [TopicStore.Entry], to viewer: Viewer) {
        for entry in snapshot {
            let isEvent = self.route(for: entry)?.rule.delivery == .event
            viewer.snapshot(entry, kept: isEvent ? self.message(for: entry, skipped: 0) : nil)
        }
    }

    private func unsubscribe(_ viewer: Viewer, _ event: Event) {
        guard let filters = self.filters(of: event) else { return }
        for filter in filters {
            if let subscription = viewer.subscriptions[filter.string] { self.leave(subscription.group, viewer) }
        }
        event.reply(["ok": true, "filters": .array(filters.map { JSON($0.string) })])
        viewer.forgetUnfollowed()
    }

    /// The filters of an event's first argument: one, or a list. Nil: answered with what is wrong.
    private func filters(of event: Event) -> [TopicFilter]? {
        let texts = event.arguments[1].flatMap { argument in
            argument.string.map { [$0] }
                ?? argument.elements.flatMap { elements in
                    let texts = elements.compactMap(\.string)
                    return texts.count == elements.count ? texts : nil
                }
        }
        guard let texts, !texts.isEmpty, texts.count <= Self.maximumFilters else {
            event.refuse(.badInput, "expected a filter, or a list of 1 to \(Self.maximumFilters)")
            return nil
        }
        var filters: [TopicFilter] = []
        for text in texts {
            do {
                filters.append(try TopicFilter(text))
            } catch {
                event.refuse(.badInput, "\(text.prefix(100)): \(error)")
                return nil
            }
        }
        return filters
    }

    private func follow(_ filter: TopicFilter, _ viewer: Viewer, maxHz: Double?) {
        if viewer.subscriptions[filter.string] != nil {
            viewer.subscriptions[filter.string]?.maxHz = maxHz
        } else if let group = self.groups[filter.string] {
            group.add(viewer, maxHz: maxHz)
        } else {
            let group = FilterGroup(filter)
            self.groups[filter.string] = group
            self.tree.insert(group, for: filter)
            self.routes = [:]
            group.add(viewer, maxHz: maxHz)
        }
        viewer.asksForRate = viewer.subscriptions.values.contains { $0.maxHz != nil }
    }

    private func leave(_ group: FilterGroup, _ viewer: Viewer) {
        group.remove(viewer)
        guard group.viewers.isEmpty else { return }
        self.groups[group.filter.string] = nil
        self.tree.remove(group, for: group.filter)
        self.routes = [:]
    }

    /// The topics with a value that a filter matches, and that this namespace can show.
    private func values(matching filters: [TopicFilter]) -> [TopicStore.Entry] {
        self.relay.store.all.filter { entry in
            filters.contains { $0.matches(entry.topic) }
                && self.rules.rule(for: entry.topic).map {
                    TopicMessage.canShow(entry.last, under: $0.payload)
                } == true
        }.sorted { $0.id < $1.id }
    }

    private func last(_ event: Event) {
        guard let text = event.arguments[1]?.string, let topic = try? TopicName(text),
            let filter = try? TopicFilter(topic.string)
        else { return event.refuse(.badInput, "expected a topic") }
        guard self.rules.allowsSubscribing(to: filter) else {
            return event.refuse(.forbidden, "\(topic) is outside what this namespace shows")
        }
        guard let entry = self.relay.store[topic.string], let rule = self.rules.rule(for: topic.string),
            let form = TopicMessage.form(of: entry.last, under: rule.payload)
        else { return event.refuse(.notFound, "no value of \(topic) is known") }
        let payload: JSON =
            switch form {
            case .json: (try? JSON(validating: entry.last.payload)) ?? .null
            case .text: JSON(String(buffer: entry.last.payload))
            case .binary: .placeholder(0)
            }
        let isAttached = if case .binary = form { true } else { false }
        event.acknowledgement?.send(
            Arguments(
                [
                    [
                        "ok": true, "payload": payload, "at": JSON(entry.last.at),
                        "retained": JSON(entry.last.retained),
                    ]
                ], attachments: isAttached ? [entry.last.payload] : []))
    }

    /// Publishes a client's message. A string goes out as its text, binary as it is, any other value as its JSON.
    private func publish(_ event: Event) {
        guard let text = event.arguments[1]?.string, let topic = try? TopicName(text), let value = event.arguments[2]
        else { return event.refuse(.badInput, "expected a topic and a payload") }
        guard self.rules.allowsPublishing(to: topic) else {
            return event.refuse(.forbidden, "clients may not publish to \(topic)")
        }
        let options = event.arguments[3]
        let asked = options?["qos"] ?? 1
        guard let qos = asked.int.flatMap({ UInt8(exactly: $0) }).flatMap(QoS.init), qos != .exactlyOnce else {
            return event.refuse(.badInput, "qos is 0 or 1")
        }
        let payload = event.arguments.attachment(at: 2) ?? value.string.map { ByteBuffer(string: $0) } ?? value.bytes
        let publication = Publication(
            topic: topic, payload: payload, qos: qos, retain: options?["retain"]?.bool ?? false)
        self.relay.publish(publication) { event.answer($0) }
    }
}
