import Game
import NIOCore
import SocketIO
import Testing

struct RecordingVerifierTests {
    private func fault(_ recording: ByteBuffer) -> RecordingFault.Reason? {
        do throws(RecordingFault) {
            _ = try RecordingVerifier.verify(recording)
            return nil
        } catch {
            return error.reason
        }
    }

    /// A room of tic-tac-toe with a round on, and one move made.
    private func room() throws -> RecordedRoom {
        var room = RecordedRoom("tictactoe")
        room.begin(TicTacToe.self, seats: [0, 1])
        try room.move(.place(0), by: 0)
        return room
    }

    @Test func aRoundOfTurnsPlaysAgain() throws {
        let summary = try RecordingVerifier.verify(RecordedRoom.ticTacToe())
        #expect(summary.events == 10 && summary.rounds == 1 && summary.moves == 5)
        #expect(summary.steps == 0 && summary.hashes == 2)
    }

    @Test(arguments: 0..<4 as Range<UInt64>) func aRoundInRealTimePlaysAgain(_ seed: UInt64) throws {
        let summary = try RecordingVerifier.verify(RecordedRoom.arena(seed: seed))
        #expect(summary.rounds == 1)
        #expect(summary.steps == 1_200)
        #expect(summary.hashes == 13)
        #expect(summary.moves > 1_000)
    }

    @Test func stepsThatOneFrameTellsOfPlayAgain() throws {
        for seed in 0..<2 as Range<UInt64> {
            #expect(try RecordingVerifier.verify(RecordedRoom.arena(seed: seed, stepsPerFrame: 3)).steps == 1_200)
        }
    }

    @Test func aRoomThatClosesWithinARoundIsProvenUpToThere() throws {
        #expect(try RecordingVerifier.verify(RecordedRoom.arena(seed: 1, ticks: 150)).steps == 150)
    }

    @Test func aRematchIsARoundOfItsOwn() throws {
        var room = RecordedRoom("tictactoe")
        for round in 0..<2 {
            room.begin(TicTacToe.self, seats: [0, 1], round: round)
            for cell in [0, 3, 1, 4, 2] { try room.move(.place(cell), by: try #require(room.rules?.turn)) }
        }
        let summary = try RecordingVerifier.verify(room.finish())
        #expect(summary.rounds == 2 && summary.moves == 10)
    }

    @Test func backInTheLobbyThereIsNoState() throws {
        var room = try self.room()
        room.leave(1)
        room.returnToLobby()
        #expect(try self.fault(room.finish()) == nil)
    }

    @Test func whoLeavesLosesOnceMore() throws {
        var room = try self.room()
        room.leave(0)
        #expect(try self.fault(room.finish()) == nil)
    }

    @Test func aRoundThatTheHostStopsHasNoOutcomeOfTheRules() throws {
        var room = try self.room()
        room.end(Outcome(winner: nil, reason: .stopped))
        #expect(try self.fault(room.finish()) == nil)
    }

    @Test func ofARelayingRoomNumbersAndBytesAreProven() throws {
        var room = RecordedRoom("relay", isAuthoritative: false)
        room.join(0)
        room.log(EventKind(rawValue: 99), 0, .binary(ByteBuffer(bytes: [0xff, 0])), number: 1)
        try room.flush()
        room.log(.chat, 0, .json(["text": "hello"]))
        #expect(try RecordingVerifier.verify(room.finish()).events == 3)
    }

    @Test func aGapIsFound() throws {
        var room = RecordedRoom("relay", isAuthoritative: false)
        room.join(0)
        try room.flush()
        room.skipNumber()
        room.log(.chat, 0)
        #expect(try self.fault(room.finish()) == .gap(expected: 2, found: 3))
    }

    @Test func aMoveThatTheRulesRefuseIsFound() throws {
        var room = try self.room()
        room.log(TicTacToe.place, 1, .json(["c": 0]), number: 1)
        #expect(try self.fault(room.finish()) == .refused(.illegal))
    }

    @Test func aMoveWithoutARoundIsFound() throws {
        var room = RecordedRoom("tictactoe")
        room.log(TicTacToe.place, 0, .json(["c": 0]), number: 1)
        #expect(try self.fault(room.finish()) == .noRound)
    }

    @Test func anotherHashIsFound() throws {
        var room = try self.room()
        room.logHash(1)
        #expect(try self.fault(room.finish()) == .hash(written: 1, found: room.rules?.stateHash))
        var footer = try self.room()
        #expect(try self.fault(footer.finish(hash: 2)) == .hash(written: 2, found: footer.rules?.stateHash))
    }

    @Test func anotherOutcomeIsFound() throws {
        var room = try self.room()
        room.end(Outcome(winner: 0))
        #expect(try self.fault(room.finish()) == .outcome)
    }

    @Test func otherScoresAreFound() throws {
        var room = try self.room()
        room.log(.leave, 0)
        room.end(Outcome(winner: 1, scores: [(0, 0), (1, 2)], reason: .abandoned))
        #expect(try self.fault(room.finish()) == .outcome)
    }

    @Test func whoComesBackWithoutHavingBeenAwayChangesNothing() throws {
        var room = RecordedRoom("arena", hz: 20)
        room.begin(Arena.self, seats: [0, 1])
        try room.step([Input(0, .input(.left))])
        room.log(.back, 0)
        try room.step([])
        #expect(try self.fault(room.finish()) == nil)
    }

    @Test func whoLeavesAfterTheLastStepLeavesAfterIt() throws {
        var room = RecordedRoom("arena", hz: 20)
        room.begin(Arena.self, seats: [0, 1, 2])
        try room.step([Input(0, .input(.left))])
        try room.step([Input(0, .input(.left))])
        room.leave(1)
        room.passTime()
        #expect(try self.fault(room.finish()) == nil)
    }

    @Test func aRoomThatClosesWithItsLastStepIsProven() throws {
        var room = RecordedRoom("arena", hz: 20)
        room.begin(Arena.self, seats: [0, 1])
        try room.step([Input(0, .input(.left))])
        room.log(.state, .server, .json(["from": "live", "to": "closed"]))
        #expect(try self.fault(room.finish()) == nil)
    }

    @Test func anEffectThatTheRulesDoNotHaveIsFound() throws {
        var room = RecordedRoom("arena", hz: 20)
        room.begin(Arena.self, seats: [0, 1])
        try room.step([])
        room.log(Arena.coin, 0, .json(["id": 3]))
        #expect(try self.fault(room.finish()) == .refused(.illegal))
    }

    @Test func aFooterThatCountsOtherwiseIsFound() throws {
        var room = try self.room()
        #expect(try self.fault(room.finish(lastNumber: 9)) == .footerNumbers)
    }

    @Test(arguments: [
        #"{"to":"live"}"#, #"{"to":"live","round":0,"seed":"7"}"#, #"{"to":"live","round":0,"seed":7,"seats":[0,1]}"#,
        #"{"to":"live","round":-1,"seed":"7","seats":[0,1]}"#, #"{"to":"live","round":0,"seed":"7","seats":[1,0]}"#,
        #"{"to":"live","round":0,"seed":"7","seats":[0]}"#, #"{"to":"live","round":0,"seed":"7","seats":[0,1,2]}"#,
        #"{"to":"live","round":0,"seed":"18446744073709551616","seats":[0,1]}"#,
        #"{"to":"live","round":0,"seed":"7","seats":[0,256]}"#,
    ])
    func aRoundThatDoesNotSayWhatItBeginsWithIsFound(_ text: String) throws {
        var room = RecordedRoom("tictactoe")
        room.log(.state, .server, .json(try JSON(validating: ByteBuffer(string: text))))
        #expect(try self.fault(room.finish()) == .badRound)
    }

    @Test func rulesThatAreNotHereCannotProve() throws {
        var room = RecordedRoom("chess")
        #expect(try self.fault(room.finish()) == .unknownGame("chess"))
    }
}
