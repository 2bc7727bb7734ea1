import Game
import SocketIO
import Testing

struct Connect4Tests {
    private func round(after columns: [Int] = []) throws -> Connect4 {
        var game = Connect4(seats: [0, 1], round: 0, seed: 0)
        for column in columns { try game.apply(.drop(column), by: try #require(game.turn)) }
        return game
    }

    @Test func piecesFallToTheLowestFreeCell() throws {
        let board = try self.round(after: [3, 3, 6]).snapshot["board"]?.string
        #expect(
            board
                == """
                .......
                .......
                .......
                .......
                ...O...
                ...X..X
                """.filter { $0 != "\n" })
    }

    /// Columns in order; the last of them makes the line.
    @Test(arguments: [
        ("row at the left wall", [0, 0, 1, 1, 2, 2, 3]), ("row at the right wall", [6, 6, 5, 5, 4, 4, 3]),
        ("row filled from within", [0, 0, 1, 1, 3, 3, 2]), ("column", [2, 3, 2, 3, 2, 3, 2]),
        ("column at the top", [0, 2, 6, 2, 2, 0, 2, 0, 2, 6, 2]),
        ("rising diagonal", [0, 1, 1, 2, 2, 3, 2, 3, 3, 6, 3]),
        ("falling diagonal", [6, 5, 5, 4, 4, 3, 4, 3, 3, 0, 3]),
    ])
    func fourInALineWin(_ line: String, _ columns: [Int]) throws {
        #expect(try self.round(after: Array(columns.dropLast())).outcome == nil)
        #expect(try self.round(after: columns).outcome?.winner == 0)
    }

    @Test func aLineDoesNotGoOnInTheRowBelow() throws {
        // X ends one row and begins the one below: neighbours by number, not on the board.
        let game = try self.round(after: [0, 4, 4, 5, 5, 6, 6])
        #expect(game.snapshot["board"]?.string?.contains("XXXX") == true)
        #expect(game.outcome == nil)
    }

    @Test func aFullColumnTakesNoMore() throws {
        var game = try self.round(after: [0, 0, 0, 0, 0, 0])
        let before = game.stateHash
        #expect(game.refusal(of: .drop(0), by: 0) == .illegal)
        #expect(game.stateHash == before)
        #expect(game.legalMoves(for: 0).first == .drop(1))
    }

    @Test func aFullBoardWithoutALineIsADraw() throws {
        let game = try self.round(after: [
            5, 4, 5, 0, 6, 2, 4, 5, 5, 0, 4, 1, 1, 0, 4, 5, 6, 5, 3, 1, 1, 2, 2, 6, 2, 6, 6, 3, 6, 2, 0, 3, 0, 3, 3, 4,
            3,
            1, 4, 2, 1, 0,
        ])
        #expect(game.outcome == Outcome(winner: nil, scores: [(0, 0), (1, 0)]))
        #expect(game.ply == 42)
    }

    @Test(arguments: [
        (Move.drop(7), Seat(rawValue: 0), Refusal.Code.illegal), (.drop(-1), 0, .illegal), (.place(0), 0, .illegal),
        (.drop(0), 1, .notYourTurn), (.byte(Connect4.drop, 7), 0, .illegal),
    ])
    func whatCannotBeIsRefused(_ move: Move, _ seat: Seat, _ code: Refusal.Code) throws {
        var game = try self.round()
        let before = game.stateHash
        #expect(game.refusal(of: move, by: seat) == code)
        #expect(game.stateHash == before)
    }
}
