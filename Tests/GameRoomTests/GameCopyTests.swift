import Game
import SocketIO
import Testing

@testable import GameRoom

@Suite struct GameCopyTests {
    private func board() throws -> GameCopy {
        var copy = GameCopy(try #require(Games.named("tictactoe")))
        #expect(copy.follow(.live(1, seats: [0, 1])) == nil)
        return copy
    }

    private func place(_ number: UInt32, _ seat: Seat, _ cell: Int) -> LogEvent {
        LogEvent(number: number, kind: TicTacToe.place, seat: seat, moveNumber: 1, data: .json(["c": JSON(cell)]))
    }

    private func server(_ number: UInt32, _ kind: EventKind, _ data: JSON) -> LogEvent {
        LogEvent(number: number, kind: kind, seat: .server, data: .json(data))
    }

    /// X takes the first row.
    private func won() throws -> GameCopy {
        var copy = try self.board()
        for (index, cell) in [0, 3, 1, 4, 2].enumerated() {
            #expect(copy.follow(self.place(UInt32(index + 2), index.isMultiple(of: 2) ? 0 : 1, cell)) == nil)
        }
        return copy
    }

    @Test func hashAndOutcomeOfTheLogAgree() throws {
        var copy = try self.won()
        let hash = try #require(copy.rules?.stateHash.hexDigits)
        #expect(copy.follow(self.server(7, .hash, ["h": JSON(hash), "tick": 6])) == nil)
        #expect(copy.follow(self.server(8, .end, ["winner": 0, "why": "finished"])) == nil)
    }

    @Test func anotherHashIsFound() throws {
        var copy = try self.won()
        #expect(copy.follow(self.server(7, .hash, ["h": "0123456789abcdef", "tick": 6]))?.invariant == .replay)
    }

    @Test func anotherWinnerIsFound() throws {
        var copy = try self.won()
        #expect(copy.follow(self.server(8, .end, ["winner": 1, "why": "finished"]))?.invariant == .replay)
    }

    @Test func anEndThatTheMovesDoNotBringIsFound() throws {
        var copy = try self.board()
        #expect(copy.follow(self.server(2, .end, ["winner": 1, "why": "finished"]))?.invariant == .replay)
    }

    @Test func aMoveThatTheRulesRefuseIsFoundOnce() throws {
        var copy = try self.board()
        #expect(copy.follow(self.place(2, 1, 0))?.invariant == .replay)
        #expect(copy.follow(self.place(3, 1, 1)) == nil)
    }

    @Test func theStateOnTheTopicIsTheOneThatTheLogLeadsTo() throws {
        var copy = try self.won()
        let state = try #require(copy.rules?.state(since: nil, as: .json).json)
        #expect(copy.receive(state, behind: 6, now: 6) == nil)
        #expect(copy.receive(["board": "?"], behind: 6, now: 6)?.invariant == .mqtt)
    }

    @Test func aStateOnTheTopicThatIsEarlyWaitsForItsEvent() throws {
        var copy = try self.board()
        #expect(copy.receive(["board": "?"], behind: 2, now: 1) == nil)
        #expect(copy.follow(self.place(2, 0, 4)) == nil)
        #expect(copy.compareAwaitedSnapshot(behind: 2)?.invariant == .mqtt)
        #expect(copy.compareAwaitedSnapshot(behind: 2) == nil)
    }

    @Test func aStateOnTheTopicThatIsLateSaysNothing() throws {
        var copy = try self.won()
        #expect(copy.receive(["board": "?"], behind: 3, now: 6) == nil)
    }

    @Test func whoeverLeavesHasLost() throws {
        var copy = try self.board()
        #expect(copy.follow(.leave(2, 0)) == nil)
        #expect(copy.follow(self.server(3, .end, ["winner": 1, "why": "abandoned"])) == nil)
    }

    // MARK: The arena

    private func state(_ tick: UInt32, base: UInt32) -> StateFrame {
        StateFrame(
            tick: tick, time: 0, base: base, progress: [],
            payload: .json(["players": [], "coins": [[0, JSON(tick), 0]]]))
    }

    @Test func statesFollowOneAnother() throws {
        var copy = GameCopy(try #require(Games.named("arena")))
        #expect(copy.follow(self.state(40, base: 0)) == nil)
        #expect(copy.follow(self.state(41, base: 40)) == nil)
        #expect(copy.arena.view.coins.map(\.x) == [41])
    }

    @Test func aStateThatFollowsNoneIsFound() throws {
        var copy = GameCopy(try #require(Games.named("arena")))
        #expect(copy.follow(self.state(40, base: 0)) == nil)
        #expect(copy.follow(self.state(42, base: 41))?.invariant == .state)
        // It has been said; now a whole state is awaited.
        #expect(copy.follow(self.state(43, base: 42)) == nil)
        #expect(copy.follow(self.state(44, base: 0)) == nil)
    }

    @Test func whoComesInGoesOnFromTheSnapshot() throws {
        var copy = GameCopy(try #require(Games.named("arena")))
        copy.beginArena(with: ["players": [], "coins": [[3, 9, 9]]], at: 40)
        #expect(copy.follow(self.state(41, base: 40)) == nil)
        #expect(copy.arena.view.coins.map(\.id) == [0, 3])
        copy.beginArena(with: ["players": [], "coins": []], at: 50)
        #expect(copy.follow(self.state(50, base: 49)) == nil)
        #expect(copy.arena.tick == 50)
    }
}
