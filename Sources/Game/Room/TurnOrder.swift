/// Turns that go round by ascending seat, for rooms whose guards ask for it. The lowest seat begins.
package struct TurnOrder: Hashable, Sendable {
    package private(set) var turn: Seat?
    /// Turns that have passed.
    package private(set) var passed = 0

    package init() {}

    /// Keeps the turn with somebody who is there.
    /// - Parameter seats: who takes part, ascending.
    package mutating func update(_ seats: [Seat]) {
        if let turn, seats.contains(turn) { return }
        self.turn = self.turn.map { Self.next(after: $0, in: seats) } ?? seats.first
    }

    /// The turn is over.
    package mutating func pass(in seats: [Seat]) {
        self.passed &+= 1
        self.turn = self.turn.flatMap { Self.next(after: $0, in: seats) }
    }

    private static func next(after seat: Seat, in seats: [Seat]) -> Seat? {
        seats.first { $0 > seat } ?? seats.first
    }
}
