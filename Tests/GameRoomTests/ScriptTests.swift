import Game
import NIOCore
import Testing

@testable import GameRoom

@Suite struct ScriptTests {
    @Test func aScriptHasEverySeatsMovesWithTheirTimes() throws {
        let script = try Script(recordedGame())
        #expect(script.game == "tictactoe")
        #expect(script.parts.map(\.seat) == [0, 1])
        #expect(script.parts.map { $0.lines.map(\.time) } == [[200, 600, 1_000], [400, 800]])
        #expect(script.length == 1_000)
    }

    @Test func aDamagedRecordingIsNoScript() throws {
        var recording = try recordedGame()
        recording.moveWriterIndex(to: recording.writerIndex - 40)
        #expect(throws: RecordingError.self) { try Script(recording) }
    }

    @Test(arguments: [(1.0, [2, 6, 10]), (2.0, [1, 3, 5])])
    func aScriptedPlayerKeepsTheDistancesInTime(warp: Double, slots: [Int]) throws {
        let script = try Script(recordedGame())
        var brain = ScriptedBrain(script.parts[0].lines, beginning: script.beginning, rate: 10, warp: warp)
        let game = GameCopy(try #require(Games.named("relay")))
        let moving = (0..<20).filter { slot in
            let act = brain.act(
                in: Situation(
                    slot: slot, number: 1, seat: 0, isHost: false, state: "live", room: "r", reference: 1,
                    isStrict: false, game: game))
            if case .move = act { return true }
            return false
        }
        #expect(moving == slots)
        #expect(brain.remaining == 0)
    }

    @Test func aScriptedPlayerWaitsForItsLastMoveToBeMade() throws {
        let script = try Script(recordedGame())
        var brain = ScriptedBrain(script.parts[0].lines, beginning: script.beginning, rate: 10, warp: 1)
        var situation = Situation(
            slot: 0, number: 1, seat: 0, isHost: false, state: "live", room: "r", reference: 1, isStrict: true,
            game: GameCopy(try #require(Games.named("relay"))))
        #expect(brain.act(in: situation) == .nothing)
        situation.slot = 15
        situation.isMoving = true
        #expect(brain.act(in: situation) == .nothing)
        situation.isMoving = false
        #expect(brain.act(in: situation) == .move(script.parts[0].lines[0].move))
        #expect(brain.remaining == 2)
    }
}
