package import NIOCore

/// What one connection may still send. Charged before a message is decoded, so that decoding is paid for.
package struct ConnectionBudget: Sendable {
    /// What a message is counted as, beside being a message of so many bytes.
    package enum Purpose: Hashable, Sendable {
        case move
        case chat
        case create
        case join
        case resume
        case watch
        case other

        package init(event: String) {
            switch event {
            case "move": self = .move
            case "room:chat": self = .chat
            case "room:create": self = .create
            case "room:join", "room:match": self = .join
            case "room:resume": self = .resume
            case "lobby:watch": self = .watch
            default: self = .other
            }
        }
    }

    package enum Verdict: Hashable, Sendable {
        case within
        /// Drop the message and answer `RATE`.
        case over(Refusal)
        /// It has been too much for too long: out of all rooms, with the reason `kicked`.
        case expel
    }

    private let maximumExcess: Int
    private var excess = 0
    private var messages: TokenBucket
    private var bytes: TokenBucket
    private var moves: TokenBucket
    private var chat: TokenBucket
    private var creations: TokenBucket
    private var joins: TokenBucket
    private var resumes: TokenBucket
    private var watches: TokenBucket

    package init(_ limits: GameLimits) {
        self.maximumExcess = limits.excess
        self.messages = TokenBucket(limits.messages)
        self.bytes = TokenBucket(limits.bytes)
        self.moves = TokenBucket(limits.moves)
        self.chat = TokenBucket(limits.chat)
        self.creations = TokenBucket(limits.creations)
        self.joins = TokenBucket(limits.joins)
        self.resumes = TokenBucket(limits.resumes)
        self.watches = TokenBucket(limits.watches)
    }

    /// Counts a message that has arrived.
    /// - Parameter count: how many moves it holds, where that is known.
    package mutating func charge(
        _ purpose: Purpose, count: Int = 1, bytes: Int, at now: NIODeadline
    ) -> Verdict {
        if let refusal = self.refusal(purpose, count: count, bytes: bytes, at: now) {
            self.excess += 1
            return self.excess < self.maximumExcess ? .over(refusal) : .expel
        }
        self.excess = max(0, self.excess - 1)
        return .within
    }

    private mutating func refusal(_ purpose: Purpose, count: Int, bytes: Int, at now: NIODeadline) -> Refusal? {
        if let refusal = Self.take(1, of: &self.messages, "messages", at: now) { return refusal }
        if let refusal = Self.take(Double(bytes), of: &self.bytes, "bytes", at: now) { return refusal }
        switch purpose {
        case .move: return Self.take(Double(count), of: &self.moves, "moves", at: now)
        case .chat: return Self.take(1, of: &self.chat, "chat messages", at: now)
        case .create: return Self.take(1, of: &self.creations, "rooms created", at: now)
        case .join: return Self.take(1, of: &self.joins, "joins", at: now)
        case .resume: return Self.take(1, of: &self.resumes, "resumes", at: now)
        case .watch: return Self.take(1, of: &self.watches, "watches of the lobby", at: now)
        case .other: return nil
        }
    }

    private static func take(
        _ count: Double, of bucket: inout TokenBucket, _ name: String, at now: NIODeadline
    ) -> Refusal? {
        if bucket.take(count, at: now) { return nil }
        return Refusal(.rate, "too many \(name)", retry: bucket.wait(for: count, at: now))
    }
}
