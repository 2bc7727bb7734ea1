import DequeModule
import HeapModule
import MQTT
import NIOCore

/// The last value of every topic, whether or not the broker retains it: what a late joiner sees first. Each shard keeps
/// one, fed in the order in which the MQTT side received, so that a value and what follows it need no lock to agree.
///
/// When it is full, the topic that was silent longest makes room: a new device matters more to whoever looks than one that
/// is gone. What is evicted is not deleted: viewers keep what they see.
final class TopicStore {
    /// One topic and its last value.
    final class Entry {
        let topic: String
        /// Finds what is kept for the topic, also under an entry that came before this one.
        let key: TopicKey
        /// Numbers topics in the order of their first message.
        let id: Int
        fileprivate(set) var last: TopicUpdate
        /// The last value's number: the entry's first one has 1.
        fileprivate(set) var number: UInt64 = 1
        /// Whether the store finds the topic by this entry; not when its value has ended, or had to make room.
        fileprivate(set) var isKept = false

        /// The last values in order, `last` being the last of them; empty where no rule asks for any.
        fileprivate var history: Deque<TopicUpdate> = []
        fileprivate let historyLength: Int
        fileprivate var place = 0
        fileprivate var historyPlace: Int?
        /// Tells whether the broker's retained message is one that came before.
        fileprivate var retainedHash: Int?
        /// By which link the topic was last told of.
        fileprivate var link: Int
        /// When the store looks whether the value has expired.
        fileprivate var expiryCheck: NIODeadline?

        fileprivate init(_ key: TopicKey, id: Int, first: TopicUpdate, historyLength: Int) {
            self.topic = first.topic
            self.key = key
            self.id = id
            self.last = first
            self.link = first.link
            self.historyLength = historyLength
        }

        /// False once a retained delete has come, or the value has expired.
        var hasValue: Bool { !self.last.isDelete }

        /// Up to so many of the values before the one with this number that are remembered, oldest first.
        func values(before number: UInt64, atMost count: Int) -> Deque<TopicUpdate>.SubSequence {
            // The ring holds the numbers up to the last one's, without gaps.
            let since = self.number >= number ? self.number - number + 1 : 0
            let end = self.history.count - Int(clamping: min(since, UInt64(self.history.count)))
            return self.history[max(0, end - max(0, count))..<end]
        }
    }

    /// What the store has counted.
    struct Counts: Sendable, Equatable {
        var topics = 0
        var bytes = 0
        var historyBytes = 0
        /// Values that had to go for want of room.
        var evicted = 0
        var expired = 0
        /// Values of histories that had to go for want of room.
        var historyEvicted = 0
    }

    private struct ExpiryCheck: Comparable {
        let deadline: NIODeadline
        let entry: Entry

        static func < (left: Self, right: Self) -> Bool { left.deadline < right.deadline }
        static func == (left: Self, right: Self) -> Bool { left.deadline == right.deadline }
    }

    private var entries: [TopicKey: Entry] = [:]
    private var lastID = 0
    private var live = RecencyList<Entry>()
    private var histories = RecencyList<Entry>()
    private var expiryChecks = Heap<ExpiryCheck>()
    private var dropped: [Entry] = []
    private var evicted = 0
    private var expired = 0
    private var historyEvicted = 0
    private(set) var byteCount = 0
    private(set) var historyByteCount = 0

    private let maximumTopics: Int
    private let maximumBytes: Int
    private let maximumHistoryBytes: Int
    private let historyLengths: [HistoryLength]

    /// How many values of some topics to remember.
    struct HistoryLength: Sendable {
        let filter: TopicFilter
        let count: Int
    }

    init(
        maximumTopics: Int, maximumBytes: Int, maximumHistoryBytes: Int = 64 * 1024 * 1024,
        historyLengths: [HistoryLength] = []
    ) {
        self.maximumTopics = maximumTopics
        self.maximumBytes = maximumBytes
        self.maximumHistoryBytes = maximumHistoryBytes
        self.historyLengths = historyLengths
    }

    /// Topics with a value.
    var count: Int { self.live.count }

    var counts: Counts {
        Counts(
            topics: self.count, bytes: self.byteCount, historyBytes: self.historyByteCount, evicted: self.evicted,
            expired: self.expired, historyEvicted: self.historyEvicted)
    }

    /// The topic's value; nil: none is known.
    subscript(topic: String) -> Entry? { self.entries[TopicKey(topic)] }

    /// The topics with a value.
    var all: Dictionary<TopicKey, Entry>.Values { self.entries.values }

    /// What the store no longer keeps, since it was last asked.
    func takeDropped() -> [Entry] {
        defer { self.dropped = [] }
        return self.dropped
    }

    // MARK: Values that come

    /// Takes note of a message. One too large for the store gets an entry that is not kept: it is delivered, but no late
    /// joiner sees it.
    /// - Returns: nil when the broker, asked anew, has told what was known already.
    func apply(_ update: TopicUpdate) -> Entry? {
        let entry: Entry
        let key = TopicKey(update.topic)
        if let known = self.entries[key] {
            defer { known.link = update.link }
            if Self.isOld(update, to: known) { return nil }
            entry = known
            self.byteCount += update.byteCount - known.last.byteCount
            known.last = update
            known.number += 1
            self.live.touch(known.place)
        } else {
            entry = self.add(update, key)
        }
        if update.isDelete {
            self.drop(entry)
            return entry
        }
        if update.retained { entry.retainedHash = Self.hash(of: update) }
        self.remember(update, in: entry)
        if let expires = update.expires { self.check(entry, at: expires) }
        self.makeRoom(for: entry)
        return entry
    }

    /// Whether a message is the broker's retained one, told again after a reconnect, and what came since is newer: the
    /// first on its topic by this link, and either the last value or the last retained one before it.
    private static func isOld(_ update: TopicUpdate, to entry: Entry) -> Bool {
        guard update.mayBeReplay, update.retained, entry.link != update.link else { return false }
        if entry.last.payload == update.payload {
            entry.last.retained = true
            return true
        }
        return entry.retainedHash == Self.hash(of: update)
    }

    private static func hash(of update: TopicUpdate) -> Int {
        var hasher = Hasher()
        update.payload.withUnsafeReadableBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }

    private func add(_ update: TopicUpdate, _ key: TopicKey) -> Entry {
        self.lastID += 1
        let length = self.historyLengths.reduce(0) { length, history in
            history.count > length && history.filter.matches(update.topic) ? history.count : length
        }
        let entry = Entry(key, id: self.lastID, first: update, historyLength: length)
        entry.isKept = true
        entry.place = self.live.insert(entry)
        self.entries[key] = entry
        self.byteCount += update.byteCount
        return entry
    }

    // MARK: Bounds

    private func makeRoom(for new: Entry) {
        // What is larger than all of it must not drive everything else out.
        if new.last.byteCount > self.maximumBytes { self.evict(new) }
        while self.live.count > self.maximumTopics || self.byteCount > self.maximumBytes, let oldest = self.live.oldest
        {
            self.evict(oldest)
        }
    }

    private func evict(_ entry: Entry) {
        self.evicted += 1
        self.drop(entry)
    }

    private func drop(_ entry: Entry) {
        self.forgetHistory(of: entry)
        self.live.remove(entry.place)
        entry.isKept = false
        self.entries[entry.key] = nil
        self.byteCount -= entry.last.byteCount
        self.dropped.append(entry)
    }

    // MARK: History

    private func remember(_ update: TopicUpdate, in entry: Entry) {
        guard entry.historyLength > 0 else { return }
        entry.history.append(update)
        self.historyByteCount += update.byteCount
        if entry.history.count > entry.historyLength, let first = entry.history.popFirst() {
            self.historyByteCount -= first.byteCount
        }
        if let place = entry.historyPlace {
            self.histories.touch(place)
        } else {
            entry.historyPlace = self.histories.insert(entry)
        }
        while self.historyByteCount > self.maximumHistoryBytes, let oldest = self.histories.oldest {
            self.historyEvicted += 1
            if let first = oldest.history.popFirst() { self.historyByteCount -= first.byteCount }
            if oldest.history.isEmpty { self.forgetHistory(of: oldest) }
        }
    }

    private func forgetHistory(of entry: Entry) {
        guard let place = entry.historyPlace else { return }
        self.historyByteCount -= entry.history.reduce(0) { $0 + $1.byteCount }
        entry.history = []
        entry.historyPlace = nil
        self.histories.remove(place)
    }

    // MARK: Expiry

    /// When `expire` wants to be called.
    var nextExpiry: NIODeadline? { self.expiryChecks.min?.deadline }

    private func check(_ entry: Entry, at deadline: NIODeadline) {
        // One look is ahead of each topic at most, however often it is told.
        if let earlier = entry.expiryCheck, earlier <= deadline { return }
        entry.expiryCheck = deadline
        self.expiryChecks.insert(ExpiryCheck(deadline: deadline, entry: entry))
        guard self.expiryChecks.count > 2 * self.entries.count + 1_024 else { return }
        self.expiryChecks = Heap(
            self.expiryChecks.unordered.filter { $0.entry.isKept && $0.entry.expiryCheck == $0.deadline })
    }

    /// Takes away the values whose time is up.
    /// - Parameter at: the same time in Unix milliseconds.
    /// - Returns: their topics, each with the end of its value as the last.
    func expire(at now: NIODeadline, _ at: Int64) -> [Entry] {
        var ended: [Entry] = []
        while let first = self.expiryChecks.min, first.deadline <= now {
            self.expiryChecks.removeMin()
            let entry = first.entry
            guard entry.isKept, entry.expiryCheck == first.deadline else { continue }
            entry.expiryCheck = nil
            guard let expires = entry.last.expires else { continue }
            guard expires <= now else {
                self.check(entry, at: expires)
                continue
            }
            self.end(entry, at: at)
            ended.append(entry)
        }
        return ended
    }

    private func end(_ entry: Entry, at: Int64) {
        self.expired += 1
        self.drop(entry)
        entry.last = TopicUpdate(expiryOf: entry.last, at: at)
        entry.number += 1
    }
}
