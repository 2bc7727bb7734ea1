import NIOCore
import Seeding
import SocketIO

/// Players in a square collect coins and rob one another by dashing; 20 ticks a second, 1,200 ticks.
///
/// All is whole numbers. A tick: each seat's input takes effect, all players move at once, then seat by seat in ascending
/// order whoever swept over a coin has it, and whoever swept over a player while dashing robs them of one point.
///
/// - A move is kind 34 `input`, `{"bits": 0…31}` or the bits in one byte (``Keys``). What a seat sent last is repeated for
///   three ticks without an input; after that, and while its player is away, the seat stands still.
/// - Dash: three times as fast for four ticks, and again 40 ticks after its beginning at the earliest; the key does
///   nothing until then. One dash robs one player at most, the first by seat who has a point.
/// - The highest score wins, a tie is a draw. Whoever is left alone has won (`abandoned`).
/// - Worth an event: kind 35 `coin` `{"id"}`, kind 36 `steal` `{"from"}`.
package struct Arena: Rules {
    package static let input = EventKind(rawValue: 34)
    package static let coin = EventKind(rawValue: 35)
    package static let steal = EventKind(rawValue: 36)

    package static let description = GameDescription(
        name: "arena", kinds: [.init(input, "input"), .init(coin, "coin"), .init(steal, "steal")], players: 2...32,
        hz: 20,
        isAuthoritative: true, allowsLateJoin: true)

    /// Where a player's or a coin's middle may be, on both axes: a player never reaches beyond 0…59,999.
    package static let bounds = playerRadius...(59_999 - playerRadius)
    package static let playerRadius = 900
    package static let coinRadius = 450
    /// A step along one axis; along both at once it is 707/1000 of that on each.
    package static let speed = 360
    package static let dashFactor = 3
    package static let dashTicks = 4
    /// From the beginning of one dash to that of the next.
    package static let dashInterval = 40
    package static let coinCount = 12
    /// Ticks of a round.
    package static let length = 1_200

    /// Ascending by seat.
    private(set) var players: [Player] = []
    private(set) var coins: [Point] = []
    /// How many steps have been made.
    private(set) var ticks = 0
    private var random: SplitMix64
    package private(set) var outcome: Outcome?

    package init(seats: [Seat], round: Int, seed: UInt64) {
        self.random = SplitMix64(seed: seed)
        self.coins = (0..<Self.coinCount).map { _ in self.randomPoint() }
        for seat in seats { self.joined(seat) }
    }

    private mutating func randomPoint() -> Point {
        let x = self.random.index(below: Self.bounds.count)
        let y = self.random.index(below: Self.bounds.count)
        return Point(x: Self.bounds.lowerBound + x, y: Self.bounds.lowerBound + y)
    }

    // MARK: Who plays

    /// A newcomer appears at a random place without points.
    package mutating func joined(_ seat: Seat) {
        let index = self.players.firstIndex { $0.seat >= seat } ?? self.players.count
        guard self.outcome == nil, self.players.count < Self.description.players.upperBound else { return }
        guard index == self.players.count || self.players[index].seat != seat else { return }
        self.players.insert(Player(seat: seat, at: self.randomPoint()), at: index)
    }

    package mutating func left(_ seat: Seat) {
        guard self.outcome == nil, let index = self.index(of: seat) else { return }
        self.players.remove(at: index)
        if self.players.count < Self.description.players.lowerBound {
            self.end(winner: self.players.first?.seat, .abandoned)
        }
    }

    package mutating func setAway(_ isAway: Bool, _ seat: Seat) {
        guard self.outcome == nil, let index = self.index(of: seat) else { return }
        self.players[index].setAway(isAway)
    }

    private func index(of seat: Seat) -> Int? { self.players.firstIndex { $0.seat == seat } }

    // MARK: Moves

    package func check(_ move: Move, by seat: Seat) throws(Refusal) {
        guard self.outcome == nil else { throw Refusal(.gameOver, "the round is over") }
        guard self.index(of: seat) != nil else { throw Refusal(.noSeat, "seat \(seat) is not in this round") }
        guard Keys(move) != nil else { throw Refusal(.illegal, "an input is kind 34 with bits 0 to 31") }
    }

    /// The keys are held from the next tick on, as those of an input in ``step(_:)`` are.
    package mutating func apply(_ move: Move, by seat: Seat) throws(Refusal) {
        try self.check(move, by: seat)
        self.press(Input(seat, move))
    }

    private mutating func press(_ input: Input) {
        guard let keys = Keys(input.move), let index = self.index(of: input.seat) else { return }
        self.players[index].press(keys)
    }

    package mutating func step(_ inputs: [Input]) -> [Effect] {
        guard self.outcome == nil else { return [] }
        self.ticks += 1
        for index in self.players.indices { self.players[index].awaitInput() }
        for input in inputs { self.press(input) }
        let paths = self.players.indices.map { self.players[$0].advance() }
        let effects = self.collect(along: paths) + self.rob(along: paths)
        if self.ticks == Self.length { self.end(winner: self.leader, .finished) }
        return effects
    }

    private mutating func collect(along paths: [Path]) -> [Effect] {
        var effects: [Effect] = []
        for (index, path) in paths.enumerated() {
            for id in self.coins.indices
            where path.passes(self.coins[id], within: Self.playerRadius + Self.coinRadius) {
                self.players[index].score += 1
                self.coins[id] = self.randomPoint()
                effects.append(Effect(Self.coin, self.players[index].seat, .json(["id": JSON(id)])))
            }
        }
        return effects
    }

    private mutating func rob(along paths: [Path]) -> [Effect] {
        var effects: [Effect] = []
        for (index, path) in paths.enumerated() where self.players[index].mayRob {
            let victim = paths.indices.first {
                $0 != index && self.players[$0].score > 0 && path.passes(paths[$0], within: 2 * Self.playerRadius)
            }
            guard let victim else { continue }
            self.players[victim].score -= 1
            self.players[index].rob()
            let from = JSON(self.players[victim].seat.rawValue)
            effects.append(Effect(Self.steal, self.players[index].seat, .json(["from": from])))
        }
        return effects
    }

    // MARK: The end

    package var turn: Seat? { nil }
    package var ply: Int? { nil }

    /// Who alone has the highest score.
    private var leader: Seat? {
        let best = self.players.map(\.score).max()
        let leaders = self.players.filter { $0.score == best }
        return leaders.count == 1 ? leaders.first?.seat : nil
    }

    private mutating func end(winner: Seat?, _ reason: Outcome.Reason) {
        self.outcome = Outcome(winner: winner, scores: self.players.map { ($0.seat, $0.score) }, reason: reason)
    }

    // MARK: The state

    /// Standing still, the eight directions, and all of them with a dash.
    package func legalMoves(for seat: Seat) -> [Move] {
        guard self.outcome == nil, self.index(of: seat) != nil else { return [] }
        return Self.choices
    }

    private static let choices = Keys.choices.map { Move(Self.input, "bits", Int($0.rawValue)) }

    package var stateHash: UInt64 {
        var hash = FNV1a()
        hash.combine(self.ticks)
        // Its next number stands for the generator's state, one to one.
        var random = self.random
        hash.combine(random.next())
        for player in self.players { player.combine(into: &hash) }
        for coin in self.coins { coin.combine(into: &hash) }
        hash.combine(self.outcome)
        return hash.value
    }

    package var view: ArenaView {
        ArenaView(
            players: self.players.map {
                .init(seat: $0.seat, x: $0.place.x16, y: $0.place.y16, score: $0.score16, flags: $0.flags)
            },
            coins: self.coins.enumerated().map { .init(id: UInt8(clamping: $0), x: $1.x16, y: $1.y16) })
    }

    package func state(since base: (any Rules)?, as form: StateForm) -> Payload {
        let update = (base as? Arena).map { ArenaUpdate(from: $0.view, to: self.view) } ?? ArenaUpdate(to: self.view)
        return update.payload(as: form)
    }
}
