import Game
import SocketIO

/// All that a room has ever logged, and what must be true of it.
struct LogArchive {
    private(set) var events: [LogEvent] = []
    /// Moves that are in the log or in the record of inputs.
    private var taken: Set<TakenMove> = []
    private var lastMoves: [Seat: UInt32] = [:]
    private var left: Set<Seat> = []
    private var promises: [UInt32: Promise] = [:]

    private struct TakenMove: Hashable {
        let seat: Seat
        let number: UInt32
    }

    /// What an acknowledgement said is in the log.
    struct Promise {
        let seat: Seat
        let number: UInt32
        let move: Move
    }

    subscript(number: UInt32) -> LogEvent? {
        let index = Int(number) - 1
        return self.events.indices.contains(index) ? self.events[index] : nil
    }

    mutating func append(_ event: LogEvent) throws {
        try hold("I1", event.number == UInt32(self.events.count + 1), "\(event) follows event \(self.events.count)")
        self.events.append(event)
        if event.moveNumber > 0 { try self.take(event) }
        if event.seat != .server {
            try hold("I6", !self.left.contains(event.seat), "seat \(event.seat) has left, and did \(event)")
        }
        if event.kind == .leave { self.left.insert(event.seat) }
        try self.promises.removeValue(forKey: event.number).map { try self.check($0, of: event) }
    }

    private mutating func take(_ event: LogEvent) throws {
        let move = TakenMove(seat: event.seat, number: event.moveNumber)
        try hold("I3", self.taken.insert(move).inserted, "move taken twice: \(event)")
        try hold(
            "I5", event.moveNumber > self.lastMoves[event.seat] ?? 0,
            "moves of seat \(event.seat) out of order: \(event)")
        self.lastMoves[event.seat] = event.moveNumber
    }

    /// The inputs that one tick consumed.
    mutating func append(inputs: TickFrame) throws {
        let seats = inputs.events.map(\.seat)
        try hold("I3", Set(seats).count == seats.count, "more than one input of a seat in tick \(inputs.tick)")
        for input in inputs.events { try self.take(input) }
    }

    mutating func promise(_ number: UInt32, _ promise: Promise) throws {
        if let event = self[number] { return try self.check(promise, of: event) }
        self.promises[number] = promise
    }

    private func check(_ promise: Promise, of event: LogEvent) throws {
        try hold(
            "I4",
            event.seat == promise.seat && event.moveNumber == promise.number && event.kind == promise.move.kind
                && event.data == promise.move.data, "acknowledged as \(promise), logged as \(event)")
    }
}
