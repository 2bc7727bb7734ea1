import MQTT
import NIOCore
import Seeding

@testable import Relay

/// What the invariants are tried under.
enum TopicsScenario: CaseIterable {
    case plain
    /// Viewers ask for rates, and change them.
    case rates
    /// Values expire, and are deleted.
    case endings
    /// The store has room for few topics and little history.
    case crowded
    /// The link to the broker is lost and comes back, with what the broker retained.
    case losses
}

/// Devices, a broker and viewers around the real store and the real slots, on a clock of its own.
struct TopicsWorld {
    private static let topics = (0..<6).map { "s/\($0)" } + (0..<3).map { "e/\($0)" }
    private static let filters = ["s/+", "e/+", "+/+", "s/0", "s/1", "e/0"]
    static let historyLength = 4

    let scenario: TopicsScenario
    private(set) var store: TopicStore
    private(set) var now = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    /// The last value of each topic that reached the store; 0: it has ended.
    private(set) var latest: [String: Int] = [:]
    /// What was done last, for whoever reads a violation.
    private(set) var action = ""

    private var random: SplitMix64
    private var viewers: [TopicsModelViewer] = []
    private var published: [String: Int] = [:]
    private var retained: [String: (value: Int, expires: NIODeadline?)] = [:]
    private var arrived: [String: Int] = [:]
    private var numbers: [String: Int] = [:]
    private var link = 1
    private var isUp = true

    init(_ scenario: TopicsScenario, seed: UInt64) {
        self.scenario = scenario
        self.random = SplitMix64(seed: seed)
        let isCrowded = scenario == .crowded
        let lengths = try? [TopicStore.HistoryLength(filter: .init("#"), count: Self.historyLength)]
        self.store = TopicStore(
            maximumTopics: isCrowded ? 4 : 100, maximumBytes: 1_000_000,
            maximumHistoryBytes: isCrowded ? 700 : 1_000_000, historyLengths: lengths ?? [])
        self.viewers = [1, 3, 100].map { TopicsModelViewer(window: $0, countsSkipped: !isCrowded) }
    }

    static func isEvent(_ topic: String) -> Bool { topic.hasPrefix("e/") }

    static func filter(_ filter: String, matches topic: String) -> Bool {
        filter == "+/+" || filter == topic || (filter.hasSuffix("/+") && filter.prefix(2) == topic.prefix(2))
    }

    func value(of update: TopicUpdate) -> Int { Int(String(buffer: update.payload)) ?? 0 }

    /// The value's place among all that reached the store; of the ends of values, that of the last one.
    func number(of update: TopicUpdate) -> Int { self.numbers["\(update.topic) \(self.value(of: update))"] ?? 0 }

    // MARK: Steps

    mutating func step() throws {
        switch self.random.index(below: 100) {
        case ..<50: try self.publish()
        case ..<62: try self.pass(milliseconds: 1 + self.random.index(below: 400))
        case ..<80: try self.read()
        case ..<88: try self.subscribe()
        case ..<91: try self.unsubscribe()
        case ..<94: self.replaceViewer()
        default: try self.changeLink()
        }
        for viewer in self.viewers { try self.checkMemory(of: viewer) }
    }

    /// Lets everything arrive, and compares.
    mutating func finish() throws {
        self.action = "the end"
        if !self.isUp { try self.changeLink() }
        for _ in 0..<4 {
            try self.pass(milliseconds: 2_000_000)
            for index in self.viewers.indices {
                for _ in 0..<100 {
                    self.viewers[index].read(atMost: 100)
                    try self.viewers[index].drain(self)
                }
            }
        }
        for viewer in self.viewers { try viewer.checkEnd(self) }
    }

    private func checkMemory(of viewer: TopicsModelViewer) throws {
        // What was evicted may wait under another entry than what came after it.
        if self.scenario != .crowded { try viewer.checkMemory(topics: Self.topics.count) }
    }

    private mutating func publish() throws {
        let topic = Self.topics[self.random.index(below: Self.topics.count)]
        let hasEndings = self.scenario == .endings
        let isDelete = hasEndings && self.random.index(below: 8) == 0
        let isRetained = self.scenario != .crowded && self.random.index(below: 3) == 0
        let lifetime = hasEndings && self.random.index(below: 3) == 0 ? self.random.index(below: 600) : nil
        let expires = lifetime.map { self.now + .milliseconds(Int64($0)) }
        self.published[topic, default: 0] += 1
        let value = isDelete ? 0 : self.published[topic] ?? 0
        self.action = "publish \(value) on \(topic)"
        if isDelete { self.retained[topic] = nil } else if isRetained { self.retained[topic] = (value, expires) }
        if self.isUp { try self.arrive(topic, value, isRetained: isRetained || isDelete, expires: expires) }
    }

    private mutating func arrive(_ topic: String, _ value: Int, isRetained: Bool, expires: NIODeadline?) throws {
        let update = TopicUpdate(
            topic: topic, payload: ByteBuffer(string: value == 0 ? "" : "\(value)"), retained: isRetained, at: 1,
            expires: expires, link: self.link, mayBeReplay: true)
        guard let entry = self.store.apply(update) else { return }
        self.latest[topic] = value
        try self.deliver(entry)
    }

    private mutating func deliver(_ entry: TopicStore.Entry) throws {
        // Numbers of our own, since the store counts anew what it has evicted.
        self.arrived[entry.topic, default: 0] += 1
        self.numbers["\(entry.topic) \(self.value(of: entry.last))"] = self.arrived[entry.topic]
        for index in self.viewers.indices where self.viewers[index].follows(entry.topic) {
            try self.viewers[index].deliver(entry, self)
        }
    }

    private mutating func pass(milliseconds: Int) throws {
        self.action = "\(milliseconds) ms pass"
        self.now = self.now + .milliseconds(Int64(milliseconds))
        for (topic, message) in self.retained where message.expires.map({ $0 <= self.now }) ?? false {
            self.retained[topic] = nil
        }
        for entry in self.store.expire(at: self.now, 1) {
            if !Self.isEvent(entry.topic) { self.latest[entry.topic] = 0 }
            try self.deliver(entry)
        }
        for index in self.viewers.indices { try self.viewers[index].timePassed(self) }
    }

    // MARK: Viewers

    private mutating func anyViewer() -> Int { self.random.index(below: self.viewers.count) }

    private mutating func read() throws {
        let index = self.anyViewer()
        self.action = "viewer \(index) reads"
        self.viewers[index].read(atMost: 1 + self.random.index(below: 5))
        // The relay hears of room in a socket a little later.
        if self.random.index(below: 3) > 0 { try self.viewers[index].drain(self) }
    }

    private mutating func subscribe() throws {
        let index = self.anyViewer()
        let filter = Self.filters[self.random.index(below: Self.filters.count)]
        let hasRate = [.rates, .crowded].contains(self.scenario) && self.random.index(below: 3) > 0
        let rate: Double? = hasRate ? [0.5, 2, 10, 100][self.random.index(below: 4)] : nil
        let history = self.random.index(below: 3) == 0 ? 1 + self.random.index(below: 6) : 0
        let snapshot = history > 0 || self.random.index(below: 3) > 0
        self.action = "viewer \(index) follows \(filter) at \(rate ?? 0), \(snapshot), history \(history)"
        try self.viewers[index].subscribe(filter, rate: rate, snapshot: snapshot, history: history, self)
    }

    private mutating func unsubscribe() throws {
        let index = self.anyViewer()
        guard let filter = self.viewers[index].filters.keys.min() else { return }
        self.action = "viewer \(index) no longer follows \(filter)"
        try self.viewers[index].unsubscribe(filter, self)
    }

    private mutating func replaceViewer() {
        let index = self.anyViewer()
        self.action = "viewer \(index) reconnects"
        self.viewers[index] = TopicsModelViewer(
            window: 1 + self.random.index(below: 6), countsSkipped: self.scenario != .crowded)
    }

    private mutating func changeLink() throws {
        guard self.scenario == .losses else { return }
        self.isUp.toggle()
        self.action = "link \(self.isUp ? "up" : "down")"
        guard self.isUp else { return }
        self.link += 1
        for (topic, message) in self.retained.sorted(by: { $0.key < $1.key }) {
            try self.arrive(topic, message.value, isRetained: true, expires: message.expires)
        }
    }
}
