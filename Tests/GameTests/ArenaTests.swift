import Game
import NIOCore
import SocketIO
import Testing

struct ArenaTests {
    private func player(_ seat: Seat, in arena: Arena) throws -> ArenaView.Player {
        try #require(arena.view.players.first { $0.seat == seat })
    }

    /// How far seat 0 has come along x when `inputs` say what it sends in each tick.
    private func distance(_ inputs: [[Input]]) throws -> Int {
        // A seed whose seat 0 stands far enough from the wall.
        var arena = Arena(seats: [0, 1], round: 0, seed: 1)
        let start = try self.player(0, in: arena).x
        let keys: Arena.Keys = start < 30_000 ? .right : .left
        for tick in inputs { _ = arena.step(tick.map { Input($0.seat, .input(keys)) }) }
        return abs(Int(try self.player(0, in: arena).x) - Int(start))
    }

    @Test func aStepIsThreeHundredAndSixty() throws {
        #expect(try self.distance([[Input(0, .input([]))]]) == 360)
    }

    @Test func threeInputsATickMoveNoFasterThanOne() throws {
        let input = Input(0, .input([]))
        let fair = try self.distance(Array(repeating: [input], count: 10))
        #expect(fair == 3_600)
        #expect(try self.distance(Array(repeating: [input, input, input], count: 10)) == fair)
    }

    @Test func aMissingInputRepeatsTheLastForThreeTicks() throws {
        let input = Input(0, .input([]))
        for (ticks, steps) in [(1, 1), (2, 2), (4, 4), (5, 4), (20, 4)] {
            #expect(try self.distance([[input]] + Array(repeating: [], count: ticks - 1)) == steps * 360)
        }
    }

    @Test func whoIsAwayStandsStillAndLingers() throws {
        var arena = Arena(seats: [0, 1], round: 0, seed: 1)
        _ = arena.step([Input(0, .input(.up))])
        arena.setAway(true, 0)
        let place = try self.player(0, in: arena)
        #expect(place.flags.contains(.away))
        _ = arena.step([])
        #expect(try self.player(0, in: arena) == place)
        arena.setAway(false, 0)
        _ = arena.step([])
        #expect(try self.player(0, in: arena).y == place.y, "what was held before is let go")
    }

    private struct KeyCase: Sendable {
        let keys: Arena.Keys
        let x: Int
        let y: Int
    }

    private static let keyCases: [KeyCase] = [
        KeyCase(keys: .up, x: 0, y: -360), KeyCase(keys: .down, x: 0, y: 360), KeyCase(keys: .left, x: -360, y: 0),
        KeyCase(keys: .right, x: 360, y: 0), KeyCase(keys: [.up, .left], x: -254, y: -254),
        KeyCase(keys: [.down, .right], x: 254, y: 254), KeyCase(keys: [.up, .down], x: 0, y: 0),
        KeyCase(keys: [.left, .right, .up], x: 0, y: -360), KeyCase(keys: .dash, x: 0, y: 0),
        KeyCase(keys: [.dash, .right], x: 1_080, y: 0), KeyCase(keys: [.dash, .down, .left], x: -763, y: 763),
    ]

    @Test(arguments: keyCases) private func keysMove(_ expected: KeyCase) throws {
        var arena = Arena(seats: [0, 1], round: 0, seed: 1)
        let before = try self.player(0, in: arena)
        let end = (x: Int(before.x) + expected.x, y: Int(before.y) + expected.y)
        try #require(Arena.bounds.contains(end.x) && Arena.bounds.contains(end.y), "no wall is in the way")
        _ = arena.step([Input(0, .input(expected.keys))])
        let after = try self.player(0, in: arena)
        #expect(Int(after.x) == end.x)
        #expect(Int(after.y) == end.y)
    }

    @Test func wallsStop() throws {
        var arena = Arena(seats: [0, 1], round: 0, seed: 1)
        for _ in 0..<300 { _ = arena.step([Input(0, .input([.up, .left]))]) }
        let corner = try self.player(0, in: arena)
        #expect(Int(corner.x) == Arena.bounds.lowerBound)
        #expect(Int(corner.y) == Arena.bounds.lowerBound)
    }

    @Test func aDashLastsFourTicksAndComesAgainAfterForty() throws {
        var arena = Arena(seats: [0, 1], round: 0, seed: 1)
        let dashing = try (0..<88).map { _ in
            _ = arena.step([Input(0, .input(.dash))])
            return try self.player(0, in: arena).flags.contains(.dashing)
        }
        let expected = (0..<88).map { $0 % 40 < 4 }
        #expect(dashing == expected)
    }

    @Test func otherBitsAreIllegal() throws {
        let arena = Arena(seats: [0, 1], round: 0, seed: 1)
        for bits in [32, 64, 128, 255] {
            let json = Move(Arena.input, .json(["bits": JSON(bits)]))
            for move in [json, .byte(Arena.input, UInt8(bits))] {
                #expect(throws: Refusal(.illegal, "an input is kind 34 with bits 0 to 31")) {
                    try arena.check(move, by: 0)
                }
            }
        }
        #expect(throws: Never.self) { try arena.check(.byte(Arena.input, 31), by: 0) }
        #expect(throws: Refusal.self) { try arena.check(.input(.up), by: 7) }
    }

    @Test func theRoundEndsAfterTwelveHundredTicks() {
        var arena = Arena(seats: [0, 1], round: 0, seed: 1)
        for _ in 0..<1_199 { _ = arena.step([]) }
        #expect(arena.outcome == nil)
        _ = arena.step([])
        #expect(arena.outcome?.reason == .finished)
        let end = arena.stateHash
        #expect(arena.step([Input(0, .input(.up))]).isEmpty)
        #expect(arena.stateHash == end)
        #expect(throws: Refusal(.gameOver, "the round is over")) { try arena.check(.input(.up), by: 0) }
    }

    @Test func whoIsLeftAloneWins() {
        var arena = Arena(seats: [0, 4, 9], round: 0, seed: 1)
        arena.left(0)
        #expect(arena.outcome == nil)
        arena.left(9)
        #expect(arena.outcome == Outcome(winner: 4, scores: [(4, 0)], reason: .abandoned))
    }

    @Test func latecomersAppearWithoutPoints() throws {
        var arena = Arena(seats: [0, 1], round: 0, seed: 1)
        arena.joined(5)
        arena.joined(5)
        #expect(arena.view.players.map(\.seat) == [0, 1, 5])
        #expect(try self.player(5, in: arena).score == 0)
        #expect(throws: Never.self) { try arena.check(.input(.up), by: 5) }
    }

    @Test func coinsCountAndComeBackElsewhere() throws {
        var arena = Arena(seats: [0, 1], round: 0, seed: 3)
        var pickedUp = 0
        var random = Randomness(seed: 3)
        while arena.outcome == nil {
            let before = arena.view
            let inputs = ([0, 1] as [Seat]).compactMap { seat in
                random.element(of: arena.legalMoves(for: seat)).map { Input(seat, $0) }
            }
            for effect in arena.step(inputs) where effect.kind == Arena.coin {
                let id = try #require(effect.data.json?["id"]?.int)
                #expect(arena.view.coins[id] != before.coins[id])
                pickedUp += 1
            }
        }
        #expect(pickedUp > 0)
        #expect(arena.outcome?.scores.reduce(0) { $0 + $1.score } == pickedUp, "stealing makes no points")
    }

    /// Two hunters with dashes: points change hands, one a dash at most, and only what somebody has.
    @Test func aDashStealsOnePoint() throws {
        var steals = 0
        for seed in 0..<6 as Range<UInt64> {
            var arena = Arena(seats: [0, 1], round: 0, seed: seed)
            var lastSteal: [Seat: Int] = [:]
            for tick in 0..<1_199 {
                let before = arena.view
                let effects = arena.step(Self.hunt(arena.view))
                for effect in effects where effect.kind == Arena.steal {
                    steals += 1
                    #expect(tick - (lastSteal[effect.seat] ?? -40) > Arena.dashInterval - Arena.dashTicks)
                    lastSteal[effect.seat] = tick
                }
                let coins = effects.count { $0.kind == Arena.coin }
                let total = { (view: ArenaView) in view.players.reduce(0) { $0 + Int($1.score) } }
                #expect(total(arena.view) == total(before) + coins)
            }
        }
        #expect(steals > 0)
    }

    /// Seat 0 goes for the first coin, seat 1 dashes after seat 0.
    private static func hunt(_ view: ArenaView) -> [Input] {
        guard view.players.count == 2, let coin = view.coins.first else { return [] }
        let keys = { (from: ArenaView.Player, x: UInt16, y: UInt16) in
            var keys: Arena.Keys = []
            if x > from.x &+ 200 { keys.insert(.right) } else if x &+ 200 < from.x { keys.insert(.left) }
            if y > from.y &+ 200 { keys.insert(.down) } else if y &+ 200 < from.y { keys.insert(.up) }
            return keys
        }
        let (hunted, hunter) = (view.players[0], view.players[1])
        return [
            Input(0, .input(keys(hunted, coin.x, coin.y))),
            Input(1, .input(keys(hunter, hunted.x, hunted.y).union(.dash))),
        ]
    }
}
