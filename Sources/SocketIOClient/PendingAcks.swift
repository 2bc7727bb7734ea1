import NIOCore

/// The acknowledgements that are awaited, each by its id and until its deadline.
///
/// Generic over what is done with an answer, so that tests can use a word for it.
struct PendingAcks<Callback> {
    private struct Pending {
        let namespace: String
        let deadline: NIODeadline
        let callback: Callback
    }

    private var pending: [UInt64: Pending] = [:]
    /// Ids stay below 2^31, since some servers read them as 32-bit numbers.
    private var nextID: UInt64 = 0
    private static var limit: UInt64 { 1 << 31 }

    var count: Int { self.pending.count }

    /// The id to send with the event.
    mutating func add(_ callback: Callback, namespace: String, deadline: NIODeadline) -> UInt64 {
        repeat { self.nextID = (self.nextID + 1) % Self.limit } while self.pending[self.nextID] != nil
        self.pending[self.nextID] = Pending(namespace: namespace, deadline: deadline, callback: callback)
        return self.nextID
    }

    /// What to call with the answer; nil for an id that is not awaited in this namespace, which is no offence.
    mutating func take(_ id: UInt64, namespace: String) -> Callback? {
        guard let found = self.pending[id], found.namespace == namespace else { return nil }
        self.pending[id] = nil
        return found.callback
    }

    /// Takes out all whose time is up.
    mutating func expire(now: NIODeadline) -> [Callback] {
        self.takeAll { $0.deadline <= now }
    }

    /// Takes out all of one namespace, in the order of their ids.
    mutating func takeAll(namespace: String) -> [Callback] {
        self.takeAll { $0.namespace == namespace }
    }

    mutating func takeAll() -> [Callback] {
        self.takeAll { _ in true }
    }

    private mutating func takeAll(where matches: (Pending) -> Bool) -> [Callback] {
        let matching = self.pending.filter { matches($0.value) }.sorted { $0.key < $1.key }
        for (id, _) in matching { self.pending[id] = nil }
        return matching.map(\.value.callback)
    }

    var nextDeadline: NIODeadline? {
        self.pending.values.lazy.map(\.deadline).min()
    }
}
