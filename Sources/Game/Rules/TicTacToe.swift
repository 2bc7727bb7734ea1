import NIOCore

/// Three in a line on nine cells. A move is kind 32 `place`, `{"c": 0…8}` or the cell in one byte.
package struct TicTacToe: BoardGame {
    package static let place = EventKind(rawValue: 32)
    package static let description = GameDescription(
        name: "tictactoe", kinds: [.init(place, "place")], players: 2...2, hz: 0, turnTime: .seconds(20),
        isAuthoritative: true)

    package var duel: Duel

    package init(seats: [Seat], round: Int, seed: UInt64) {
        self.duel = Duel(seats: seats, round: round, board: Board(columns: 3, rows: 3), lineLength: 3)
    }

    package func cell(for move: Move) -> Int? {
        guard move.kind == Self.place, let cell = move.number(named: "c") else { return nil }
        return self.duel.board.isFree(cell) ? cell : nil
    }

    package var openMoves: [Move] {
        (0..<self.duel.board.count).filter(self.duel.board.isFree).map { Move(Self.place, "c", $0) }
    }
}
