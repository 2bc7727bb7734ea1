import Game

/// One member's view of a room's log, and whether it is one: numbers without gaps, moves that rise, nobody who acts after
/// leaving, one host, no more seats than there are (I1, I3, I5 to I8).
///
/// What was seen before is counted and passed over; after a gap the view goes on behind it.
struct LogView: Sendable {
    /// What has become of a frame.
    struct Reception: Equatable, Sendable {
        /// The events that were new, each with its whole move number.
        var events: [LogEvent] = []
        var violations: [Violation] = []
    }

    /// Numbers of events.
    struct Counts: Equatable, Sendable {
        var received: UInt64 = 0
        /// Came again.
        var duplicated: UInt64 = 0
        /// Never came.
        var missing: UInt64 = 0
    }

    private(set) var roster: Roster
    /// The last event seen, or told of on joining.
    private(set) var lastNumber: UInt32
    private(set) var counts = Counts()
    /// That of the last frame.
    private(set) var tick: UInt32 = 0
    private var time: UInt32 = 0
    private var moves = MoveCounters()

    /// - Parameter lastNumber: the last event that the roster already holds.
    init(_ roster: Roster, lastNumber: UInt32) {
        self.roster = roster
        self.lastNumber = lastNumber
    }

    /// The server has told everything anew instead of what was missed. Moves go on rising from where they were.
    mutating func restart(_ roster: Roster, lastNumber: UInt32) {
        self.roster = roster
        self.lastNumber = lastNumber
    }

    /// Takes a frame in.
    /// - Parameter hasLowNumbers: its move numbers are only the low 16 bits, as binary frames have them.
    mutating func receive(_ frame: TickFrame, hasLowNumbers: Bool = false) -> Reception {
        var reception = Reception()
        self.checkTime(of: frame, &reception)
        if frame.firstNumber > self.lastNumber &+ 1 { self.noteGap(before: frame, &reception) }
        for event in frame.events {
            guard event.number > self.lastNumber else {
                self.noteDuplicate(event, &reception)
                continue
            }
            let whole = hasLowNumbers ? self.moves.widen(event) : event
            self.take(whole, at: frame.time, &reception)
        }
        return reception
    }

    private mutating func take(_ event: LogEvent, at time: UInt32, _ reception: inout Reception) {
        self.lastNumber = event.number
        self.counts.received += 1
        if let violation = self.moves.follow(event) { reception.violations.append(violation) }
        if event.kind != .hole, let violation = self.roster.follow(event, at: time) {
            reception.violations.append(violation)
        }
        reception.events.append(event)
    }

    private mutating func checkTime(of frame: TickFrame, _ reception: inout Reception) {
        if frame.time < self.time || frame.tick < self.tick {
            reception.violations.append(
                Violation(
                    .contiguousLog, event: frame.firstNumber,
                    "time goes back: tick \(frame.tick) at \(frame.time) ms, after \(self.tick) at \(self.time) ms"))
        }
        self.time = max(self.time, frame.time)
        self.tick = max(self.tick, frame.tick)
    }

    private mutating func noteGap(before frame: TickFrame, _ reception: inout Reception) {
        self.counts.missing += UInt64(frame.firstNumber &- self.lastNumber &- 1)
        reception.violations.append(
            Violation(
                .contiguousLog, event: frame.firstNumber,
                "event \(self.lastNumber &+ 1) was expected, \(frame.firstNumber) came"))
        self.lastNumber = frame.firstNumber &- 1
    }

    private mutating func noteDuplicate(_ event: LogEvent, _ reception: inout Reception) {
        self.counts.duplicated += 1
        reception.violations.append(
            Violation(.contiguousLog, event: event.number, "event \(event.number) came again"))
    }
}

/// How far each seat's moves have come (I3, I5).
private struct MoveCounters: Sendable {
    private var last: [UInt8: UInt32] = [:]

    mutating func follow(_ event: LogEvent) -> Violation? {
        guard self.isMove(event), event.moveNumber > 0 else { return nil }
        let (seat, number, last) = (event.seat, event.moveNumber, self.last[event.seat.rawValue] ?? 0)
        self.last[seat.rawValue] = max(last, number)
        guard number <= last else { return nil }
        guard number == last else {
            return Violation(
                .risingMoves, event: event.number, "move \(number) of seat \(seat) comes after move \(last)")
        }
        return Violation(.onceInTheLog, event: event.number, "move \(number) of seat \(seat) is in the log twice")
    }

    /// The event with the whole of its move number, which is near the seat's last one.
    func widen(_ event: LogEvent) -> LogEvent {
        guard self.isMove(event), let last = self.last[event.seat.rawValue], last > UInt16.max / 2 else { return event }
        let distance = UInt16(truncatingIfNeeded: event.moveNumber) &- UInt16(truncatingIfNeeded: last)
        let isAhead = distance <= UInt16.max / 2
        return LogEvent(
            number: event.number, kind: event.kind, seat: event.seat,
            moveNumber: isAhead ? last &+ UInt32(distance) : last &- UInt32(0 &- distance), data: event.data,
            recipients: event.recipients)
    }

    private func isMove(_ event: LogEvent) -> Bool {
        event.seat != .server && (event.kind.isOfGame || event.kind == .hole)
    }
}
