import SocketIO

/// Which moves of one player are in the room already. It belongs to the seat, so it survives the connection: what was sent
/// twice is taken once (contract §3.2, "Exactly once").
package struct MoveNumbering: Hashable, Sendable {
    /// The highest number taken; 0: none.
    package private(set) var last: UInt32 = 0
    /// The number in the log of the move taken last; nil: none, or it was an input.
    package private(set) var lastEvent: UInt32?
    /// Numbers that were left out.
    package private(set) var skipped: UInt32 = 0
    package let isStrict: Bool

    package init(isStrict: Bool) {
        self.isStrict = isStrict
    }

    package func isTaken(_ number: UInt32) -> Bool { number <= self.last }

    /// - Throws: `GAP` with what is expected, where a strict room is sent anything but the next number.
    package func check(_ number: UInt32) throws(Refusal) {
        guard self.isStrict else { return }
        let expected = self.last &+ 1
        guard number != expected else { return }
        throw Refusal(.gap, "move \(expected) comes first", details: [("expect", JSON(expected))])
    }

    /// Notes that a move with a number above the last was taken, and where in the log it is.
    package mutating func take(_ number: UInt32, event: UInt32?) {
        let between = number > self.last ? number - self.last - 1 : 0
        self.skipped = self.skipped.addingReportingOverflow(between).overflow ? .max : self.skipped + between
        self.last = max(self.last, number)
        self.lastEvent = event
    }
}
