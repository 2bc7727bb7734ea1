import Game
import NIOCore
import SocketIO
import Testing

/// What a room tells is a recording that holds true: played again, it comes to the hashes of the live room (I10).
struct RoomRecordingTests {
    /// A fixture of a room, and the recording of all that it has told.
    private struct Recorded {
        var fixture: RoomFixture
        var recording = ByteBuffer()
        private var writer: RecordingWriter
        private var frames = 0
        private var inputs = 0

        init(_ game: String) throws {
            let definition = try #require(Games.named(game))
            self.fixture = try RoomFixture(definition, #"{"options":{"record":true}}"#)
            let header = RecordingHeader(
                rid: "ROOM", game: game, isAuthoritative: true, hz: definition.description.hz, seed: 7, startTime: 0,
                build: "test")
            self.writer = RecordingWriter(header, to: &self.recording)
        }

        mutating func write() throws {
            let frames = self.fixture.frames.dropFirst(self.frames).map(\.whole)
            let inputs = Array(self.fixture.inputs.dropFirst(self.inputs))
            self.frames += frames.count
            self.inputs += inputs.count
            try self.writer.append(frames, inputs: inputs, to: &self.recording)
        }

        mutating func finish() throws -> ByteBuffer {
            try self.write()
            let last = self.fixture.events.last { $0.kind == .end || $0.isBeginning }
            let footer = RecordingFooter(
                lastNumber: self.fixture.events.last?.number ?? 0,
                lastTick: max(self.fixture.frames.last?.whole.tick ?? 0, self.fixture.inputs.last?.tick ?? 0),
                stateHash: self.fixture.room.stateHash, outcome: last?.kind == .end ? last?.data.json : nil)
            self.writer.finish(footer, to: &self.recording)
            return self.recording
        }
    }

    @Test(arguments: 0..<12 as Range<UInt64>) func anArenaPlaysAgain(_ seed: UInt64) throws {
        var random = Randomness(seed: seed)
        var recorded = try Recorded("arena")
        for name in ["a", "b", "c"] { try recorded.fixture.join(name) }
        try recorded.fixture.ready(.a, .b, .c)
        recorded.fixture.passOnTime(3_000)
        try recorded.write()
        var numbers: [MemberID: UInt32] = [:]
        var late = ["d", "e", "f", "g"]
        for _ in 0..<600 {
            for member in [MemberID.a, .b, .c, .d] where random.chance(60) {
                let number = numbers[member, default: 0] + 1
                let move = random.chance(50) ? Move.byte(Arena.input, random.bits() & 31) : .input([.left, .dash])
                if (try? recorded.fixture.move(number, move, by: member)) != nil { numbers[member] = number }
            }
            if random.chance(2), let name = late.popLast() { try recorded.fixture.join(name) }
            if random.chance(2) {
                let member = random.element(of: [MemberID.a, .b, .c, .d]) ?? .a
                recorded.fixture.room.lost(member, at: recorded.fixture.now)
            }
            if random.chance(1) { try? recorded.fixture.room.leave(.c, at: recorded.fixture.now) }
            recorded.fixture.drain()
            // Now and then late, by several ticks.
            if random.chance(80) {
                recorded.fixture.passOnTime(10 + random.below(60))
            } else {
                recorded.fixture.pass(random.below(400))
            }
            try recorded.write()
        }
        if random.chance(50) {
            recorded.fixture.room.close(.draining, at: recorded.fixture.now)
            recorded.fixture.drain()
        }
        let summary = try RecordingVerifier.verify(recorded.finish())
        #expect(summary.steps > 100 && summary.hashes > 1, "seed \(seed)")
    }

    @Test(arguments: ["tictactoe", "connect4"], 0..<8 as Range<UInt64>)
    func boardGamesPlayAgain(_ game: String, _ seed: UInt64) throws {
        var random = Randomness(seed: seed)
        var recorded = try Recorded(game)
        for name in ["a", "b"] { try recorded.fixture.join(name) }
        var numbers: [MemberID: UInt32] = [:]
        for round in 0..<2 {
            try recorded.fixture.ready(.a, .b)
            recorded.fixture.passOnTime(3_000)
            for _ in 0..<200 {
                let member = random.chance(50) ? MemberID.a : .b
                let number = numbers[member, default: 0] + 1
                let data: JSON = ["c": JSON(random.below(10)), "col": JSON(random.below(8))]
                let kind = game == "tictactoe" ? TicTacToe.place : Connect4.drop
                if (try? recorded.fixture.move(number, Move(kind, .json(data)), by: member)) != nil {
                    numbers[member] = number
                }
                recorded.fixture.passOnTime(random.chance(5) ? 21_000 : 100)
            }
            if round == 0 { try? recorded.fixture.room.rematch(by: .a, at: recorded.fixture.now) }
            recorded.fixture.drain()
        }
        #expect(try RecordingVerifier.verify(recorded.finish()).rounds > 0, "seed \(seed)")
    }
}

extension LogEvent {
    /// Whether a round begins with it.
    fileprivate var isBeginning: Bool { self.kind == .state && self.data.json?["to"]?.string == "live" }
}
