import Game
import NIOCore
import SocketIO

/// A game in real time, for tests: run along a line; every fifth step is an event; who has run farthest when the time is
/// up wins. Who is away does not run.
struct Race: Rules {
    static let run = EventKind(rawValue: 34)
    static let passed = EventKind(rawValue: 35)
    static let ticks = 120
    static let description = GameDescription(
        name: "race", kinds: [GameDescription.NamedKind(run, "run")], players: 1...8, hz: 10, isAuthoritative: true,
        allowsLateJoin: true)

    private struct Runner: Hashable {
        let seat: Seat
        var place = 0
        var isAway = false
    }

    private var runners: [Runner]
    private var played = 0
    private(set) var outcome: Outcome?

    init(seats: [Seat], round: Int, seed: UInt64) {
        self.runners = seats.map { Runner(seat: $0) }
    }

    static func running(_ distance: Int) -> Move { Move(self.run, .json(["d": JSON(distance)])) }

    func place(of seat: Seat) -> Int? { self.runners.first { $0.seat == seat }?.place }

    func check(_ move: Move, by seat: Seat) throws(Refusal) {
        guard move.kind == Self.run, let distance = move.data.json?["d"]?.int, (0...2).contains(distance) else {
            throw Refusal(.illegal, "nought to two")
        }
    }

    mutating func apply(_ move: Move, by seat: Seat) throws(Refusal) { throw Refusal(.illegal, "takes inputs") }

    mutating func step(_ inputs: [Input]) -> [Effect] {
        self.played += 1
        var effects: [Effect] = []
        for input in inputs {
            guard let index = self.runners.firstIndex(where: { $0.seat == input.seat }), !self.runners[index].isAway,
                let distance = input.move.data.json?["d"]?.int
            else { continue }
            let before = self.runners[index].place
            self.runners[index].place += distance
            if self.runners[index].place / 5 > before / 5 {
                effects.append(Effect(Self.passed, input.seat, .json(["at": JSON(self.runners[index].place)])))
            }
        }
        if self.played == Self.ticks { self.end() }
        return effects
    }

    private mutating func end() {
        let first = self.runners.max { $0.place < $1.place }
        let isDraw = self.runners.filter { $0.place == first?.place }.count > 1
        self.outcome = Outcome(winner: isDraw ? nil : first?.seat, scores: self.runners.map { ($0.seat, $0.place) })
    }

    mutating func joined(_ seat: Seat) { self.runners.append(Runner(seat: seat)) }

    mutating func left(_ seat: Seat) {
        self.runners.removeAll { $0.seat == seat }
    }

    mutating func setAway(_ isAway: Bool, _ seat: Seat) {
        for index in self.runners.indices where self.runners[index].seat == seat { self.runners[index].isAway = isAway }
    }

    var turn: Seat? { nil }
    var ply: Int? { nil }
    func legalMoves(for seat: Seat) -> [Move] { (0...2).map(Self.running) }

    var stateHash: UInt64 {
        self.runners.reduce(UInt64(self.played)) {
            ($0 &* 31 &+ UInt64($1.seat.rawValue)) &* 1_000_003 &+ UInt64($1.place) &* 2 &+ ($1.isAway ? 1 : 0)
        }
    }

    func state(since base: (any Rules)?, as form: StateForm) -> Payload {
        let known = (base as? Race)?.runners ?? []
        let changed = self.runners.filter { !known.contains($0) }
        let gone = known.filter { runner in !self.runners.contains { $0.seat == runner.seat } }
        return .json([
            "runners": .array(changed.map { [JSON($0.seat.rawValue), JSON($0.place)] }),
            "gone": .array(gone.map { JSON($0.seat.rawValue) }),
        ])
    }
}
