/// Moves that their senders want late joiners to find (`c` of a move): some as long as the sender is there, some as long
/// as the room is.
package struct EventCache: Hashable, Sendable {
    private struct Entry: Hashable {
        let event: LogEvent
        let keeps: MoveOptions.Cache
    }

    private var entries: [Entry] = []
    private var byteCount = 0
    private let events: Int
    private let bytes: Int

    package init(events: Int, bytes: Int) {
        self.events = events
        self.bytes = bytes
    }

    /// In the order of the log.
    package var cached: [LogEvent] { self.entries.map(\.event) }

    package func hasRoom(for bytes: Int) -> Bool {
        self.entries.count < self.events && bytes <= self.bytes - self.byteCount
    }

    package mutating func append(_ event: LogEvent, keeping keeps: MoveOptions.Cache) {
        self.entries.append(Entry(event: event, keeps: keeps))
        self.byteCount += event.data.byteCount
    }

    package mutating func left(_ seat: Seat) {
        self.entries.removeAll { $0.event.seat == seat && $0.keeps == .whileSeated }
        self.byteCount = self.entries.reduce(0) { $0 + $1.event.data.byteCount }
    }
}
