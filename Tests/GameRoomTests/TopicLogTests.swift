import Game
import SocketIO
import Testing

@testable import GameRoom

/// A log that comes on several topics, put in its order.
@Suite struct TopicLogTests {
    private var log = TopicLog()

    private func frame(_ numbers: ClosedRange<UInt32>) -> TickFrame {
        TickFrame(
            tick: 1, time: 0, firstNumber: numbers.lowerBound,
            events: numbers.map { LogEvent(number: $0, kind: .firstOfGame, seat: 0, data: .json(.null)) })
    }

    private func numbers(_ frames: [TickFrame]) -> [UInt32] { frames.flatMap { $0.events.map(\.number) } }

    @Test mutating func whatComesBeforeTheAnswerWaitsForIt() {
        #expect(self.log.heard(self.frame(3...4)).isEmpty)
        #expect(self.log.heard(self.frame(5...6)).isEmpty)
        #expect(self.numbers(self.log.admitted(through: 3)) == [4, 5, 6])
        #expect(self.numbers(self.log.heard(self.frame(7...7))) == [7])
    }

    @Test mutating func whatTheAnswerHasToldIsLeftOut() {
        #expect(self.log.admitted(through: 5).isEmpty)
        #expect(self.log.heard(self.frame(4...5)).isEmpty)
        #expect(self.numbers(self.log.heard(self.frame(6...6))) == [6])
    }

    @Test mutating func theTopicWaitsForTheReplayAndGoesOnWhereItEnds() {
        #expect(self.log.heard(self.frame(7...8)).isEmpty)
        #expect(self.log.admitted(through: 2).isEmpty)
        #expect(self.log.isHolding)
        #expect(self.numbers(self.log.replayed(self.frame(3...5))) == [3, 4, 5])
        #expect(self.log.heard(self.frame(9...9)).isEmpty)
        #expect(self.numbers(self.log.replayed(self.frame(6...7))) == [6, 7, 8, 9])
        #expect(!self.log.isHolding)
    }

    @Test mutating func framesThatAreWhollyKnownLeaveTheNextOneToBeWaitedFor() {
        #expect(self.log.heard(self.frame(3...4)).isEmpty)
        #expect(self.log.heard(self.frame(6...6)).isEmpty)
        #expect(self.log.admitted(through: 4).isEmpty)
        #expect(self.log.isHolding)
        #expect(self.numbers(self.log.replayed(self.frame(5...5))) == [5, 6])
    }

    @Test mutating func whatTheTopicSaysTwiceOrLeavesOutIsPassedOn() {
        #expect(self.log.admitted(through: 2).isEmpty)
        #expect(self.numbers(self.log.heard(self.frame(3...3))) == [3])
        #expect(self.numbers(self.log.heard(self.frame(3...3))) == [3])
        #expect(self.numbers(self.log.heard(self.frame(9...9))) == [9])
        #expect(self.log.replayed(self.frame(3...9)).isEmpty)
    }

    @Test mutating func aReplayThatDoesNotComeLeavesAGap() {
        #expect(self.log.admitted(through: 2).isEmpty)
        #expect(self.log.heard(self.frame(5...5)).isEmpty)
        #expect(self.numbers(self.log.giveUp()) == [5])
        #expect(self.numbers(self.log.heard(self.frame(6...6))) == [6])
    }

    @Test mutating func noMoreThanSoMuchWaits() {
        #expect(self.log.admitted(through: 2).isEmpty)
        for number in 0..<UInt32(TopicLog.capacity) {
            #expect(self.log.heard(self.frame((number + 5)...(number + 5))).isEmpty)
        }
        #expect(self.log.heard(self.frame(5_000...5_000)).count == TopicLog.capacity + 1)
    }
}

/// Moves that nobody acknowledges, and the refusals that name a number only.
@Suite struct MovesUnderWayTests {
    private var moves = MovesUnderWay<String>()

    private mutating func refuse(_ number: UInt32) -> String {
        switch self.moves.refused(number) {
        case .make: "made"
        case .again: "again"
        case .provoke(let answer): answer
        case nil: "unknown"
        }
    }

    @Test mutating func aRefusalIsOfWhatWentOutFirst() {
        self.moves.sent(1, to: .provoke("cheat"))
        self.moves.sent(1, to: .make)
        self.moves.sent(1, to: .again)
        #expect(self.refuse(1) == "cheat")
        #expect(self.refuse(1) == "made")
        #expect(self.refuse(1) == "again")
        #expect(self.refuse(1) == "unknown")
    }

    @Test mutating func whatTheLogHasIsNotRefusedAnyMore() {
        self.moves.sent(1, to: .make)
        self.moves.sent(2, to: .provoke("cheat"))
        self.moves.sent(2, to: .make)
        self.moves.logged(2)
        #expect(self.refuse(1) == "unknown")
        #expect(self.refuse(2) == "cheat")
        #expect(self.refuse(2) == "unknown")
    }

    @Test mutating func whatIsOverIsTakenOutOnce() {
        let id = self.moves.sent(4, to: .provoke("cheat"))
        guard case .provoke("cheat")? = self.moves.expired(id) else {
            Issue.record("it was under way")
            return
        }
        #expect(self.moves.expired(id) == nil)
        #expect(self.refuse(4) == "unknown")
    }

    @Test mutating func noMoreThanSoManyAreRemembered() {
        for number in 1...UInt32(MovesUnderWay<String>.capacity) { self.moves.sent(number, to: .make) }
        self.moves.sent(1_000, to: .again)
        #expect(self.refuse(1) == "unknown")
        #expect(self.refuse(1_000) == "again")
    }
}
