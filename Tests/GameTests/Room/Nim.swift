import Game
import NIOCore
import SocketIO

/// A game of turns, for tests: take one to three from a pile of fifteen; who takes the last wins.
struct Nim: Rules {
    static let take = EventKind(rawValue: 32)
    static let description = GameDescription(
        name: "nim", kinds: [GameDescription.NamedKind(take, "take")], players: 2...4, hz: 0, isAuthoritative: true)

    private(set) var seats: [Seat]
    private(set) var pile = 15
    private var moves = 0
    private(set) var turn: Seat?
    private(set) var outcome: Outcome?

    init(seats: [Seat], round: Int, seed: UInt64) {
        self.seats = seats
        self.turn = seats.isEmpty ? nil : seats[round % seats.count]
    }

    /// The state that a snapshot tells of, to go on from.
    init?(snapshot: JSON) {
        guard let seats = snapshot["seats"]?.elements?.compactMap(\.int), let pile = snapshot["pile"]?.int,
            let moves = snapshot["ply"]?.int
        else { return nil }
        self.seats = seats.map { Seat(rawValue: UInt8($0)) }
        self.pile = pile
        self.moves = moves
        self.turn = snapshot["turn"]?.int.map { Seat(rawValue: UInt8($0)) }
    }

    static func taking(_ count: Int) -> Move { Move(self.take, .json(["k": JSON(count)])) }

    func check(_ move: Move, by seat: Seat) throws(Refusal) {
        guard self.outcome == nil else { throw Refusal(.gameOver, "over") }
        guard self.turn == seat else { throw Refusal(.notYourTurn, "not your turn") }
        guard move.kind == Self.take, let count = move.data.json?["k"]?.int, (1...min(3, self.pile)).contains(count)
        else {
            throw Refusal(.illegal, "one to three, of what is there")
        }
    }

    mutating func apply(_ move: Move, by seat: Seat) throws(Refusal) {
        try self.check(move, by: seat)
        self.pile -= move.data.json?["k"]?.int ?? 0
        self.moves += 1
        self.turn = self.next(after: seat)
        if self.pile == 0 { self.end(Outcome(winner: seat, scores: self.seats.map { ($0, $0 == seat ? 1 : 0) })) }
    }

    mutating func step(_ inputs: [Input]) -> [Effect] { [] }
    mutating func joined(_ seat: Seat) {}

    mutating func left(_ seat: Seat) {
        let next = self.next(after: seat)
        self.seats.removeAll { $0 == seat }
        if self.turn == seat { self.turn = next }
        if self.seats.count == 1, self.outcome == nil {
            self.end(Outcome(winner: self.seats.first, reason: .abandoned))
        }
    }

    mutating func setAway(_ isAway: Bool, _ seat: Seat) {}

    private mutating func end(_ outcome: Outcome) {
        self.outcome = outcome
        self.turn = nil
    }

    private func next(after seat: Seat) -> Seat? {
        self.seats.first { $0 > seat } ?? self.seats.first { $0 != seat }
    }

    var ply: Int? { self.moves }

    func legalMoves(for seat: Seat) -> [Move] {
        self.turn == seat ? (1...max(1, min(3, self.pile))).map(Self.taking) : []
    }

    var stateHash: UInt64 {
        self.seats.map { UInt64($0.rawValue) }.reduce(
            UInt64(self.pile) &* 1_000_003 &+ UInt64(self.moves) &* 8_191 &+ UInt64(self.turn?.rawValue ?? 255)
        ) { $0 &* 31 &+ $1 }
    }

    func state(since base: (any Rules)?, as form: StateForm) -> Payload {
        .json([
            "pile": JSON(self.pile), "turn": self.turn.map { JSON($0.rawValue) } ?? .null, "ply": JSON(self.moves),
            "seats": .array(self.seats.map { JSON($0.rawValue) }),
        ])
    }
}
