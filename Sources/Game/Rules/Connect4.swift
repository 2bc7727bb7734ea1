import NIOCore

/// Four in a line on seven columns of six, pieces falling to the lowest free cell. A move is kind 33 `drop`,
/// `{"col": 0…6}` or the column in one byte.
package struct Connect4: BoardGame {
    package static let drop = EventKind(rawValue: 33)
    package static let description = GameDescription(
        name: "connect4", kinds: [.init(drop, "drop")], players: 2...2, hz: 0, turnTime: .seconds(20),
        isAuthoritative: true)

    package var duel: Duel

    package init(seats: [Seat], round: Int, seed: UInt64) {
        self.duel = Duel(seats: seats, round: round, board: Board(columns: 7, rows: 6), lineLength: 4)
    }

    package func cell(for move: Move) -> Int? {
        guard move.kind == Self.drop, let column = move.number(named: "col") else { return nil }
        return self.lowestFreeCell(in: column)
    }

    package var openMoves: [Move] {
        (0..<self.duel.board.columns).filter { self.lowestFreeCell(in: $0) != nil }.map { Move(Self.drop, "col", $0) }
    }

    /// Nil in a full column, and where there is none.
    private func lowestFreeCell(in column: Int) -> Int? {
        let board = self.duel.board
        let row = (0..<board.rows).last { board[column, $0] == .empty }
        return row.map { $0 * board.columns + column }
    }
}
