import Game
import NIOCore
import SocketIO
import Testing

@testable import GameRoom

@Suite struct ExpectationTests {
    private var expectations = MoveExpectations(isLogged: true)

    private mutating func send(_ number: UInt32, _ data: JSON = ["c": 4]) {
        self.expectations.sent(NumberedMove(number, Move(.firstOfGame, .json(data))))
    }

    @Test mutating func aMoveThatIsAnsweredAndLoggedIsDone() {
        self.send(1)
        #expect(self.expectations.next == 2)
        #expect(self.expectations.acknowledged(1, event: 5) == nil)
        #expect(self.expectations.logged(.move(5, 0, n: 1, ["c": 4])) == nil)
        #expect(self.expectations.pending.isEmpty)
    }

    @Test mutating func theLogMayBeFasterThanTheAnswer() {
        self.send(1)
        #expect(self.expectations.logged(.move(5, 0, n: 1, ["c": 4])) == nil)
        #expect(self.expectations.acknowledged(1, event: 5) == nil)
        #expect(self.expectations.pending.isEmpty)
    }

    @Test mutating func anAnswerWithAnotherNumberIsFound() {
        self.send(1)
        #expect(self.expectations.acknowledged(1, event: 5) == nil)
        #expect(self.expectations.logged(.move(6, 0, n: 1, ["c": 4]))?.invariant == .acknowledgedIsLogged)
    }

    @Test mutating func aMoveThatWasChangedOnTheWayIsFound() {
        self.send(1)
        #expect(self.expectations.logged(.move(5, 0, n: 1, ["c": 5]))?.invariant == .acknowledgedIsLogged)
    }

    @Test mutating func aRefusedMoveThatIsInTheLogIsFound() {
        self.send(1)
        #expect(self.expectations.logged(.move(5, 0, n: 1, ["c": 4])) == nil)
        #expect(self.expectations.refused(1, code: "ILLEGAL")?.invariant == .refusal)
    }

    @Test mutating func aMoveThatWasRefusedFirstAndIsInTheLogAfterIsFound() {
        self.send(1)
        #expect(self.expectations.refused(1, code: "ILLEGAL") == nil)
        #expect(self.expectations.logged(.move(5, 0, n: 1, ["c": 4]))?.invariant == .refusal)
    }

    @Test mutating func aMoveThatNobodySentIsFound() {
        self.send(1)
        #expect(self.expectations.logged(.move(5, 0, n: 6, ["c": 0]))?.invariant == .refusal)
    }

    @Test mutating func aRefusedNumberIsFreeAgain() {
        self.send(1)
        #expect(self.expectations.refused(1, code: "NOT_YOUR_TURN") == nil)
        #expect(self.expectations.next == 1)
        #expect(self.expectations.pending.isEmpty)
    }

    @Test mutating func whatIsNotAnsweredIsToBeSentAgain() {
        for number: UInt32 in 1...3 { self.send(number, ["c": JSON(number)]) }
        #expect(self.expectations.acknowledged(1, event: 5) == nil)
        #expect(self.expectations.unanswered.map(\.number) == [2, 3])
        self.expectations.taken(through: 2)
        #expect(self.expectations.unanswered.map(\.number) == [3])
        // What a resume says to have been taken must still be in the log as it was sent.
        #expect(self.expectations.logged(.move(6, 0, n: 2, ["c": 9]))?.invariant == .acknowledgedIsLogged)
    }

    @Test func inputsAreDoneWhenAStateHasThem() {
        var inputs = MoveExpectations(isLogged: false)
        for number: UInt32 in 1...3 {
            inputs.sent(NumberedMove(number, Move(Arena.input, .json(["bits": 1]))))
        }
        inputs.taken(through: 2)
        #expect(inputs.pending.map(\.move.number) == [3])
    }

    @Test mutating func onlyTheLatestAreFollowed() {
        for number: UInt32 in 1...300 { self.send(number) }
        #expect(self.expectations.pending.count == MoveExpectations.capacity)
        #expect(self.expectations.next == 301)
    }
}
