import NIOCore
import OrderedCollections
import SocketIO

/// The answers to one client's last commands, by the names that it gave them: a command that comes twice is carried out
/// once, and answered twice.
struct AnswerCache {
    enum Verdict: Equatable {
        /// The command has not been seen before, or not for long.
        case new
        /// It is being carried out, and will be answered.
        case pending
        case answered(JSON)
    }

    /// How many answers are kept, and for how long.
    static let capacity = 64
    static let lifetime = TimeAmount.seconds(60)

    private struct Entry {
        let began: NIODeadline
        var answer: JSON?
    }

    private var entries: OrderedDictionary<String, Entry> = [:]

    /// - Parameter name: `cid`.
    mutating func begin(_ name: String, at now: NIODeadline) -> Verdict {
        while let first = self.entries.elements.first, now - first.value.began > Self.lifetime {
            self.entries.removeFirst()
        }
        if let entry = self.entries[name] { return entry.answer.map { .answered($0) } ?? .pending }
        self.entries[name] = Entry(began: now)
        if self.entries.count > Self.capacity { self.entries.removeFirst() }
        return .new
    }

    mutating func finish(_ name: String, with answer: JSON) {
        self.entries[name]?.answer = answer
    }
}
