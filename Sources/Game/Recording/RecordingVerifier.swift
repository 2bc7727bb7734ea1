package import NIOCore

/// Proves a recording: no byte has changed, no event is missing, and the rules, played again, come to the same states,
/// effects, hashes and outcomes. Of a room that only relayed, the bytes and the numbering.
package struct RecordingVerifier {
    /// What a recording that holds true has in it.
    package struct Summary: Hashable, Sendable {
        package var events: UInt32 = 0
        package var rounds = 0
        /// Moves made, or inputs consumed.
        package var moves = 0
        package var steps = 0
        /// Hashes compared, the footer's included.
        package var hashes = 0
    }

    private var reader: RecordingReader
    private var numbering = LogNumbering()
    private var replay: Replay?

    /// - Parameter games: among which the recording's is looked up.
    package static func verify(
        _ recording: ByteBuffer, games: [GameDefinition] = Games.all
    ) throws(RecordingFault) -> Summary {
        var verifier = try RecordingVerifier(recording, games)
        return try verifier.run()
    }

    private init(_ recording: ByteBuffer, _ games: [GameDefinition]) throws(RecordingFault) {
        do throws(RecordingError) { self.reader = try RecordingReader(recording) } catch {
            throw RecordingFault(.damaged(error.damage), at: error.offset)
        }
        guard self.reader.header.isAuthoritative else { return }
        let name = self.reader.header.game
        guard let game = games.first(where: { $0.description.name == name }), let begin = game.begin else {
            throw RecordingFault(.unknownGame(name), at: 0)
        }
        self.replay = Replay(game.description, begin)
    }

    private mutating func run() throws(RecordingFault) -> Summary {
        var offset = self.reader.offset
        while let frame = try self.nextFrame() {
            do throws(RecordingFault.Reason) { try self.receive(frame) } catch {
                throw RecordingFault(error, event: self.numbering.last, at: offset)
            }
            offset = self.reader.offset
        }
        do throws(RecordingFault.Reason) { try self.finish() } catch {
            throw RecordingFault(error, event: self.numbering.last, at: offset)
        }
        var summary = self.replay?.summary ?? Summary()
        summary.events = self.numbering.last
        return summary
    }

    private mutating func nextFrame() throws(RecordingFault) -> BinaryFrame? {
        do throws(RecordingError) { return try self.reader.next() } catch {
            throw RecordingFault(.damaged(error.damage), event: self.numbering.last, at: error.offset)
        }
    }

    private mutating func receive(_ frame: BinaryFrame) throws(RecordingFault.Reason) {
        switch frame.content {
        case .tick(let frame):
            try self.numbering.receive(frame)
            try self.replay?.beginTick(at: frame.time)
            for event in frame.events {
                self.numbering.last = event.number
                try self.replay?.play(event)
            }
            try self.replay?.endTick()
        case .inputs(let frame):
            try self.numbering.receive(inputs: frame)
            try self.replay?.play(inputs: frame)
        case .moves, .state:
            break
        }
    }

    private mutating func finish() throws(RecordingFault.Reason) {
        guard let footer = self.reader.footer else { return }
        guard footer.lastNumber == self.numbering.last, footer.lastTick >= self.numbering.tick else {
            throw .footerNumbers
        }
        try self.replay?.finish(footer)
    }
}

/// That the numbers of a log follow one another, and that time does not go back.
struct LogNumbering {
    /// The last event so far.
    var last: UInt32 = 0
    private(set) var tick: UInt32 = 0
    private var time: UInt32 = 0

    mutating func receive(_ frame: TickFrame) throws(RecordingFault.Reason) {
        guard frame.firstNumber == self.last &+ 1 else {
            throw .gap(expected: self.last &+ 1, found: frame.firstNumber)
        }
        try self.advance(frame)
    }

    mutating func receive(inputs frame: TickFrame) throws(RecordingFault.Reason) {
        try self.advance(frame)
    }

    private mutating func advance(_ frame: TickFrame) throws(RecordingFault.Reason) {
        guard frame.tick >= self.tick, frame.time >= self.time else { throw .timeGoesBack }
        self.tick = frame.tick
        self.time = frame.time
    }
}
