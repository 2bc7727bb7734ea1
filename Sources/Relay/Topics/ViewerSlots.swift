import DequeModule
import HeapModule
import MQTT
import NIOCore

/// What one viewer has yet to see, and when it may: a value, without sockets or a clock of its own.
///
/// Under `delivery: state` it has slots, not a queue: a topic that cannot be sent now waits as one mark, whatever number
/// of values pass, and the newest goes out in its turn. A snapshot is the same: every topic marked at once. Under
/// `delivery: event` every message goes out, after the snapshot's values if there is one on its way.
///
/// `Message` is an encoded live message.
struct ViewerSlots<Message> {
    typealias Entry = TopicStore.Entry

    /// A topic that waits.
    private struct Slot {
        private(set) var entry: Entry
        /// The number of the first value of this entry that waited.
        private(set) var mark: UInt64
        /// The serial number of the first value that waited among those of all topics; 0 for what a snapshot brings.
        var since: Int64
        /// Values of entries before this one that waited.
        private var passedBefore: UInt64 = 0
        /// When its time comes; nil: as soon as the socket takes it and those before it.
        var due: NIODeadline?
        var isSnapshot = false
        /// How many earlier values go out with it.
        var older = 0
        /// A snapshot's value under `delivery: event`, where no later value may stand for it.
        var kept: Kept?

        init(_ entry: Entry, due: NIODeadline? = nil) {
            self.entry = entry
            self.mark = entry.number
            self.since = entry.last.serial
            self.due = due
        }

        /// Values that the entry's last one stands for.
        var passed: UInt64 { self.passedBefore + self.entry.number - self.mark }

        /// The topic's value ended, or had to make room in the store, and another has come.
        mutating func replace(by entry: Entry) {
            self.passedBefore = self.passed + 1
            self.entry = entry
            self.mark = entry.number
        }
    }

    /// Out of line: slots are many, and few have one.
    private final class Kept {
        let update: TopicUpdate
        init(_ update: TopicUpdate) { self.update = update }
    }

    private struct Timed: Comparable {
        let deadline: NIODeadline
        let key: TopicKey
        static func < (left: Self, right: Self) -> Bool { left.deadline < right.deadline }
    }

    private struct Sent {
        let at: NIODeadline
        /// Until when this limits anything.
        let until: NIODeadline
    }

    private let isNumbered: Bool
    private var slots: [TopicKey: Slot] = [:]
    /// When numbered: topics in the order in which they began to wait. Some of them wait no longer.
    private var order: Deque<(key: TopicKey, since: Int64)> = []
    /// Topics that wait for the socket, in the order in which they were first marked: a fast one starves no slow one.
    private var waiting: Deque<TopicKey> = []
    /// Topics that wait for their time; some of them in vain, since theirs has changed.
    private var timed = Heap<Timed>()
    /// Slots are looked through for topics that are no more when there are so many.
    private var slotLimit = 1_024
    private var snapshotsWaiting = 0
    /// Events that wait for the end of a snapshot.
    private var backlog: Deque<(message: Message, topic: String, bytes: Int)> = []
    private(set) var backlogBytes = 0
    /// When topics with a limited rate last had a value sent.
    private var sent: [TopicKey: Sent] = [:]
    /// How many of these are looked through for times gone by.
    private var sentLimit = 1_024

    /// The topic whose values are going out.
    private var current: Parcel?

    /// - Parameter isNumbered: whether `firstUnseen` will be asked.
    init(isNumbered: Bool = false) { self.isNumbered = isNumbered }

    /// What is kept for the viewer: marks, times and events.
    var count: Int { self.slots.count + self.waiting.count + self.timed.count + self.sent.count + self.backlog.count }

    /// Whether nothing waits.
    var isIdle: Bool { self.slots.isEmpty && self.current == nil && self.backlog.isEmpty }

    // MARK: Live values

    enum StateVerdict: Equatable {
        case send
        /// It waits for the socket.
        case marked
        /// It waits until then.
        case timed(NIODeadline)
        /// One before it waits, and it goes out in that one's place.
        case merged
    }

    /// A value of a topic of which the latest counts: sent now if the socket takes it and its time has come, else marked.
    /// - Parameter rate: the most values a second; nil: as many as there are.
    mutating func state(
        _ entry: Entry, rate: Double?, isWritable: @autoclosure () -> Bool, now: NIODeadline
    ) -> StateVerdict {
        // Most values of a fast topic end here: so the slot is looked at where it is.
        if let place = self.slots.index(forKey: entry.key) {
            if self.slots.values[place].entry !== entry { self.slots.values[place].replace(by: entry) }
            return .merged
        }
        if let rate, let sent = self.sent[entry.key] {
            let due = sent.at + Self.period(of: rate)
            if due > now {
                self.wait(Slot(entry, due: due))
                return .timed(due)
            }
        }
        guard !self.hasWaiting && isWritable() else {
            self.mark(Slot(entry))
            return .marked
        }
        self.note(entry, rate: rate, now: now)
        return .send
    }

    /// Whether the topic waits, and with this entry: another value of it changes nothing then.
    func waits(for entry: Entry) -> Bool { self.slots[entry.key]?.entry === entry }

    enum EventVerdict: Equatable {
        case send
        /// It waits for the end of a snapshot.
        case queued
    }

    /// A message of a topic of which every one counts.
    mutating func event(_ message: Message, of topic: String, bytes: Int) -> EventVerdict {
        guard self.snapshotsWaiting > 0 || !self.backlog.isEmpty else { return .send }
        self.backlog.append((message, topic, bytes))
        self.backlogBytes += bytes
        return .queued
    }

    // MARK: What waits

    /// A topic of a snapshot.
    struct SnapshotTopic {
        let entry: Entry
        /// How many earlier values go before its last.
        var older = 0
        /// The value is one that counts, as it is now; else the latest does when its turn comes.
        let isEvent: Bool
    }

    /// Marks topics for the snapshot of a new subscription.
    mutating func snapshot(_ topics: [SnapshotTopic]) {
        let inBacklog = Set(self.backlog.lazy.map { TopicKey($0.topic) })
        for topic in topics {
            let entry = topic.entry
            if let slot = self.slots[entry.key] {
                self.slots[entry.key]?.older = max(slot.older, topic.older)
                if slot.due == nil && !slot.isSnapshot {
                    self.slots[entry.key]?.isSnapshot = true
                    self.snapshotsWaiting += 1
                }
                continue
            }
            // Its last value is on its way behind others, before which it must not be seen.
            if topic.isEvent && inBacklog.contains(entry.key) { continue }
            self.snapshotsWaiting += 1
            var slot = Slot(entry)
            slot.since = 0
            slot.isSnapshot = true
            slot.older = topic.older
            slot.kept = topic.isEvent ? Kept(entry.last) : nil
            self.mark(slot)
        }
    }

    /// What goes out for one topic.
    private struct Parcel {
        let entry: Entry
        /// Values of the past, oldest first.
        var older: Deque<TopicUpdate>.SubSequence
        let newest: TopicUpdate
        let skipped: Int
        let since: Int64
        let isSnapshot: Bool
        /// Whether it counts for the topic's rate.
        let isState: Bool
    }

    /// One value on its way out.
    struct Outgoing {
        let entry: Entry
        let update: TopicUpdate
        /// A value of the past: a newer one of its topic follows.
        let isHistory: Bool
        /// Values merged away since the last one sent.
        let skipped: Int
    }

    /// Puts in line what waited for a time that has come.
    /// - Returns: when to call again.
    mutating func timePassed(at now: NIODeadline) -> NIODeadline? {
        while let first = self.timed.min {
            guard let slot = self.slots[first.key], slot.due == first.deadline else {
                self.timed.removeMin()
                continue
            }
            guard first.deadline <= now else { return first.deadline }
            self.timed.removeMin()
            self.slots[first.key]?.due = nil
            self.waiting.append(first.key)
        }
        return nil
    }

    /// Takes out the next value in line, to be called while the socket takes what comes.
    /// - Parameter rate: the most values a second of a topic.
    mutating func next(now: NIODeadline, rate: (Entry) -> Double?) -> Outgoing? {
        if self.current == nil { self.current = self.nextParcel() }
        guard let parcel = self.current else { return nil }
        if let update = self.current?.older.popFirst() {
            return Outgoing(entry: parcel.entry, update: update, isHistory: true, skipped: 0)
        }
        self.current = nil
        if parcel.isSnapshot { self.snapshotsWaiting -= 1 }
        if parcel.isState { self.note(parcel.entry, rate: rate(parcel.entry), now: now) }
        return Outgoing(entry: parcel.entry, update: parcel.newest, isHistory: false, skipped: parcel.skipped)
    }

    private mutating func nextParcel() -> Parcel? {
        while let key = self.waiting.popFirst() {
            guard let slot = self.slots.removeValue(forKey: key) else { continue }
            let entry = slot.entry
            if let kept = slot.kept {
                return Parcel(
                    entry: entry, older: entry.values(before: slot.mark, atMost: slot.older), newest: kept.update,
                    skipped: 0,
                    since: slot.since, isSnapshot: slot.isSnapshot, isState: false)
            }
            let older = entry.values(before: entry.number, atMost: slot.older)
            let passed = Int(clamping: slot.passed)
            return Parcel(
                entry: entry, older: older, newest: entry.last, skipped: max(0, passed - older.count),
                since: slot.since, isSnapshot: slot.isSnapshot, isState: true)
        }
        return nil
    }

    /// Takes out the next event that waited for a snapshot which has gone out.
    mutating func nextEvent() -> Message? {
        guard self.snapshotsWaiting == 0, let first = self.backlog.popFirst() else { return nil }
        self.backlogBytes -= first.bytes
        return first.message
    }

    /// The serial number of the first value that has not gone out and should, 0 for what a snapshot brings; nil: all has.
    mutating func firstUnseen() -> Int64? {
        while let first = self.order.first, self.slots[first.key]?.since != first.since { self.order.removeFirst() }
        let first = [self.current?.since, self.order.first?.since].compactMap(\.self).min()
        // What waits in the backlog does so for the end of a snapshot.
        return first ?? (self.backlog.isEmpty ? nil : 0)
    }

    /// Whether a topic waits for the socket.
    var hasWaiting: Bool { self.current != nil || !self.waiting.isEmpty }

    // MARK: Changes of what is followed

    /// The viewer asks for other rates than before: what waits for its time may have to wait less, or longer.
    mutating func ratesChanged(now: NIODeadline, rate: (Entry) -> Double?) {
        self.timed = Heap()
        for (key, slot) in self.slots where slot.due != nil {
            let due = rate(slot.entry).flatMap { rate in self.sent[key].map { $0.at + Self.period(of: rate) } } ?? now
            self.slots[key]?.due = due
            self.timed.insert(Timed(deadline: due, key: key))
        }
    }

    /// Forgets what waits for topics that are not followed any more.
    mutating func forget(unless isFollowed: (String) -> Bool) {
        for key in self.slots.keys where !isFollowed(key.topic) { self.remove(key) }
        self.waiting.removeAll { self.slots[$0] == nil }
        if let parcel = self.current, !isFollowed(parcel.entry.topic) {
            if parcel.isSnapshot { self.snapshotsWaiting -= 1 }
            self.current = nil
        }
        self.backlog.removeAll { event in
            if isFollowed(event.topic) { return false }
            self.backlogBytes -= event.bytes
            return true
        }
    }

    // MARK: Slots

    private mutating func mark(_ slot: Slot) {
        self.add(slot)
        self.waiting.append(slot.entry.key)
    }

    private mutating func wait(_ slot: Slot) {
        guard let due = slot.due else { return }
        self.add(slot)
        self.timed.insert(Timed(deadline: due, key: slot.entry.key))
        guard self.timed.count > 2 * self.slots.count + 64 else { return }
        self.timed = Heap(self.slots.compactMap { key, slot in slot.due.map { Timed(deadline: $0, key: key) } })
    }

    private mutating func add(_ slot: Slot) {
        self.makeRoom()
        self.slots[slot.entry.key] = slot
        guard self.isNumbered else { return }
        self.order.append((slot.entry.key, slot.since))
        guard self.order.count > 2 * self.slots.count + 64 else { return }
        self.order.removeAll { self.slots[$0.key]?.since != $0.since }
    }

    /// Topics that the store has forgotten may be any number: those that wait are forgotten with it.
    private mutating func makeRoom() {
        guard self.slots.count >= self.slotLimit else { return }
        for (key, slot) in self.slots where !slot.entry.isKept { self.remove(key) }
        self.waiting.removeAll { self.slots[$0] == nil }
        self.slotLimit = max(1_024, self.slots.count * 2)
    }

    private mutating func remove(_ key: TopicKey) {
        guard let slot = self.slots.removeValue(forKey: key) else { return }
        if slot.isSnapshot { self.snapshotsWaiting -= 1 }
    }

    // MARK: Rates

    private mutating func note(_ entry: Entry, rate: Double?, now: NIODeadline) {
        guard let rate else { return }
        if self.sent.count >= self.sentLimit {
            self.sent = self.sent.filter { $0.value.until > now }
            self.sentLimit = max(1_024, self.sent.count * 2)
        }
        self.sent[entry.key] = Sent(at: now, until: now + Self.period(of: rate))
    }

    /// Between two values; at most 1,000 s.
    private static func period(of rate: Double) -> TimeAmount {
        .nanoseconds(Int64(1_000_000_000 / max(rate, 0.001)))
    }
}
