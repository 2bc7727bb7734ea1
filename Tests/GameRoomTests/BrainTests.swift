import Game
import SocketIO
import Testing

@testable import GameRoom

@Suite struct BrainTests {
    /// Two brains at a board, by the rules themselves instead of a server; what they play until it is over.
    private func play(_ game: GameDefinition, _ kinds: [BrainKind], seed: UInt64) throws -> [Move] {
        let begin = try #require(game.begin)
        var rules = begin([0, 1], 0, 7)
        var copy = GameCopy(game)
        _ = copy.follow(.live(1, seats: [0, 1]))
        var brains = kinds.enumerated().map { index, kind in
            kind.makeBrain(seed: seed &+ UInt64(index), form: .json, rate: 1)
        }
        var moves: [Move] = []
        var numbers: [UInt32] = [1, 1]
        while let seat = rules.turn, moves.count < 100 {
            let situation = Situation(
                slot: moves.count, number: numbers[Int(seat.rawValue)], seat: seat, isHost: false, state: "live",
                room: "r", reference: 1, isStrict: true, game: copy)
            guard case .move(let move) = brains[Int(seat.rawValue)].act(in: situation) else { break }
            try rules.apply(move, by: seat)
            numbers[Int(seat.rawValue)] += 1
            moves.append(move)
            let event = LogEvent(
                number: UInt32(moves.count + 1), kind: move.kind, seat: seat, moveNumber: 1, data: move.data)
            #expect(copy.follow(event) == nil)
        }
        #expect(rules.outcome != nil)
        return moves
    }

    @Test(arguments: ["tictactoe", "connect4"]) func theSameSeedGivesTheSameGame(name: String) throws {
        let game = try #require(Games.named(name))
        let first = try self.play(game, [.legal, .legal], seed: 3)
        #expect(try self.play(game, [.legal, .legal], seed: 3) == first)
        let others = try (4..<8).map { try self.play(game, [.legal, .legal], seed: $0) }
        #expect(others.contains { $0 != first })
    }

    @Test(arguments: [
        // X has the first two cells of the top row, and it is X's turn: win.
        ([0, 3, 1, 4], 2),
        // X has them, and it is O's turn: block.
        ([0, 4, 1], 2),
    ])
    func aGreedyPlayerWinsWhereItCanAndBlocksWhereItMust(cells: [Int], expected: Int) throws {
        var copy = GameCopy(try #require(Games.named("tictactoe")))
        _ = copy.follow(.live(1, seats: [0, 1]))
        for (index, cell) in cells.enumerated() {
            let event = LogEvent(
                number: UInt32(index + 2), kind: TicTacToe.place, seat: index.isMultiple(of: 2) ? 0 : 1, moveNumber: 1,
                data: .json(["c": JSON(cell)]))
            #expect(copy.follow(event) == nil)
        }
        let seat: Seat = cells.count.isMultiple(of: 2) ? 0 : 1
        let move = MoveChooser(seed: 1, form: .json).goodMove(1, for: seat, in: copy)
        #expect(move?.data.json?["c"]?.int == expected)
    }

    @Test func inputsAndTokensFollowFromSeedAndNumberAlone() {
        for name in ["arena", "relay"] {
            guard let game = Games.named(name).map(GameCopy.init) else { continue }
            let moves = { (seed: UInt64) in
                (1...50).map { MoveChooser(seed: seed, form: .binary).anyMove($0, for: 2, in: game) }
            }
            #expect(moves(5) == moves(5))
            #expect(!moves(5).contains(nil))
            if name == "arena" { #expect(moves(5) != moves(6)) }
        }
    }

    @Test func aDuperSendsEveryMoveTwice() throws {
        let game = try #require(Games.named("relay"))
        var brain = BrainKind.duper.makeBrain(seed: 1, form: .json, rate: 10)
        let acts = (0..<6).map { brain.act(in: .inRelay(game, slot: $0)) }
        for (index, act) in acts.enumerated() {
            #expect((act == .repeatMove) == !index.isMultiple(of: 2))
        }
    }

    @Test func aFlapperDropsOnceInTwentySecondsAndPlaysOtherwise() throws {
        let game = try #require(Games.named("relay"))
        var brain = BrainKind.flapper.makeBrain(seed: 1, form: .json, rate: 10)
        let acts = (0..<2_000).map { brain.act(in: .inRelay(game, slot: $0)) }
        #expect(acts.count { if case .drop = $0 { true } else { false } } == 10)
        #expect(acts.count { if case .move = $0 { true } else { false } } == 1_990)
    }

    @Test func aCheaterProvokesEverythingThatItCanInTurn() throws {
        let game = try #require(Games.named("relay"))
        var brain = BrainKind.cheater.makeBrain(seed: 1, form: .json, rate: 1)
        let acts = (0..<32).map { brain.act(in: .inRelay(game, slot: $0)) }
        let provocations = acts.compactMap { if case .provoke(let provocation) = $0 { provocation } else { nil } }
        #expect(provocations.count == 32)
        #expect(Set(provocations).count == 16)
        #expect(provocations.prefix(16) == provocations.suffix(16))
    }

    @Test func aSpectatorTriesToMoveAndNothingElse() throws {
        let game = try #require(Games.named("relay"))
        var brain = BrainKind.spectator.makeBrain(seed: 1, form: .json, rate: 2)
        var situation = Situation.inRelay(game, slot: 0)
        situation.seat = nil
        #expect(brain.act(in: situation) == .provoke(.moveOfSpectator))
        situation.slot = 1
        #expect(brain.act(in: situation) == .nothing)
    }

    @Test func sharesAreDealtAsTheySay() throws {
        let shares = try Shares<LinkKind>("polling:1,websocket:3")
        let dealt = shares.deal(40, seed: 9)
        #expect(dealt.count { $0 == .polling } == 10)
        #expect(dealt == shares.deal(40, seed: 9))
        #expect(dealt != shares.deal(40, seed: 10))
    }

    @Test func everyTableHasAsManySeatedPlayersAsARoundNeeds() {
        var settings = GameRoomConfiguration()
        settings.rooms.kind = .connect4
        settings.rooms.count = 30
        settings.rooms.players = 3
        settings.brains = Shares([(.spectator, 5), (.late, 5), (.cheater, 1)])
        let casting = Casting(settings)
        for table in 0..<30 {
            let roles = casting.roles(at: table)
            #expect(roles.count { $0.brain.sitsFromTheStart } == 2)
            #expect(roles.first?.brain != .cheater)
        }
        #expect((0..<30).map(casting.roles) == (0..<30).map(Casting(settings).roles))
    }
}

extension Situation {
    fileprivate static func inRelay(_ game: GameDefinition, slot: Int) -> Situation {
        Situation(
            slot: slot, number: UInt32(slot + 1), seat: 0, isHost: false, state: "live", room: "r", reference: 1,
            isStrict: false, game: GameCopy(game))
    }
}

extension LogEvent {
    /// A round begins.
    static func live(_ number: UInt32, seats: [Int]) -> LogEvent {
        LogEvent(
            number: number, kind: .state, seat: .server,
            data: .json([
                "from": "countdown", "to": "live", "round": 0, "seed": "7", "seats": .array(seats.map { JSON($0) }),
            ]))
    }
}
