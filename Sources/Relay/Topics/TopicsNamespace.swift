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
    let rules: TopicRules
    private let token: Secret?
    private let form: Form
    unowned let relay: RelayShard

    /// Who follows what: a group a filter, found by topic.
    private var groups: [TopicFilter: FilterGroup] = [:]
    private var tree = TopicTree<FilterGroup>()
    /// The viewers' filters that match each topic, found once; thrown away when the filters change.
    private var routes: [Int: Route] = [:]
    private var updates: UInt64 = 0
    private var viewers: [ObjectIdentifier: Viewer] = [:]
    private var numbers = ViewerNumbers()
    /// Another one when a viewer has left, or left topics: marks of before may be one too many.
    private var epoch = 0
    /// What waited and was encoded in this turn of the loop: viewers that are woken together are told the same.
    private var encoded: [Encoded: OutboundMessage] = [:]

    /// A value with what is said of it.
    private struct Encoded: Hashable {
        let serial: Int64
        let isExpiry: Bool
        let remarks: TopicMessage.Remarks
    }

    private static let maximumEncoded = 1_024

    private final class Route {
        let rule: TopicRules.Rule
        let groups: [FilterGroup]
        /// The viewers for whom the topic waits.
        var waiting = WaitingMarks()

        init(rule: TopicRules.Rule, groups: [FilterGroup]) {
            self.rule = rule
            self.groups = groups
        }
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
        // Where every message counts, what was said stays said.
        if entry.last.isExpiry && route.rule.delivery == .event { return }
        guard let message = self.message(for: entry.last, under: route.rule) else { return }
        self.updates += 1
        let isShared = route.groups.count > 1
        for group in route.groups {
            // Viewers may leave on the way: whoever was there when it came is looked at.
            let (viewers, numbers) = (group.viewers, group.numbers)
            for (viewer, number) in zip(viewers, numbers) where !route.waiting.contains(number, in: self.epoch) {
                if isShared {
                    guard viewer.lastUpdate != self.updates else { continue }
                    viewer.lastUpdate = self.updates
                }
                self.deliver(message, of: entry, by: route, to: viewer, now: now)
            }
        }
    }

    private func deliver(
        _ message: OutboundMessage, of entry: TopicStore.Entry, by route: Route, to viewer: Viewer, now: NIODeadline
    ) {
        switch route.rule.delivery {
        case .event: viewer.deliverEvent(message, of: entry)
        case .state:
            let maxHz = self.maxHz(by: route, for: viewer)
            if viewer.deliverState(message, of: entry, maxHz: maxHz, now: now) {
                route.waiting.insert(viewer.number, in: self.epoch)
            }
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

    /// A value that waited for a viewer, or was remembered, as this namespace's viewers receive it.
    func message(
        for outgoing: ViewerSlots<OutboundMessage>.Outgoing, to viewer: Viewer
    ) -> OutboundMessage? {
        guard let route = self.route(for: outgoing.entry) else { return nil }
        // It waits no longer, whatever becomes of it.
        route.waiting.remove(viewer.number)
        let rule = route.rule
        guard outgoing.update.canStillBeShown(under: rule, at: .now()) else { return nil }
        self.relay.valuesMerged &+= outgoing.skipped
        let remarks = TopicMessage.Remarks(
            skipped: outgoing.skipped, isHistory: outgoing.isHistory,
            isStale: !outgoing.isHistory && self.isStale(outgoing.entry.topic, under: rule))
        let key = Encoded(serial: outgoing.update.serial, isExpiry: outgoing.update.isExpiry, remarks: remarks)
        if let message = self.encoded[key] { return message }
        guard let message = self.message(for: outgoing.update, under: rule, remarks) else { return nil }
        self.keepForThisTurn(message, as: key)
        return message
    }

    private func keepForThisTurn(_ message: OutboundMessage, as key: Encoded) {
        if self.encoded.isEmpty {
            self.relay.shard.eventLoop.assumeIsolated().execute { self.encoded.removeAll(keepingCapacity: true) }
        } else if self.encoded.count >= Self.maximumEncoded {
            self.encoded.removeAll(keepingCapacity: true)
        }
        self.encoded[key] = message
    }

    private func message(
        for update: TopicUpdate, under rule: TopicRules.Rule, _ remarks: TopicMessage.Remarks = .init()
    ) -> OutboundMessage? {
        switch self.form {
        case .event: TopicMessage.make(update, rule: rule, namespace: self.name, remarks)
        case .eventStream: EventStreamMessage.make(update, rule: rule, remarks)
        }
    }

    /// Whether a value of the topic may be out of date: nobody would tell of a newer one.
    func isStale(_ topic: String, under rule: TopicRules.Rule) -> Bool {
        if self.relay.isLinkDown(to: rule.broker) { return true }
        guard let status = rule.statusTopic(of: topic), status != topic else { return false }
        return self.relay.store[status]?.last.saysOffline ?? false
    }

    /// The store no longer keeps the topic.
    func forget(_ entry: TopicStore.Entry) {
        self.routes[entry.id] = nil
    }

    /// Most values of the topic a second that the viewer gets; nil: as many as there are.
    func maxHz(of entry: TopicStore.Entry, for viewer: Viewer) -> Double? {
        guard let route = self.route(for: entry), route.rule.delivery == .state else { return nil }
        return self.maxHz(by: route, for: viewer)
    }

    /// The lower of what the rule grants and the viewer asks; of several wishes for one topic the highest.
    private func maxHz(by route: Route, for viewer: Viewer) -> Double? {
        guard viewer.asksForRate else { return route.rule.maxHz }
        var wish: Double?
        for group in route.groups {
            guard let subscription = viewer.subscriptions[group.filter] else { continue }
            guard let asked = subscription.maxHz else { return route.rule.maxHz }
            wish = max(wish ?? 0, asked)
        }
        guard let wish else { return route.rule.maxHz }
        return min(wish, route.rule.maxHz ?? .infinity)
    }

    func wake(_ alarm: Alarm) {
        self.relay.wake(alarm)
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
        let viewer = Viewer(
            carrier: carrier, namespace: self, number: self.numbers.take(), isNumbered: self.form == .eventStream)
        self.viewers[ObjectIdentifier(viewer)] = viewer
        if let link = self.relay.downLink(of: self.rules.brokers) { carrier.tell(link) }
        return viewer
    }

    private func remove(_ viewer: Viewer) {
        guard self.viewers.removeValue(forKey: ObjectIdentifier(viewer)) != nil else { return }
        viewer.leave()
        for subscription in viewer.subscriptions.values { self.leave(subscription.group, viewer) }
        self.numbers.giveBack(viewer.number)
        self.epoch += 1
    }

    /// Lets an event stream follow filters that lie within the rules, beginning with the last values behind this serial
    /// number, each after so many of those before it.
    func open(
        _ stream: EventStream, following filters: [TopicFilter], maxHz: Double?, since serial: Int64, history: Int
    ) {
        let viewer = self.add(stream)
        stream.viewer = viewer
        for filter in filters { self.follow(filter, viewer, maxHz: maxHz) }
        viewer.asksForRate = maxHz != nil
        self.show(self.values(matching: filters, history: history).filter { $0.entry.last.serial > serial }, to: viewer)
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
        case "request": self.request(event, from: viewer)
        case "last": self.last(event)
        default: event.refuse(.unknownEvent, "there is no event \(event.name) here")
        }
    }

    /// What `subscribe` may say besides the filters.
    private struct Wishes {
        let maxHz: Double?
        let history: Int
        let snapshot: Bool
    }

    /// Nil: answered with what is wrong.
    private func wishes(of event: Event) -> Wishes? {
        guard let options = event.options(at: 2) else { return nil }
        let maxHz = options["maxHz"]
        if let maxHz, maxHz.double.map({ $0 <= 0 }) ?? !maxHz.isNull {
            event.refuse(.badInput, "maxHz is a number above 0")
            return nil
        }
        let history = options["history"].map { $0.isNull ? 0 : $0.int ?? -1 } ?? 0
        guard history >= 0 else {
            event.refuse(.badInput, "history is a number of values")
            return nil
        }
        guard let snapshot = event.flag("snapshot", of: options, standard: true) else { return nil }
        return Wishes(maxHz: maxHz?.double, history: history, snapshot: history > 0 || snapshot)
    }

    private func subscribe(_ viewer: Viewer, _ event: Event) {
        guard let filters = self.filters(of: event), let wishes = self.wishes(of: event) else { return }
        for filter in filters where !self.rules.allowsSubscribing(to: filter) {
            return event.refuse(.forbidden, "\(filter) is outside what this namespace shows")
        }
        let new = filters.filter { viewer.subscriptions[$0] == nil }
        guard viewer.subscriptions.count + new.count <= Self.maximumFilters else {
            return event.refuse(.tooMany, "at most \(Self.maximumFilters) filters")
        }
        if wishes.snapshot,
            let wait = viewer.snapshotBudget.look(through: self.lookLength(of: filters), at: .now())
        {
            return event.refuse(.rate, "too many snapshots at once", retry: wait)
        }
        for filter in filters { self.follow(filter, viewer, maxHz: wishes.maxHz) }
        viewer.asksForRate = viewer.subscriptions.values.contains { $0.maxHz != nil }
        let snapshot = wishes.snapshot ? self.values(matching: filters, history: wishes.history) : []
        viewer.snapshotBudget.mark(snapshot.count, at: .now())
        event.reply([
            "ok": true, "filters": .array(filters.map { JSON($0.string) }),
            "snapshot": JSON(snapshot.reduce(0) { $0 + 1 + $1.olderShown }),
        ])
        self.show(snapshot, to: viewer)
    }

    /// Marks these values for a viewer's snapshot, and sends what may go.
    private func show(_ snapshot: [Value], to viewer: Viewer) {
        viewer.snapshot(
            snapshot.map { .init(entry: $0.entry, older: $0.older, isEvent: $0.rule.delivery == .event) })
        viewer.ratesChanged()
    }

    private func unsubscribe(_ viewer: Viewer, _ event: Event) {
        guard let filters = self.filters(of: event) else { return }
        for filter in filters {
            if let subscription = viewer.subscriptions[filter] { self.leave(subscription.group, viewer) }
        }
        viewer.asksForRate = viewer.subscriptions.values.contains { $0.maxHz != nil }
        event.reply(["ok": true, "filters": .array(filters.map { JSON($0.string) })])
        self.epoch += 1
        viewer.forgetUnfollowed()
        viewer.ratesChanged()
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
        if viewer.subscriptions[filter] != nil {
            viewer.subscriptions[filter]?.maxHz = maxHz
        } else if let group = self.groups[filter] {
            group.add(viewer, maxHz: maxHz)
        } else {
            let group = FilterGroup(filter)
            self.groups[filter] = group
            self.tree.insert(group, for: filter)
            self.routes = [:]
            group.add(viewer, maxHz: maxHz)
        }
    }

    private func leave(_ group: FilterGroup, _ viewer: Viewer) {
        group.remove(viewer)
        guard group.viewers.isEmpty else { return }
        self.groups[group.filter] = nil
        self.tree.remove(group, for: group.filter)
        self.routes = [:]
    }

    /// How many topics are looked at to find those that the filters match.
    private func lookLength(of filters: [TopicFilter]) -> Int {
        filters.contains(where: \.hasWildcards) ? self.relay.store.count : filters.count
    }

    /// Up to so many filters are held against a topic one by one, which costs less than a tree of them.
    private static let fewFilters = 8

    /// The topics with a value that a filter matches. A look through all of them is made once for however many filters.
    private func entries(matching filters: [TopicFilter]) -> [TopicStore.Entry] {
        let wild = filters.filter(\.hasWildcards)
        let plain = Set(filters.lazy.filter { !$0.hasWildcards }.map { TopicKey($0.string) })
        guard !wild.isEmpty else { return plain.compactMap { self.relay.store[$0.topic] } }
        let all = self.relay.store.all
        if wild.count <= Self.fewFilters {
            return all.filter { entry in
                wild.contains { $0.matches(entry.topic) } || plain.contains(entry.key)
            }
        }
        var tree = TopicTree<Bool>()
        for filter in wild { tree.insert(true, for: filter) }
        return all.filter { plain.contains($0.key) || tree.hasMatch(for: $0.topic) }
    }

    private struct Value {
        let entry: TopicStore.Entry
        let rule: TopicRules.Rule
        /// How many values before it are looked at, and how many of them go out as well.
        let older: Int
        let olderShown: Int
    }

    /// The topics with a value that a filter matches, and that this namespace can show.
    private func values(matching filters: [TopicFilter], history: Int) -> [Value] {
        let now = NIODeadline.now()
        return self.entries(matching: filters).compactMap { entry -> Value? in
            guard let rule = self.rules.rule(for: entry.topic),
                TopicMessage.canShow(entry.last, under: rule.payload)
            else { return nil }
            let older = entry.values(before: entry.number, atMost: min(history, rule.history) - 1)
            let shown = older.count { $0.canStillBeShown(under: rule, at: now) }
            return Value(entry: entry, rule: rule, older: older.count, olderShown: shown)
        }.sorted { $0.entry.id < $1.entry.id }
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
        var members: [(String, JSON)] = [
            ("ok", true), ("payload", payload), ("at", JSON(entry.last.at)), ("retained", JSON(entry.last.retained)),
        ]
        if self.isStale(entry.topic, under: rule) { members.append(("stale", true)) }
        event.acknowledgement?.send(
            Arguments([.object(members)], attachments: isAttached ? [entry.last.payload] : []))
    }
}

extension Event {
    /// The object of options that an event may end with, an empty one where there is none. Nil: refused, being no object.
    func options(at index: Int) -> JSON? {
        guard let options = self.arguments[index], !options.isNull else { return [:] }
        guard options.members != nil else {
            self.refuse(.badInput, "expected an object of options")
            return nil
        }
        return options
    }

    /// Nil: refused, being something else.
    func flag(_ name: String, of options: JSON, standard: Bool) -> Bool? {
        guard let value = options[name], !value.isNull else { return standard }
        if value.bool == nil { self.refuse(.badInput, "\(name) is true or false") }
        return value.bool
    }
}

extension TopicUpdate {
    /// Whether a value may go out that has waited: the rule has a form for it, and it has not expired.
    fileprivate func canStillBeShown(under rule: TopicRules.Rule, at now: NIODeadline) -> Bool {
        TopicMessage.canShow(self, under: rule.payload) && self.expires.map { $0 > now } ?? true
    }
}
