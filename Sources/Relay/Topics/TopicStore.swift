/// The last value of every topic, whether or not the broker retains it: what a late joiner sees first. Each shard keeps
/// one, fed in the order in which the MQTT side received, so that a value and what follows it need no lock to agree.
final class TopicStore {
    /// One topic and its last value.
    final class Entry {
        let topic: String
        /// Numbers topics in the order of their first message.
        let id: Int
        fileprivate(set) var last: TopicUpdate

        fileprivate init(id: Int, first: TopicUpdate) {
            self.topic = first.topic
            self.id = id
            self.last = first
        }

        /// Whether the store finds the topic by this entry; not after a delete, nor when there was no room.
        fileprivate(set) var isKept = false

        /// False once a retained delete has come.
        var hasValue: Bool { !self.last.isDelete }
    }

    private var entries: [String: Entry] = [:]
    private var lastID = 0
    private(set) var byteCount = 0
    /// Topics not kept because the store was full.
    private(set) var refused = 0

    private let maximumTopics: Int
    private let maximumBytes: Int

    init(maximumTopics: Int, maximumBytes: Int) {
        self.maximumTopics = maximumTopics
        self.maximumBytes = maximumBytes
    }

    var count: Int { self.entries.count }

    subscript(topic: String) -> Entry? { self.entries[topic] }

    var all: Dictionary<String, Entry>.Values { self.entries.values }

    /// Takes note of a message. A new topic beyond the bounds gets an entry that is not kept, and a value that grows
    /// beyond them is no longer: it is delivered, but no late joiner sees it.
    func apply(_ update: TopicUpdate) -> Entry {
        if let entry = self.entries[update.topic] {
            let growth = update.byteCount - entry.last.byteCount
            self.byteCount += growth
            entry.last = update
            let isTooMuch = growth > 0 && self.byteCount > self.maximumBytes
            if isTooMuch { self.refused += 1 }
            if update.isDelete || isTooMuch {
                self.entries[update.topic] = nil
                self.byteCount -= update.byteCount
                entry.isKept = false
            }
            return entry
        }
        self.lastID += 1
        let entry = Entry(id: self.lastID, first: update)
        guard !update.isDelete else { return entry }
        guard self.entries.count < self.maximumTopics, self.byteCount + update.byteCount <= self.maximumBytes else {
            self.refused += 1
            return entry
        }
        entry.isKept = true
        self.entries[update.topic] = entry
        self.byteCount += update.byteCount
        return entry
    }
}
