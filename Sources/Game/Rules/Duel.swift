import NIOCore
import SocketIO

/// What board games for two have in common: whose turn it is, what lies on the board, how it ended.
package struct Duel: Hashable, Sendable {
    package let first: Seat
    package let second: Seat
    package let lineLength: Int
    package private(set) var board: Board
    /// How many pieces have been placed.
    package private(set) var ply = 0
    package private(set) var outcome: Outcome?

    /// - Parameters:
    ///   - seats: two, in ascending order; the lower begins in even rounds, the other in odd ones.
    ///   - lineLength: how many alike in a line win.
    package init(seats: [Seat], round: Int, board: Board, lineLength: Int) {
        let lower = seats.first ?? .server
        let upper = seats.last ?? .server
        (self.first, self.second) = round.isMultiple(of: 2) ? (lower, upper) : (upper, lower)
        self.board = board
        self.lineLength = lineLength
    }

    /// Nil when it is over.
    package var turn: Seat? {
        guard self.outcome == nil else { return nil }
        return self.ply.isMultiple(of: 2) ? self.first : self.second
    }

    package func checkTurn(of seat: Seat) throws(Refusal) {
        guard let turn else { throw Refusal(.gameOver, "the round is over") }
        guard turn == seat else { throw Refusal(.notYourTurn, "it is the turn of seat \(turn)") }
    }

    /// The piece of whose turn it is comes to lie on a free cell, and may end the round.
    package mutating func place(at cell: Int) {
        guard let turn, self.board.isFree(cell) else { return }
        self.board.place(turn == self.first ? .x : .o, at: cell)
        self.ply += 1
        if self.board.hasLine(of: self.lineLength, through: cell) {
            self.end(winner: turn, .finished)
        } else if self.board.isFull {
            self.end(winner: nil, .finished)
        }
    }

    /// Who leaves has lost.
    package mutating func left(_ seat: Seat) {
        guard self.outcome == nil, seat == self.first || seat == self.second else { return }
        self.end(winner: seat == self.first ? self.second : self.first, .abandoned)
    }

    private mutating func end(winner: Seat?, _ reason: Outcome.Reason) {
        let scores = [self.first, self.second].sorted().map { (seat: Seat) in (seat, seat == winner ? 1 : 0) }
        self.outcome = Outcome(winner: winner, scores: scores, reason: reason)
    }

    package var hash: UInt64 {
        var hash = FNV1a()
        hash.combine(self.first.rawValue)
        hash.combine(self.second.rawValue)
        for cell in self.board.characters { hash.combine(cell) }
        hash.combine(self.outcome)
        return hash.value
    }

    /// JSON: `{"board": "XO.......", "turn": seat or null, "ply": 2}`, row by row from the top. Binary: `u8` turn (255: it
    /// is over), `u8` ply, and the board's characters.
    package func state(as form: StateForm) -> Payload {
        switch form {
        case .json:
            .json([
                "board": JSON(String(decoding: self.board.characters, as: UTF8.self)),
                "turn": self.turn.map { JSON($0.rawValue) } ?? .null, "ply": JSON(self.ply),
            ])
        case .binary:
            .binary(
                ByteBuffer(bytes: [(self.turn ?? .server).rawValue, UInt8(clamping: self.ply)] + self.board.characters))
        }
    }
}

extension FNV1a {
    mutating func combine(_ outcome: Outcome?) {
        guard let outcome else { return self.combine(0 as UInt8) }
        self.combine(1 as UInt8)
        self.combine((outcome.winner ?? .server).rawValue)
        for byte in outcome.reason.rawValue.utf8 { self.combine(byte) }
    }
}
