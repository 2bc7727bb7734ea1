/// A game of turns on a board for two: all of ``Rules`` but what a move is.
package protocol BoardGame: Rules {
    var duel: Duel { get set }

    /// The cell on which the move's piece comes to lie; nil: there is no such move.
    func cell(for move: Move) -> Int?
    /// Every move that finds a free cell now, in the order of its number.
    var openMoves: [Move] { get }
}

extension BoardGame {
    package func check(_ move: Move, by seat: Seat) throws(Refusal) {
        _ = try self.checkedCell(for: move, by: seat)
    }

    package mutating func apply(_ move: Move, by seat: Seat) throws(Refusal) {
        self.duel.place(at: try self.checkedCell(for: move, by: seat))
    }

    private func checkedCell(for move: Move, by seat: Seat) throws(Refusal) -> Int {
        try self.duel.checkTurn(of: seat)
        guard let cell = self.cell(for: move) else { throw Refusal(.illegal, "there is no such move now") }
        return cell
    }

    /// In a room with a tick a move waits for it; of several, those are made that still can be.
    package mutating func step(_ inputs: [Input]) -> [Effect] {
        for input in inputs { try? self.apply(input.move, by: input.seat) }
        return []
    }

    package mutating func joined(_ seat: Seat) {}
    package mutating func left(_ seat: Seat) { self.duel.left(seat) }
    package mutating func setAway(_ isAway: Bool, _ seat: Seat) {}

    package var turn: Seat? { self.duel.turn }
    package var ply: Int? { self.duel.ply }
    package var outcome: Outcome? { self.duel.outcome }
    package var stateHash: UInt64 { self.duel.hash }

    package func legalMoves(for seat: Seat) -> [Move] { self.turn == seat ? self.openMoves : [] }

    /// Always the whole state: it is smaller than a description of what has changed.
    package func state(since base: (any Rules)?, as form: StateForm) -> Payload { self.duel.state(as: form) }
}
