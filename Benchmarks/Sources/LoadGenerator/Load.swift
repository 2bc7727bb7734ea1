/// Who sends what, how often.
package enum Load: Sendable {
    /// Nobody: the server sends by itself, or everyone is idle.
    case idle
    /// A device publishes to the topics in turn, on schedule whatever becomes of it (an open loop).
    case publish(brokerPort: Int, topics: [String], payload: Payload, perSecond: Double)
    /// The viewers send to the server in turn, on schedule: the message of each.
    case emit(messages: [Payload], perSecond: Double)
    /// Every viewer sends its message again as soon as the last one is answered (a closed loop).
    case pingPong(message: Payload)
}

/// The moments at which messages are due, evenly spread.
struct Schedule {
    let start: Nanoseconds
    let perSecond: Double
    private var index = 0

    init(start: Nanoseconds, perSecond: Double) {
        self.start = start
        self.perSecond = perSecond
    }

    var nextDue: Nanoseconds { start + Nanoseconds(Double(index) * 1_000_000_000 / perSecond) }

    /// The next message due by now, if any: its number and its moment.
    mutating func next(by now: Nanoseconds) -> (number: Int, due: Nanoseconds)? {
        let due = nextDue
        guard due <= now else { return nil }
        defer { index += 1 }
        return (index, due)
    }
}
