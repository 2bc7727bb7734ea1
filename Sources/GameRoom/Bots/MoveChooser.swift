import Game
import NIOCore
import Seeding
import SocketIO

/// Which move comes next: a function of the player's seed, of the move's number, and of where the game stands.
struct MoveChooser: Sendable {
    /// How the data of moves is written.
    enum Form: Sendable {
        case json
        case binary
    }

    let seed: UInt64
    let form: Form

    /// One of the moves that the rules allow; nil: it is not the seat's turn, or the game is not known.
    func anyMove(_ number: UInt32, for seat: Seat, in game: GameCopy) -> Move? {
        switch game.definition.description.name {
        case "arena": return self.input(self.wandering(number))
        case "relay": return self.token(number, of: seat)
        default:
            let moves = game.rules?.legalMoves(for: seat) ?? []
            var random = self.random(number)
            return moves.isEmpty ? nil : self.written(moves[random.index(below: moves.count)])
        }
    }

    /// A move that brings the seat forward: it wins, or keeps the other from winning, or goes to the nearest coin.
    func goodMove(_ number: UInt32, for seat: Seat, in game: GameCopy) -> Move? {
        if let rules = game.rules, let move = Self.best(for: seat, in: rules) { return self.written(move) }
        if let keys = Self.wayToNearestCoin(for: seat, in: game.arena.view) { return self.input(keys) }
        return self.anyMove(number, for: seat, in: game)
    }

    /// In binary frames JSON travels as its text.
    private func written(_ move: Move) -> Move {
        self.form == .json ? move : Move(move.kind, .binary(move.data.bytes))
    }

    private func random(_ number: UInt32) -> SplitMix64 {
        SplitMix64(seed: self.seed, stream: UInt64(number))
    }

    // MARK: Boards

    private static func best(for seat: Seat, in rules: any Rules) -> Move? {
        let moves = rules.legalMoves(for: seat)
        if let winning = moves.first(where: { Self.outcome(of: $0, by: seat, in: rules).wins(seat) }) { return winning }
        let safe = moves.filter { !Self.losesAtOnce($0, by: seat, in: rules) }
        return safe.count < moves.count ? safe.first : nil
    }

    private static func outcome(of move: Move, by seat: Seat, in rules: any Rules) -> any Rules {
        var rules = rules
        try? rules.apply(move, by: seat)
        return rules
    }

    private static func losesAtOnce(_ move: Move, by seat: Seat, in rules: any Rules) -> Bool {
        let after = Self.outcome(of: move, by: seat, in: rules)
        guard let other = after.turn, other != seat else { return false }
        return after.legalMoves(for: other).contains { Self.outcome(of: $0, by: other, in: after).wins(other) }
    }

    // MARK: The arena

    private static let directions: [Arena.Keys] = [
        [], .up, .down, .left, .right, [.up, .left], [.up, .right], [.down, .left], [.down, .right],
    ]

    /// One direction for ten inputs, and a dash now and then.
    private func wandering(_ number: UInt32) -> Arena.Keys {
        var random = self.random(number / 10)
        let keys = Self.directions[random.index(below: Self.directions.count)]
        return number.isMultiple(of: 10) && random.index(below: 3) == 0 ? keys.union(.dash) : keys
    }

    private static func wayToNearestCoin(for seat: Seat, in view: ArenaView) -> Arena.Keys? {
        guard let player = view.players.first(where: { $0.seat == seat }) else { return nil }
        let ways = view.coins.map { (x: Int($0.x) - Int(player.x), y: Int($0.y) - Int(player.y)) }
        guard let way = ways.min(by: { abs($0.x) + abs($0.y) < abs($1.x) + abs($1.y) }) else { return nil }
        var keys: Arena.Keys = []
        if abs(way.x) >= Arena.speed { keys.insert(way.x < 0 ? .left : .right) }
        if abs(way.y) >= Arena.speed { keys.insert(way.y < 0 ? .up : .down) }
        return keys
    }

    private func input(_ keys: Arena.Keys) -> Move {
        switch self.form {
        case .json: Move(Arena.input, .json(["bits": JSON(keys.rawValue)]))
        case .binary: Move(Arena.input, .binary(ByteBuffer(bytes: [keys.rawValue])))
        }
    }

    // MARK: A room without rules

    /// Four kinds in turn, with seat and number for data, so that whoever reads it can tell whose it is.
    private func token(_ number: UInt32, of seat: Seat) -> Move {
        let kind = EventKind(rawValue: EventKind.firstOfGame.rawValue + UInt8(truncatingIfNeeded: number & 3))
        switch self.form {
        case .json: return Move(kind, .json(["seat": JSON(seat.rawValue), "count": JSON(number)]))
        case .binary:
            var bytes = ByteBuffer(bytes: [seat.rawValue])
            bytes.writeInteger(number, endianness: .little)
            return Move(kind, .binary(bytes))
        }
    }
}

extension Rules {
    fileprivate func wins(_ seat: Seat) -> Bool { self.outcome?.winner == seat }
}
