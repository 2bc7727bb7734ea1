import NIOCore

@testable import Relay

/// What a rule of the invariants does not allow.
struct TopicsViolation: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A viewer as the invariants see it: the real slots, a socket that takes so many values until the client reads, and
/// a client that checks what it reads.
struct TopicsModelViewer {
    /// One value on its way to the client.
    struct Sent {
        let topic: String
        /// The value's place among all that were published on the topic; 0 stands for the end of a value.
        let value: Int
        /// Its place among all that reached the store.
        let number: Int
        let skipped: Int
        let isHistory: Bool
        let isLive: Bool
    }

    private struct Seen {
        var value: Int
        var number: Int
        /// Whether what comes next goes on from this one.
        var isBase = true
    }

    var slots = ViewerSlots<Sent>()
    var filters: [String: Double?] = [:]
    private(set) var wakeTime: NIODeadline?
    private let window: Int
    /// Not where topics may be evicted, and what waits with them.
    private let countsSkipped: Bool
    private var outbox: [Sent] = []
    private var seen: [String: Seen] = [:]
    /// How often the same value may come again, since a snapshot was asked for.
    private var repeats: [String: Int] = [:]
    /// The topics of which something must have come in the end.
    private var owed: Set<String> = []
    /// Live events that have yet to be sent, in order.
    private var expectedEvents: [Sent] = []
    /// The values of the past that were sent last: newer ones of the same topics are to follow.
    private var past: [String: Int] = [:]
    private var lastSend: [String: (at: NIODeadline, hadRate: Bool)] = [:]

    init(window: Int, countsSkipped: Bool) {
        self.window = window
        self.countsSkipped = countsSkipped
    }

    var isWritable: Bool { self.outbox.count < self.window }

    func rate(of topic: String) -> Double? {
        let wishes = self.filters.filter { TopicsWorld.filter($0.key, matches: topic) }.map(\.value)
        return wishes.contains(nil) ? nil : wishes.compactMap(\.self).max()
    }

    func follows(_ topic: String) -> Bool { self.filters.keys.contains { TopicsWorld.filter($0, matches: topic) } }

    // MARK: As the relay's viewer does

    mutating func deliver(_ entry: TopicStore.Entry, _ world: TopicsWorld) throws {
        let live = Sent(
            topic: entry.topic, value: world.value(of: entry.last), number: world.number(of: entry.last), skipped: 0,
            isHistory: false, isLive: true)
        if TopicsWorld.isEvent(entry.topic) && entry.last.isExpiry { return }
        self.owed.insert(entry.topic)
        if TopicsWorld.isEvent(entry.topic) {
            self.expectedEvents.append(live)
            if case .send = self.slots.event(live, of: entry.topic, bytes: 1) { try self.append(live) }
            return
        }
        let rate = self.rate(of: entry.topic)
        let hadWaiting = self.slots.hasWaiting
        let isWritable = self.isWritable
        switch self.slots.state(entry, rate: rate, isWritable: isWritable, now: world.now) {
        case .send where hadWaiting: throw TopicsViolation("\(entry.topic): sent before those that wait")
        case .send: try self.send(live, of: entry, rate: rate, now: world.now)
        case .timed(let due): self.wake(at: due)
        case .marked, .merged: break
        }
    }

    mutating func drain(_ world: TopicsWorld) throws {
        while self.isWritable {
            let rates = self
            guard
                let next = self.slots.next(now: world.now, rate: { rates.rate(of: $0.topic) })
            else { break }
            let sent = Sent(
                topic: next.entry.topic, value: world.value(of: next.update),
                number: world.number(of: next.update), skipped: next.skipped,
                isHistory: next.isHistory, isLive: false)
            try self.send(sent, of: next.entry, rate: self.rate(of: sent.topic), now: world.now)
        }
        while let event = self.slots.nextEvent() { try self.append(event) }
        if self.slots.isIdle { self.repeats = [:] }
    }

    mutating func timePassed(_ world: TopicsWorld) throws {
        guard let wakeTime, wakeTime <= world.now else { return }
        self.wakeTime = nil
        if let next = self.slots.timePassed(at: world.now) { self.wake(at: next) }
        try self.drain(world)
    }

    mutating func subscribe(_ filter: String, rate: Double?, snapshot: Bool, history: Int, _ world: TopicsWorld) throws
    {
        self.filters[filter] = .some(rate)
        let values = snapshot ? world.store.all.filter { TopicsWorld.filter(filter, matches: $0.topic) } : []
        self.slots.snapshot(
            values.sorted(by: { $0.id < $1.id }).map { entry in
                let older = entry.values(before: entry.number, atMost: history - 1).count
                return .init(entry: entry, older: older, isEvent: TopicsWorld.isEvent(entry.topic))
            })
        for entry in values {
            self.owed.insert(entry.topic)
            self.repeats[entry.topic, default: 0] += 1
        }
        try self.ratesChanged(world)
    }

    mutating func unsubscribe(_ filter: String, _ world: TopicsWorld) throws {
        self.filters[filter] = nil
        let remaining = self
        self.slots.forget { remaining.follows($0) }
        self.expectedEvents.removeAll { !remaining.follows($0.topic) }
        self.owed = self.owed.filter(remaining.follows)
        self.past = self.past.filter { remaining.follows($0.key) }
        for topic in self.seen.keys { self.seen[topic]?.isBase = false }
        try self.drain(world)
        try self.ratesChanged(world)
    }

    private mutating func ratesChanged(_ world: TopicsWorld) throws {
        let rates = self
        // What has its turn already keeps it.
        self.lastSend = [:]
        self.slots.ratesChanged(now: world.now) { rates.rate(of: $0.topic) }
        self.wakeTime = world.now
        try self.timePassed(world)
    }

    private mutating func wake(at deadline: NIODeadline) {
        if let wakeTime, wakeTime <= deadline { return }
        self.wakeTime = deadline
    }

    private mutating func send(_ sent: Sent, of entry: TopicStore.Entry, rate: Double?, now: NIODeadline) throws {
        try self.append(sent)
        guard !sent.isHistory, !TopicsWorld.isEvent(sent.topic) else { return }
        if let rate, let last = self.lastSend[sent.topic], last.hadRate,
            self.repeats[sent.topic] == nil,
            now - last.at < .nanoseconds(Int64(1_000_000_000 / rate))
        {
            throw TopicsViolation("\(sent.topic): \(now - last.at) after the last one, at \(rate) a second")
        }
        self.lastSend[sent.topic] = (now, rate != nil)
    }

    // MARK: The client

    mutating func read(atMost count: Int) {
        self.outbox.removeFirst(min(count, self.outbox.count))
    }

    /// What is sent is read in the same order, so it can be checked at once.
    private mutating func append(_ sent: Sent) throws {
        self.outbox.append(sent)
        if let past = self.past[sent.topic], past >= sent.number {
            throw TopicsViolation("\(sent.topic): \(sent.value) behind a newer value of the past")
        }
        self.past[sent.topic] = sent.isHistory ? sent.number : nil
        if sent.isHistory { return }
        if sent.isLive && TopicsWorld.isEvent(sent.topic) {
            guard let expected = self.expectedEvents.first, expected.topic == sent.topic, expected.value == sent.value
            else { throw TopicsViolation("\(sent.topic): event \(sent.value) out of order, or one was left out") }
            self.expectedEvents.removeFirst()
        }
        if let seen = self.seen[sent.topic] {
            if sent.number < seen.number { throw TopicsViolation("\(sent.topic): \(sent.value) after \(seen.value)") }
            if sent.number == seen.number {
                guard let left = self.repeats[sent.topic], left > 0 else {
                    throw TopicsViolation("\(sent.topic): \(sent.value) twice")
                }
                self.repeats[sent.topic] = left - 1
            } else if seen.isBase, self.repeats[sent.topic] == nil, !TopicsWorld.isEvent(sent.topic),
                self.countsSkipped, sent.skipped != sent.number - seen.number - 1
            {
                throw TopicsViolation("\(sent.topic): skipped \(sent.skipped) from \(seen.number) to \(sent.number)")
            }
        }
        self.seen[sent.topic] = Seen(value: sent.value, number: sent.number)
    }

    /// After traffic has stopped and everything was read.
    func checkEnd(_ world: TopicsWorld) throws {
        guard self.past.isEmpty else { throw TopicsViolation("values of the past without a newest") }
        guard self.slots.isIdle, self.outbox.isEmpty else { throw TopicsViolation("something still waits") }
        guard self.expectedEvents.isEmpty else {
            throw TopicsViolation("\(self.expectedEvents.count) events never came")
        }
        for topic in self.owed {
            let seen = self.seen[topic]?.value
            let latest = world.latest[topic]
            if seen != latest {
                throw TopicsViolation("\(topic): ended with \(seen ?? -1), the cache with \(latest ?? -1)")
            }
        }
    }

    func checkMemory(topics: Int) throws {
        let bound = 3 * topics + 2 * (topics + 64) + self.expectedEvents.count
        if self.slots.count > bound { throw TopicsViolation("\(self.slots.count) things kept for \(topics) topics") }
    }
}
