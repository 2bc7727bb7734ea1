import NIOCore
import SocketIO

// Whose turn it is, for how long, and what happens when the time is up.
extension Room {
    var takesTurnsBySeat: Bool { self.guardian?.guards.takesTurns == true }

    /// Who has the turn: by the rules, or by the guards.
    private var turn: Seat? {
        guard self.phase == .live else { return nil }
        return self.isAuthoritative ? self.round?.rules?.turn : self.takesTurnsBySeat ? self.turnOrder.turn : nil
    }

    /// Looks whose turn it is now, and sets the timer for it.
    mutating func updateTurn() {
        if self.takesTurnsBySeat { self.turnOrder.update(self.phase == .live ? self.round?.seats ?? [] : []) }
        guard let deadline = self.turnTimer.set(self.timedTurn, at: self.now), let seat = self.turn else { return }
        self.record(
            .timer, .server, ["turn": JSON(seat.rawValue), "deadline": JSON(self.time(of: deadline))])
    }

    private var timedTurn: TurnTimer.Turn? {
        guard let seat = self.turn, let time = self.turnTime(of: seat) else { return nil }
        return TurnTimer.Turn(seat: seat, ply: (self.round?.moves ?? 0) &+ self.turnOrder.passed, time: time)
    }

    /// Nobody waits long for a seat that its player has given up.
    private func turnTime(of seat: Seat) -> TimeAmount? {
        guard self.seats[seat]?.presence == .automatic else { return self.settings.turnTime }
        return min(.seconds(1), self.settings.turnTime ?? .seconds(1))
    }

    /// The time of a turn is up: the rules move for the player, or the guards let the next one move. Such a move is no
    /// move of the player's numbering, its `n` is 0.
    mutating func expireTurn() {
        guard let seat = self.turnTimer.expire(at: self.now) else { return }
        guard self.isAuthoritative else { return self.turnOrder.pass(in: self.round?.seats ?? []) }
        guard let move = self.round?.rules?.legalMoves(for: seat).first else { return }
        guard (try? self.round?.rules?.apply(move, by: seat)) != nil else { return }
        self.record(move.kind, seat, move.data)
        self.round?.moves &+= 1
        if let outcome = self.round?.rules?.outcome { self.finish(outcome) }
    }
}
