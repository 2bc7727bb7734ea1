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
    /// For what is over budget: empty, the client is out of its rooms.
    private var patience: TokenBucket

    /// Over budget at once; as many more a second as are within.
    private static let maximumExcess = 200.0

    /// - Parameter rate: messages a second, and twice as many at once; the same again of joins, leaves and the rest.
    init(rate: Double) {
        self.patience = TokenBucket(.init(perSecond: rate, burst: Self.maximumExcess))
        let rate = TokenBucket.Rate(perSecond: rate, burst: max(1, 2 * rate))
        self.messages = TokenBucket(rate)
        self.others = TokenBucket(rate)
    }

    /// Counts an event that has come.
    mutating func charge(isMessage: Bool, at now: NIODeadline) -> Verdict {
        let refusal =
            isMessage
            ? Self.take(from: &self.messages, "messages", at: now) : Self.take(from: &self.others, "events", at: now)
        guard let refusal else { return .within }
        return self.patience.take(at: now) ? .over(refusal) : .expel(refusal)
    }

    private static func take(from bucket: inout TokenBucket, _ name: String, at now: NIODeadline) -> ChatRefusal? {
        if bucket.take(at: now) { return nil }
        return ChatRefusal(.rate, "too many \(name) at once", retry: bucket.wait(at: now))
    }
}
