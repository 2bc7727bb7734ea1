import NIOCore
import SocketIO

/// The one order of everything that happens in a room. The last stretch of it is kept, so that who comes back is told
/// what came in between instead of everything anew.
struct EventLog: Equatable, Sendable {
    /// What is kept at most: whichever bound is reached first.
    struct Bounds: Equatable, Sendable {
        var events: Int
        /// Of data.
        var bytes: Int
        var milliseconds: UInt32
    }

    private struct Entry: Equatable {
        let event: LogEvent
        var tick: UInt32
        var time: UInt32
    }

    private let bounds: Bounds
    private var entries = CircularBuffer<Entry>()
    private var byteCount = 0
    /// `q` of the last event; 0: nothing has happened.
    private(set) var lastNumber: UInt32 = 0

    init(bounds: Bounds) {
        self.bounds = bounds
    }

    /// - Parameters:
    ///   - tick: the tick in which it happens; ``setTick(_:time:ofLast:)`` says when it went out, where that is later.
    ///   - time: milliseconds since the room began.
    mutating func append(_ event: LogEvent, tick: UInt32, time: UInt32) {
        self.lastNumber = event.number
        self.entries.append(Entry(event: event, tick: tick, time: time))
        self.byteCount += event.data.byteCount
        while let first = self.entries.first, self.isBeyondBounds(first, at: time) {
            self.byteCount -= first.event.data.byteCount
            self.entries.removeFirst()
        }
    }

    /// The last `count` events went out together.
    mutating func setTick(_ tick: UInt32, time: UInt32, ofLast count: Int) {
        for index in self.entries.indices.suffix(count) {
            self.entries[index].tick = tick
            self.entries[index].time = time
        }
    }

    private func isBeyondBounds(_ entry: Entry, at time: UInt32) -> Bool {
        self.entries.count > self.bounds.events || self.byteCount > self.bounds.bytes
            || time &- entry.time > self.bounds.milliseconds
    }

    /// What followed the event with this number, in the frames it came in, as a seat sees it; nil when that is not known
    /// any more, or never was.
    /// - Parameter end: the last event that has gone out; the others are still to come to everybody.
    func frames(after number: UInt32, through end: UInt32, for seat: Seat?) -> [TickFrame]? {
        guard number <= self.lastNumber, self.lastNumber - number <= self.entries.count else { return nil }
        var frames: [TickFrame] = []
        var events: [LogEvent] = []
        let missed = self.entries.suffix(Int(self.lastNumber - number)).prefix(Int(max(number, end) - number))
        for (index, entry) in zip(missed.indices, missed) {
            events.append(entry.event.seen(by: seat))
            let following = missed.index(after: index)
            if following < missed.endIndex, missed[following].tick == entry.tick { continue }
            frames.append(
                TickFrame(
                    tick: entry.tick, time: entry.time, firstNumber: events.first?.number ?? entry.event.number,
                    events: events))
            events.removeAll()
        }
        return frames
    }
}

extension LogEvent {
    package func isVisible(to seat: Seat?) -> Bool {
        guard let recipients = self.recipients else { return true }
        return seat.map { $0 == self.seat || recipients.contains($0) } ?? false
    }

    /// The event, or the hole that keeps its place: `[0, seat, n]`.
    /// - Parameter seat: nil: a spectator, who is told nothing that was meant for some.
    package func seen(by seat: Seat?) -> LogEvent {
        if self.isVisible(to: seat) { return self }
        return LogEvent(
            number: self.number, kind: .hole, seat: self.seat, moveNumber: self.moveNumber, data: .json(.null))
    }
}
