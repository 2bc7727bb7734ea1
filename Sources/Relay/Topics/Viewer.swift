import DequeModule
import MQTT
import NIOCore
import SocketIOServer

/// One client that follows topics: what it subscribes to, and what it has yet to see.
///
/// Under `delivery: state` it has slots, not a queue: a topic that cannot be sent now waits as one mark, whatever number
/// of values pass, and the newest goes out in its turn. A snapshot is the same: every topic marked at once.
final class Viewer {
    /// A topic that waits.
    private struct Slot {
        let topic: String
        var skipped = 0
        var isSnapshot: Bool
        /// A snapshot's value under `delivery: event`, where no later value may stand for it.
        var kept: OutboundMessage?
    }

    let carrier: any ViewerCarrier
    /// The filters subscribed to, each with the place in its group and the wish for a rate.
    var subscriptions: [String: Subscription] = [:]
    /// Whether any subscription asks for a rate of its own.
    var asksForRate = false
    /// The last update that reached this viewer, so that two filters deliver it once.
    var lastUpdate: UInt64 = 0

    struct Subscription {
        let group: FilterGroup
        var place: Int
        var maxHz: Double?
    }

    private unowned let namespace: TopicsNamespace
    private var slots: [Int: Slot] = [:]
    /// Topics that wait for the socket, in the order in which they were first marked: a fast one starves no slow one.
    private var waiting: Deque<TopicStore.Entry> = []
    private var snapshotsWaiting = 0
    /// Events that wait for the end of a snapshot.
    private var backlog: Deque<OutboundMessage> = []
    private(set) var backlogBytes = 0
    /// When the next value of a topic may go out, for topics with a limited rate.
    private var nextSend: [Int: NIODeadline] = [:]
    /// How many of these are looked through for times gone by.
    private var nextSendLimit = 1_024

    init(carrier: any ViewerCarrier, namespace: TopicsNamespace) {
        self.carrier = carrier
        self.namespace = namespace
    }

    // MARK: Live values

    /// Every message counts: in order, after any snapshot.
    func deliverEvent(_ message: OutboundMessage, of entry: TopicStore.Entry) {
        guard self.snapshotsWaiting > 0 else { return self.carrier.send(message) }
        self.backlog.append(message)
        self.backlogBytes += message.byteCount
        if self.backlogBytes > self.namespace.maximumBacklog { self.carrier.closeAsSlow() }
    }

    /// The latest counts: sent now if the socket takes it and its time has come, else marked.
    func deliverState(_ message: OutboundMessage, of entry: TopicStore.Entry, maxHz: Double?, now: NIODeadline) {
        if self.slots[entry.id] != nil {
            self.slots[entry.id]?.skipped += 1
        } else if maxHz != nil, let next = self.nextSend[entry.id], next > now {
            self.slots[entry.id] = Slot(topic: entry.topic, isSnapshot: false)
            self.carrier.held(entry)
            self.namespace.wake(self, for: entry, at: next)
        } else if !self.waiting.isEmpty || !self.carrier.isWritable {
            self.mark(entry, Slot(topic: entry.topic, isSnapshot: false))
            self.carrier.held(entry)
        } else {
            self.sent(entry, maxHz: maxHz, now: now)
            self.carrier.send(message)
        }
    }

    /// The time for a topic with a limited rate has come.
    func timeHasCome(for entry: TopicStore.Entry) {
        guard let slot = self.slots[entry.id] else { return }
        guard self.subscriptions.values.contains(where: { $0.group.filter.matches(entry.topic) }) else {
            self.slots[entry.id] = nil
            self.carrier.released(entry)
            return
        }
        if self.waiting.isEmpty && self.carrier.isWritable {
            self.send(entry, slot)
        } else {
            self.mark(entry, slot)
        }
    }

    private func mark(_ entry: TopicStore.Entry, _ slot: Slot) {
        self.slots[entry.id] = slot
        self.waiting.append(entry)
        self.carrier.notifyWhenWritable()
    }

    private func sent(_ entry: TopicStore.Entry, maxHz: Double?, now: NIODeadline) {
        guard let maxHz else { return }
        if self.nextSend.count >= self.nextSendLimit {
            self.nextSend = self.nextSend.filter { $0.value > now }
            self.nextSendLimit = max(1_024, self.nextSend.count * 2)
        }
        self.nextSend[entry.id] = now + .nanoseconds(Int64(1_000_000_000 / max(maxHz, 0.001)))
    }

    // MARK: What waits

    /// Marks topics for the snapshot of a new subscription; `drain` sends them.
    func snapshot(_ entry: TopicStore.Entry, kept: OutboundMessage?) {
        guard self.slots[entry.id] == nil else { return }
        self.snapshotsWaiting += 1
        self.mark(entry, Slot(topic: entry.topic, isSnapshot: true, kept: kept))
        self.carrier.held(entry)
    }

    /// Sends what waits, for as long as the socket takes it.
    func drain() {
        while self.carrier.isWritable, let entry = self.waiting.popFirst() {
            guard let slot = self.slots[entry.id] else { continue }
            self.send(entry, slot)
        }
        while self.snapshotsWaiting == 0, let message = self.backlog.popFirst() {
            self.backlogBytes -= message.byteCount
            self.carrier.send(message)
        }
        if !self.waiting.isEmpty { self.carrier.notifyWhenWritable() }
    }

    private func send(_ entry: TopicStore.Entry, _ slot: Slot) {
        self.slots[entry.id] = nil
        self.carrier.released(entry)
        if slot.isSnapshot { self.snapshotsWaiting -= 1 }
        if slot.kept == nil && self.namespace.isSuperseded(entry) { return }
        if let message = slot.kept ?? self.namespace.message(for: entry, skipped: slot.skipped) {
            self.sent(entry, maxHz: self.namespace.maxHz(of: entry, for: self), now: .now())
            self.carrier.send(message)
        }
    }

    /// Forgets what waits for topics that no filter of this viewer matches any more.
    func forgetUnfollowed() {
        let filters = self.subscriptions.values.map(\.group.filter)
        func isFollowed(_ topic: String) -> Bool { filters.contains { $0.matches(topic) } }
        // Also those that wait for their time only.
        for (id, slot) in self.slots where !isFollowed(slot.topic) {
            self.slots[id] = nil
            self.nextSend[id] = nil
            if slot.isSnapshot { self.snapshotsWaiting -= 1 }
        }
        self.waiting.removeAll { !isFollowed($0.topic) }
        self.drain()
    }
}

/// The viewers of one namespace on one shard that asked for the same filter.
final class FilterGroup: Equatable {
    let filter: TopicFilter
    private(set) var viewers: [Viewer] = []

    init(_ filter: TopicFilter) {
        self.filter = filter
    }

    func add(_ viewer: Viewer, maxHz: Double?) {
        viewer.subscriptions[self.filter.string] = .init(group: self, place: self.viewers.count, maxHz: maxHz)
        self.viewers.append(viewer)
    }

    /// The last viewer takes the place of the one who leaves.
    func remove(_ viewer: Viewer) {
        guard let place = viewer.subscriptions.removeValue(forKey: self.filter.string)?.place,
            self.viewers.indices.contains(place), let last = self.viewers.popLast()
        else { return }
        guard last !== viewer else { return }
        self.viewers[place] = last
        last.subscriptions[self.filter.string]?.place = place
    }

    static func == (left: FilterGroup, right: FilterGroup) -> Bool { left === right }
}
