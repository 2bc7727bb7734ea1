package import NIOCore
import SocketIO

/// The answer to a move: it is in the log, or, as an input in real time, waits for its tick.
package struct MoveReceipt: Hashable, Sendable {
    /// `n`.
    package let number: UInt32
    /// `q`; nil: an input, or a duplicate whose place is not known any more.
    package let event: UInt32?
    package let tick: UInt32
    /// It had been taken before, and nothing has happened.
    package let isDuplicate: Bool
}

/// The answer to several moves in one message.
package struct BatchReceipt: Hashable, Sendable {
    package struct Refused: Hashable, Sendable {
        package let number: UInt32
        package let refusal: Refusal
    }

    /// The highest `n` taken, in this message or before.
    package let number: UInt32
    /// `q` of the last move of the message that was taken.
    package let event: UInt32?
    package let tick: UInt32
    /// Those that were not taken; the others were.
    package let refused: [Refused]
}

extension Room {
    /// Takes a player's move exactly once, however often it is sent.
    /// - Throws: `NOT_IN`, `SPECTATOR`, `WRONG_STATE`, `GAME_OVER`, `GAP` with the number expected, `BAD_INPUT`, `TOO_BIG`,
    ///   `GUARD`, `NOT_YOUR_TURN`, `ILLEGAL`, `STALE`, `RATE`. The number is not used up then.
    package mutating func move(
        _ move: NumberedMove, by member: MemberID, at now: NIODeadline
    ) throws(Refusal) -> MoveReceipt {
        self.advance(to: now)
        let receipt = try self.take(move, by: self.player(member))
        self.settle()
        return receipt
    }

    /// Takes moves in their order, each by itself.
    /// - Throws: `NOT_IN`, `SPECTATOR`, `BAD_INPUT` for too many or none.
    package mutating func move(
        _ moves: [NumberedMove], by member: MemberID, at now: NIODeadline
    ) throws(Refusal) -> BatchReceipt {
        self.advance(to: now)
        let seat = try self.player(member).seat
        guard !moves.isEmpty, moves.count <= self.settings.limits.batch else {
            throw Refusal(.badInput, "a message holds 1 to \(self.settings.limits.batch) moves")
        }
        var event: UInt32?
        var refused: [BatchReceipt.Refused] = []
        for move in moves {
            do throws(Refusal) {
                event = try self.take(move, by: self.player(member)).event ?? event
            } catch {
                refused.append(BatchReceipt.Refused(number: move.number, refusal: error))
            }
        }
        self.settle()
        let last = self.seats[seat]?.moves.last ?? 0
        return BatchReceipt(number: last, event: event, tick: self.tick, refused: refused)
    }

    private mutating func take(_ move: NumberedMove, by player: SeatedPlayer) throws(Refusal) -> MoveReceipt {
        guard move.number > 0 else { throw Refusal(.badInput, "n: moves are numbered from 1") }
        if player.moves.isTaken(move.number) {
            let event = move.number == player.moves.last ? player.moves.lastEvent : nil
            return MoveReceipt(number: move.number, event: event, tick: self.tick, isDuplicate: true)
        }
        try self.checkTime(of: player.seat)
        try player.moves.check(move.number)
        try self.checkForm(of: move)
        guard self.budget.has(at: self.now) else {
            throw Refusal(.rate, "the room is too busy", retry: self.budget.wait(at: self.now))
        }
        let event = self.takesInputs ? try self.queue(move, by: player) : try self.play(move, by: player)
        _ = self.budget.take(at: self.now)
        self.seats.update(player.seat) { $0.moves.take(move.number, event: event) }
        if let outcome = self.round?.rules?.outcome { self.finish(outcome) }
        return MoveReceipt(number: move.number, event: event, tick: self.tick, isDuplicate: false)
    }

    private func checkTime(of seat: Seat) throws(Refusal) {
        switch self.phase {
        case .live: break
        case .ended: throw Refusal(.gameOver, "the round is over")
        case .lobby, .countdown: throw Refusal(.wrongState, "the round has not begun")
        case .closed: throw Refusal(.noRoom, "the room is closed")
        }
        guard self.round?.seats.contains(seat) == true else {
            throw Refusal(.wrongState, "you are not in this round")
        }
    }

    private func checkForm(of move: NumberedMove) throws(Refusal) {
        let limits = self.settings.limits
        guard move.move.kind.isOfGame else { throw Refusal(.badInput, "kind: 32 to 255, or its name") }
        guard move.move.data.byteCount <= limits.moveBytes else {
            throw Refusal(.tooBig, "data: at most \(limits.moveBytes) bytes")
        }
        if self.isAuthoritative, move.options.recipients != nil || move.options.cache != nil {
            throw Refusal(.badInput, "to, c: only in rooms that relay")
        }
        guard move.options.cache != nil else { return }
        guard move.options.recipients == nil, move.move.data.json != nil else {
            throw Refusal(.badInput, "c: only JSON for everybody is kept")
        }
        guard self.cache.hasRoom(for: move.move.data.byteCount) else {
            throw Refusal(.tooBig, "c: the room keeps no more moves for late joiners")
        }
    }

    /// Real time: the input waits for its tick.
    private mutating func queue(_ move: NumberedMove, by player: SeatedPlayer) throws(Refusal) -> UInt32? {
        try self.round?.rules?.check(move.move, by: player.seat)
        let now = self.now
        self.seats.update(player.seat) { $0.inputs.append(move.number, move.move, at: now) }
        return nil
    }

    /// The move is an event of the log at once.
    private mutating func play(_ move: NumberedMove, by player: SeatedPlayer) throws(Refusal) -> UInt32 {
        if self.isAuthoritative {
            try self.checkVersion(of: move)
            try self.round?.rules?.apply(move.move, by: player.seat)
        } else {
            try self.guardTurn(of: player.seat)
            try self.guardian?.admit(move.move, by: player.seat, at: self.now)
        }
        let event = self.record(
            move.move.kind, player.seat, number: move.number, move.move.data, to: move.options.recipients,
            from: player.member)
        if let cache = move.options.cache { self.cache.append(event, keeping: cache) }
        self.round?.moves &+= 1
        if self.takesTurnsBySeat { self.turnOrder.pass(in: self.round?.seats ?? []) }
        return event.number
    }

    private func checkVersion(of move: NumberedMove) throws(Refusal) {
        guard let version = move.options.version, let ply = self.round?.rules?.ply, Int(version) != ply else { return }
        throw Refusal(.stale, "the move is for ply \(version), the game is at \(ply)", details: [("ply", JSON(ply))])
    }

    private func guardTurn(of seat: Seat) throws(Refusal) {
        guard self.takesTurnsBySeat, let turn = self.turnOrder.turn, turn != seat else { return }
        throw Refusal(.notYourTurn, "it is seat \(turn)'s turn")
    }
}
