import Game
import NIOCore

/// What one client of a chat namespace may still send, as a value.
struct ChatBudget {
    enum Verdict: Hashable {
        case within
        /// Refuse it.
        case over(ChatRefusal)
        /// It has been too much for too long: out of all rooms.
        case expel(ChatRefusal)
    }

    private var messages: TokenBucket
    private var others: TokenBucket
    private var excess = 0

    /// So many more over budget than within, and the client is out of its rooms.
    private static let maximumExcess = 200

    /// - Parameter rate: messages a second, and twice as many at once; the same again of joins, leaves and the rest.
    init(rate: Double) {
        let rate = TokenBucket.Rate(perSecond: rate, burst: max(1, 2 * rate))
        self.messages = TokenBucket(rate)
        self.others = TokenBucket(rate)
    }

    /// Counts an event that has come.
    mutating func charge(isMessage: Bool, at now: NIODeadline) -> Verdict {
        let refusal =
            isMessage
            ? Self.take(from: &self.messages, "messages", at: now) : Self.take(from: &self.others, "events", at: now)
        guard let refusal else {
            self.excess = max(0, self.excess - 1)
            return .within
        }
        self.excess += 1
        return self.excess < Self.maximumExcess ? .over(refusal) : .expel(refusal)
    }

    private static func take(from bucket: inout TokenBucket, _ name: String, at now: NIODeadline) -> ChatRefusal? {
        if bucket.take(at: now) { return nil }
        return ChatRefusal(.rate, "too many \(name) at once", retry: bucket.wait(at: now))
    }
}
