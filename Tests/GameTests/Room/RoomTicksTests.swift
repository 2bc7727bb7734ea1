import Game
import NIOCore
import SocketIO
import Testing

@Suite struct RoomTicksTests {
    @Test func eventsOfATickGoOutTogether() throws {
        var fixture = try RoomFixture(.relay, #"{"options":{"hz":10}}"#)
        try fixture.join("a")
        try fixture.join("b")
        fixture.passOnTime(100)
        let before = fixture.frames.count
        try fixture.move(1, .say(1), by: .a)
        try fixture.move(1, .say(2), by: .b)
        #expect(fixture.frames.count == before)
        fixture.passOnTime(1_000)
        #expect(fixture.frames.count == before + 1)
        #expect(fixture.frames.last?.whole.events.count == 2)
        #expect(fixture.frames.last?.whole.tick == 2)
        #expect(fixture.frames.last?.whole.time == 200)
        #expect(fixture.room.tick == 11)
    }

    @Test func roomThatHasNothingToTellAsksForNoTime() throws {
        var fixture = try RoomFixture(.relay, #"{"options":{"hz":10}}"#)
        try fixture.join("a")
        #expect(fixture.room.nextDeadline == .at(100))
        fixture.passOnTime(100)
        #expect(fixture.room.nextDeadline == nil)
    }

    /// A server brings a room up to a time, sends what that brought about, and has a command done at the same time: the
    /// answer to a leave goes out before what the leave causes, so that none of it may be for whoever leaves.
    @Test(arguments: 90...110) func whoLeavesIsToldNothingMore(milliseconds: Int) throws {
        var fixture = try RoomFixture(.relay, #"{"options":{"hz":10}}"#)
        try fixture.join("a")
        try fixture.join("b")
        try fixture.move(1, .say(1), by: .a)
        fixture.pass(milliseconds)
        try fixture.room.leave(.b, at: fixture.now)
        let output = fixture.room.takeOutput()
        #expect(!output.frames.flatMap(\.copies).contains { $0.members.contains(.b) })
        #expect(output.departures.map(\.member) == [.b])
    }

    @Test func whoComesInBetweenTicksIsToldOnlyWhatFollows() throws {
        var fixture = try RoomFixture(.relay, #"{"options":{"hz":10}}"#)
        try fixture.join("a")
        try fixture.move(1, .say(1), by: .a)
        let joined = try fixture.join("b")
        try fixture.move(2, .say(2), by: .a)
        fixture.pass(100)
        let copies = fixture.frames.last?.copies ?? []
        #expect(copies.first { $0.members == [.b] }?.frame.firstNumber == joined.number + 1)
        #expect(copies.first { $0.members == [.b] }?.frame.events.map(\.moveNumber) == [2])
    }

    @Test func oneInputASeatAndTickHoweverManyAreSent() throws {
        var fixture = try RoomFixture.live(.race)
        fixture.passOnTime(100)
        for number in 1...5 { #expect(try fixture.move(UInt32(number), Race.running(2), by: .a).event == nil) }
        fixture.passOnTime(100)
        let state = try #require(fixture.states.last).frame(as: .json)
        // Of five the three newest were kept.
        #expect(state.progress.first?.moveNumber == 3)
        #expect(state.progress.first?.wait == 100)
        #expect(state.payload == .json(["runners": [[0, 2]], "gone": []]))
        #expect(try fixture.move(5, Race.running(2), by: .a).isDuplicate)
        fixture.passOnTime(200)
        #expect(fixture.states.last?.frame(as: .json).progress.first?.moveNumber == 5)
        #expect(!fixture.events.contains { $0.kind == Race.run })
    }

    @Test func roundBeginsWithTheKnowledgeOfWhoIsAway() throws {
        var fixture = try RoomFixture(.race)
        try fixture.join("a")
        try fixture.join("b")
        try fixture.ready(.a, .b)
        fixture.room.lost(.b, at: fixture.now)
        fixture.pass(3_000)
        var expected = Race(seats: [.zero, .one], round: 0, seed: 7)
        #expect(fixture.room.stateHash != expected.stateHash)
        expected.setAway(true, .one)
        #expect(fixture.room.stateHash == expected.stateHash)
    }

    @Test func effectsOfATickAreInTheLog() throws {
        var fixture = try RoomFixture.live(.race)
        for number in 1...3 { try fixture.move(UInt32(number), Race.running(2), by: .a) }
        fixture.passOnTime(300)
        #expect(fixture.events.last?.kind == Race.passed)
        #expect(fixture.events.last?.data == .json(["at": 6]))
    }

    @Test func stateIsADifferenceAndEveryTwoSecondsAllOfIt() throws {
        var fixture = try RoomFixture.live(.race)
        fixture.passOnTime(4_500)
        #expect(fixture.states.map(\.tick) == Array(1...45))
        #expect(fixture.states.filter { $0.base == 0 }.map(\.tick) == [1, 21, 41])
        #expect(fixture.states.filter { $0.base != 0 }.allSatisfy { $0.base == $0.tick - 1 })
    }

    @Test func hashIsInTheLogEveryHundredTicksAndAtTheEnd() throws {
        var fixture = try RoomFixture.live(.race)
        fixture.passOnTime(20_000)
        let hashes = fixture.events.filter { $0.kind == .hash }
        #expect(hashes.compactMap { $0.data.json?["tick"]?.int } == [100, 120])
        #expect(hashes.allSatisfy { $0.data.json?["h"]?.string?.utf8.count == 16 })
        #expect(fixture.room.info.state == .ended)
        #expect(fixture.states.last?.base == 0)
        #expect(fixture.states.last?.tick == 120)
    }

    @Test func lateCallCatchesUpWithoutABurst() throws {
        var onTime = try RoomFixture.live(.race)
        var late = try RoomFixture.live(.race)
        for number in 1...3 {
            try onTime.move(UInt32(number), Race.running(2), by: .a)
            try late.move(UInt32(number), Race.running(2), by: .a)
        }
        let (frames, states) = (late.frames.count, late.states.count)
        onTime.passOnTime(730)
        late.pass(730)
        #expect(late.room.tick == 7)
        #expect(late.room.stateHash == onTime.room.stateHash)
        #expect(late.events == onTime.events)
        #expect(late.frames.count <= frames + 2)
        #expect(late.states.count == states + 1)
        #expect(late.room.nextDeadline == onTime.room.nextDeadline)
    }

    @Test func stallIsNotRacedThrough() throws {
        var fixture = try RoomFixture.live(.race)
        fixture.pass(60_000)
        #expect(fixture.room.tick == 10)
        #expect(fixture.room.info.state == .live)
        fixture.passOnTime(1_000)
        #expect(fixture.room.tick == 20)
    }

    @Test func ticksDoNotDrift() throws {
        var fixture = try RoomFixture.live(.race)
        for _ in 0..<40 {
            guard let next = fixture.room.nextDeadline else { return }
            // Each call three milliseconds late.
            fixture.room.advance(to: next + .milliseconds(3))
            fixture.drain()
        }
        #expect(fixture.room.nextDeadline == .at(3_000 + 41 * 100))
    }

    @Test func everyStepOfARecordedRoomIsTold() throws {
        var fixture = try RoomFixture.live(.race, #"{"options":{"record":true}}"#)
        try fixture.move(1, Race.running(1), by: .b)
        try fixture.move(1, Race.running(1), by: .a)
        fixture.pass(300)
        #expect(fixture.inputs.map(\.tick) == [1, 2, 3])
        #expect(fixture.inputs.map { $0.events.map(\.seat) } == [[.zero, .one], [], []])
        #expect(fixture.inputs.allSatisfy { $0.firstNumber == 0 })
    }
}
