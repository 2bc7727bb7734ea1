import Game
import NIOCore
import Testing

/// What holds for all built-in rules, by seed.
struct RulesPropertyTests {
    static let games = Games.all.filter { $0.begin != nil }

    private func begin(_ game: GameDefinition, _ random: inout Randomness) throws -> (any Rules, [Seat]) {
        let most = min(game.description.players.upperBound, 6)
        let count = game.description.players.lowerBound + random.below(most - game.description.players.lowerBound + 1)
        let seats = (0..<count).map { Seat(rawValue: UInt8($0 * 3)) }
        let begin = try #require(game.begin)
        return (begin(seats, random.below(3), random.bits()), seats)
    }

    /// One random legal move of each that may move.
    private func play(_ rules: inout any Rules, _ seats: [Seat], _ random: inout Randomness) throws {
        let inputs = seats.compactMap { seat in random.element(of: rules.legalMoves(for: seat)).map { Input(seat, $0) }
        }
        if rules.turn == nil {
            _ = rules.step(inputs)
        } else {
            for input in inputs { try rules.apply(input.move, by: input.seat) }
        }
    }

    @Test(arguments: games.indices) func randomLegalPlayEnds(_ index: Int) throws {
        // Rounds in real time are long.
        let seeds: Range<UInt64> = Self.games[index].description.hz > 0 ? 0..<6 : 0..<100
        for seed in seeds {
            var random = Randomness(seed: seed)
            var (rules, seats) = try self.begin(Self.games[index], &random)
            var rounds = 0
            while rules.outcome == nil, rounds <= 1_200 {
                try self.play(&rules, seats, &random)
                rounds += 1
            }
            let outcome = try #require(rules.outcome, "seed \(seed)")
            #expect(outcome.scores.map(\.seat) == seats, "seed \(seed)")
            #expect(seats.allSatisfy { rules.legalMoves(for: $0).isEmpty }, "seed \(seed)")
        }
    }

    @Test(arguments: games.indices) func checkAgreesWithApplyAndRefusalsChangeNothing(_ index: Int) throws {
        for seed in 0..<60 as Range<UInt64> {
            var random = Randomness(seed: seed)
            var (rules, seats) = try self.begin(Self.games[index], &random)
            for _ in 0..<40 {
                let seat = random.chance(90) ? (random.element(of: seats) ?? 0) : Seat(rawValue: random.bits())
                let legal = rules.legalMoves(for: seat)
                for move in legal {
                    #expect(throws: Never.self, "seed \(seed): \(move)") { try rules.check(move, by: seat) }
                }
                let move = random.chance(30) ? (random.element(of: legal) ?? .place(0)) : random.garbageMove()
                let before = rules.stateHash
                let passes = (try? rules.check(move, by: seat)) != nil
                #expect(rules.stateHash == before, "seed \(seed): checking changes nothing")
                let isMade = (try? rules.apply(move, by: seat)) != nil
                #expect(passes == isMade, "seed \(seed): \(move) by \(seat)")
                if !isMade { #expect(rules.stateHash == before, "seed \(seed): \(move) by \(seat)") }
            }
        }
    }

    @Test(arguments: games.indices) func theSameSeedAndMovesGiveTheSameHash(_ index: Int) throws {
        func run(_ seed: UInt64) throws -> [UInt64] {
            var random = Randomness(seed: seed)
            var (rules, seats) = try self.begin(Self.games[index], &random)
            return try (0..<60).map { _ in
                try self.play(&rules, seats, &random)
                return rules.stateHash
            }
        }
        #expect(try run(5) == run(5))
        #expect(try run(5) != run(6))
    }
}

struct GamesTests {
    @Test func theCatalogueIsInItsOrderAndFoundByName() {
        #expect(Games.all.map(\.description.name) == ["relay", "tictactoe", "connect4", "arena"])
        #expect(Games.named("arena")?.description.hz == 20)
        #expect(Games.named("chess") == nil)
    }

    @Test func onlyRelayHasNoRules() {
        for game in Games.all {
            #expect((game.begin == nil) == (game.description.name == "relay"))
            #expect(game.description.isAuthoritative == (game.begin != nil))
            #expect(game.description.kinds.allSatisfy { $0.kind.isOfGame })
        }
        #expect(Games.relay.startsAtOnce && Games.relay.allowsLateJoin)
    }
}
