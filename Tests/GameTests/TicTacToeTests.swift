import Game
import SocketIO
import Testing

struct TicTacToeTests {
    private func round(_ number: Int = 0, after cells: [Int] = []) throws -> TicTacToe {
        var game = TicTacToe(seats: [3, 8], round: number, seed: 0)
        for cell in cells { try game.apply(.place(cell), by: try #require(game.turn)) }
        return game
    }

    @Test func aSnapshotTellsBoardTurnAndPly() throws {
        let game = try self.round(after: [0, 1])
        #expect(game.snapshot == ["board": "XO.......", "turn": 3, "ply": 2])
        #expect(game.ply == 2)
    }

    @Test func theLowestSeatBeginsAndARematchSwaps() throws {
        #expect(try self.round(0).turn == 3)
        #expect(try self.round(1).turn == 8)
        #expect(try self.round(2).turn == 3)
    }

    @Test(arguments: [[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 3, 6], [1, 4, 7], [2, 5, 8], [0, 4, 8], [2, 4, 6]])
    func everyLineWins(_ line: [Int]) throws {
        let others = (0..<9).filter { !line.contains($0) }
        var game = try self.round(after: [line[0], others[0], line[1], others[1]])
        #expect(game.outcome == nil)
        try game.apply(.place(line[2]), by: 3)
        #expect(game.outcome == Outcome(winner: 3, scores: [(3, 1), (8, 0)]))
        #expect(game.turn == nil)
        #expect(game.snapshot["turn"]?.isNull == true)
    }

    @Test func theSecondPlayerCanWin() throws {
        #expect(try self.round(after: [0, 3, 1, 4, 8, 5]).outcome?.winner == 8)
    }

    @Test func aFullBoardIsADraw() throws {
        let game = try self.round(after: [0, 1, 2, 4, 3, 5, 7, 6, 8])
        #expect(game.outcome == Outcome(winner: nil, scores: [(3, 0), (8, 0)]))
    }

    @Test func theNinthPlacementCanStillWin() throws {
        #expect(try self.round(after: [0, 1, 2, 3, 4, 5, 7, 6, 8]).outcome?.winner == 3)
    }

    @Test(arguments: [
        (Move.place(4), Seat(rawValue: 8), Refusal.Code.notYourTurn), (.place(4), 5, .notYourTurn),
        (.place(0), 3, .illegal),
        (.place(9), 3, .illegal), (.place(-1), 3, .illegal), (.drop(4), 3, .illegal),
        (.byte(TicTacToe.place, 9), 3, .illegal),
        (Move(TicTacToe.place, .json("4")), 3, .illegal), (Move(TicTacToe.place, .json([])), 3, .illegal),
    ])
    func aRefusalChangesNothing(_ move: Move, _ seat: Seat, _ code: Refusal.Code) throws {
        var game = try self.round(after: [0, 1])
        let before = game.stateHash
        #expect(throws: Refusal.self) { try game.check(move, by: seat) }
        #expect(game.refusal(of: move, by: seat) == code)
        #expect(game.stateHash == before)
    }

    @Test func afterTheEndNothingIsTaken() throws {
        var game = try self.round(after: [0, 3, 1, 4, 2])
        #expect(game.refusal(of: .place(8), by: 8) == .gameOver)
        #expect(game.legalMoves(for: 8).isEmpty)
    }

    @Test func aByteIsAsGoodAsJSON() throws {
        var json = try self.round()
        var byte = json
        try json.apply(.place(4), by: 3)
        try byte.apply(.byte(TicTacToe.place, 4), by: 3)
        #expect(json.stateHash == byte.stateHash)
    }

    @Test func theFirstLegalMoveIsTheLowestFreeCell() throws {
        let game = try self.round(after: [0, 1, 3])
        #expect(game.legalMoves(for: 8).first == .place(2))
        #expect(game.legalMoves(for: 8).count == 6)
        #expect(game.legalMoves(for: 3).isEmpty)
    }

    @Test func whoLeavesLoses() throws {
        var game = try self.round(after: [0])
        game.left(5)
        #expect(game.outcome == nil)
        game.left(3)
        #expect(game.outcome == Outcome(winner: 8, scores: [(3, 0), (8, 1)], reason: .abandoned))
        let ended = game.stateHash
        game.left(8)
        #expect(game.stateHash == ended)
    }
}
