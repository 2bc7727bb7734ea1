/// Moves that were sent to where nobody acknowledges any. What has become of one is told by the room's log, or by a
/// refusal that names nothing but its number; several may have gone out under the same one.
struct MovesUnderWay<Answer> {
    /// What a move was sent for.
    enum Purpose {
        /// To be made.
        case make
        /// It was sent before.
        case again
        /// To be refused, which somebody awaits.
        case provoke(Answer)
    }

    private struct Entry {
        let id: UInt64
        let number: UInt32
        let purpose: Purpose
    }

    /// In the order in which they were sent.
    private var entries: [Entry] = []
    private var lastID: UInt64 = 0

    /// Moves that are remembered; of older ones a refusal is nobody's.
    static var capacity: Int { 512 }

    /// - Returns: how to ask after it later.
    @discardableResult
    mutating func sent(_ number: UInt32, to purpose: Purpose) -> UInt64 {
        self.lastID &+= 1
        if self.entries.count >= Self.capacity { self.entries.removeFirst() }
        self.entries.append(Entry(id: self.lastID, number: number, purpose: purpose))
        return self.lastID
    }

    /// A refusal has come: it is of the first that went out under this number.
    /// - Returns: nil: nobody remembers one.
    mutating func refused(_ number: UInt32) -> Purpose? {
        guard let index = self.entries.firstIndex(where: { $0.number == number }) else { return nil }
        return self.entries.remove(at: index).purpose
    }

    /// The log has a move: it, and those before it, have been made.
    mutating func logged(_ number: UInt32) {
        self.entries.removeAll { entry in
            if case .make = entry.purpose { return entry.number <= number }
            return false
        }
    }

    /// Takes out a move that is under way still; nil: it is not.
    mutating func expired(_ id: UInt64) -> Purpose? {
        guard let index = self.entries.firstIndex(where: { $0.id == id }) else { return nil }
        return self.entries.remove(at: index).purpose
    }
}
