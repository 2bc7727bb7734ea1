import MQTT
import NIOCore
import SocketIOServer

/// One client that follows topics: what it subscribes to, and what it has yet to see.
final class Viewer {
    let carrier: any ViewerCarrier
    /// Which of the namespace's viewers it is; another one may have it later.
    let number: Int
    /// The filters subscribed to, each with the place in its group and the wish for a rate.
    var subscriptions: [TopicFilter: Subscription] = [:]
    /// Whether any subscription asks for a rate of its own.
    var asksForRate = false
    /// The last update that reached this viewer, so that two filters deliver it once.
    var lastUpdate: UInt64 = 0
    /// Requests to devices that have no answer yet.
    var requestsPending = 0
    /// Lets go of the viewer when that leaves.
    let alarm = Alarm()
    /// For the snapshots that it asks for.
    var snapshotBudget = SnapshotBudget()

    struct Subscription {
        let group: FilterGroup
        var place: Int
        var maxHz: Double?
    }

    /// Kept, so that it is there for as long as anybody follows it. It lets go of viewers that leave.
    private let namespace: TopicsNamespace
    private var slots: ViewerSlots<OutboundMessage>

    /// - Parameter isNumbered: whether `firstUnseen` will be asked.
    init(carrier: any ViewerCarrier, namespace: TopicsNamespace, number: Int, isNumbered: Bool = false) {
        self.carrier = carrier
        self.namespace = namespace
        self.number = number
        self.slots = ViewerSlots(isNumbered: isNumbered)
        self.alarm.viewer = self
    }

    /// Nothing wakes it any more, and nothing keeps it.
    func leave() {
        self.alarm.viewer = nil
        self.alarm.deadline = nil
    }

    /// The serial number of the first value that has not gone out and should, 0 for what a snapshot brings; nil: all has.
    func firstUnseen() -> Int64? { self.slots.firstUnseen() }

    // MARK: Live values

    /// Every message counts: in order, after any snapshot.
    func deliverEvent(_ message: OutboundMessage, of entry: TopicStore.Entry) {
        switch self.slots.event(message, of: entry.topic, bytes: message.byteCount) {
        case .send: self.carrier.send(message)
        case .queued: if self.slots.backlogBytes > self.namespace.maximumBacklog { self.carrier.closeAsSlow() }
        }
    }

    /// The latest counts: sent now if the socket takes it and its time has come, else marked.
    /// - Returns: whether the topic waits, so that another value of it changes nothing here. Not for who has left meanwhile,
    ///   whose number is another's by now.
    func deliverState(
        _ message: OutboundMessage, of entry: TopicStore.Entry, maxHz: Double?, now: NIODeadline
    ) -> Bool {
        switch self.slots.state(entry, rate: maxHz, isWritable: self.carrier.isWritable, now: now) {
        case .send:
            self.carrier.send(message)
            return false
        case .marked: self.carrier.notifyWhenWritable()
        case .timed(let due): self.wake(at: due)
        case .merged: break
        }
        return self.alarm.viewer != nil && self.slots.waits(for: entry)
    }

    // MARK: What waits

    /// Marks topics for the snapshot of a new subscription; `drain` sends them.
    func snapshot(_ topics: [ViewerSlots<OutboundMessage>.SnapshotTopic]) {
        self.slots.snapshot(topics)
    }

    /// Sends what waits, for as long as the socket takes it.
    func drain() {
        let now = NIODeadline.now()
        while self.carrier.isWritable,
            let outgoing = self.slots.next(now: now, rate: { self.namespace.maxHz(of: $0, for: self) })
        {
            if let message = self.namespace.message(for: outgoing, to: self) { self.carrier.send(message) }
        }
        while let message = self.slots.nextEvent() { self.carrier.send(message) }
        if self.slots.hasWaiting { self.carrier.notifyWhenWritable() }
    }

    /// The time has come for which it asked to be woken.
    func timePassed(at now: NIODeadline) {
        self.alarm.deadline = nil
        if let next = self.slots.timePassed(at: now) { self.wake(at: next) }
        self.drain()
    }

    /// Some subscription asks for another rate than before.
    func ratesChanged() {
        let now = NIODeadline.now()
        self.slots.ratesChanged(now: now) { self.namespace.maxHz(of: $0, for: self) }
        self.timePassed(at: now)
    }

    private func wake(at deadline: NIODeadline) {
        if let earlier = self.alarm.deadline, earlier <= deadline { return }
        guard self.alarm.viewer != nil else { return }
        self.alarm.deadline = deadline
        self.namespace.wake(self.alarm)
    }

    /// Forgets what waits for topics that no filter of this viewer matches any more.
    func forgetUnfollowed() {
        let filters = self.subscriptions.values.map(\.group.filter)
        self.slots.forget { topic in filters.contains { $0.matches(topic) } }
        self.drain()
    }
}

/// The viewers of one namespace on one shard that asked for the same filter.
final class FilterGroup: Equatable {
    let filter: TopicFilter
    private(set) var viewers: [Viewer] = []
    /// Theirs, in the same order.
    private(set) var numbers: [Int] = []

    init(_ filter: TopicFilter) {
        self.filter = filter
    }

    func add(_ viewer: Viewer, maxHz: Double?) {
        viewer.subscriptions[self.filter] = .init(group: self, place: self.viewers.count, maxHz: maxHz)
        self.viewers.append(viewer)
        self.numbers.append(viewer.number)
    }

    /// The last viewer takes the place of the one who leaves.
    func remove(_ viewer: Viewer) {
        guard let place = viewer.subscriptions.removeValue(forKey: self.filter)?.place,
            self.viewers.indices.contains(place), let last = self.viewers.popLast(), let number = self.numbers.popLast()
        else { return }
        guard last !== viewer else { return }
        self.viewers[place] = last
        self.numbers[place] = number
        last.subscriptions[self.filter]?.place = place
    }

    static func == (left: FilterGroup, right: FilterGroup) -> Bool { left === right }
}
