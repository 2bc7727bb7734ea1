import Game
import NIOCore
import SocketIO
import Testing

struct RecordingTests {
    private func frames(_ recording: ByteBuffer) throws -> (RecordingReader, [BinaryFrame]) {
        var reader = try RecordingReader(recording)
        var frames: [BinaryFrame] = []
        while let frame = try reader.next() { frames.append(frame) }
        return (reader, frames)
    }

    @Test func whatWasWrittenIsRead() throws {
        let (reader, frames) = try self.frames(RecordedRoom.ticTacToe())
        #expect(reader.header.game == "tictactoe")
        #expect(reader.header.isAuthoritative && reader.header.hz == 0 && reader.header.seed == 7)
        #expect(reader.header.options == ["hz": 0])
        #expect(frames.count == 6)
        #expect(reader.footer?.lastNumber == 10)
        #expect(reader.footer?.outcome?["winner"]?.int == 0)
    }

    @Test func anEmptyRecordingIsOne() throws {
        var room = RecordedRoom("relay", isAuthoritative: false)
        let (reader, frames) = try self.frames(try room.finish())
        #expect(frames.isEmpty)
        #expect(reader.footer == RecordingFooter(lastNumber: 0, lastTick: 0))
    }

    @Test func aLineOfTheHeaderStaysOneLine() throws {
        let options = try JSON(validating: ByteBuffer(string: "{\"a\":\n1}"))
        var recording = ByteBuffer()
        let header = RecordingHeader(
            rid: "r\n1", game: "relay", isAuthoritative: false, hz: 10, seed: .max, options: options, startTime: 0,
            build: "")
        var writer = RecordingWriter(header, to: &recording)
        writer.finish(RecordingFooter(lastNumber: 0, lastTick: 0), to: &recording)
        let read = try RecordingReader(recording).header
        #expect(read.rid == "r\n1" && read.seed == .max && read.options["a"]?.int == 1)
    }

    @Test func everyFlippedByteIsFound() throws {
        let recording = try RecordedRoom.ticTacToe()
        #expect(throws: Never.self) { try RecordingVerifier.verify(recording) }
        for place in 0..<recording.readableBytes {
            for bits in [0x01, 0x20, 0x80] as [UInt8] {
                var damaged = recording
                let byte = try #require(damaged.getInteger(at: place, as: UInt8.self))
                damaged.setInteger(byte ^ bits, at: place)
                #expect(throws: RecordingFault.self, "byte \(place), bits \(bits)") {
                    try RecordingVerifier.verify(damaged)
                }
            }
        }
    }

    @Test func everyTruncationAndEveryByteTooManyIsFound() throws {
        let recording = try RecordedRoom.ticTacToe()
        for length in 0..<recording.readableBytes {
            let part = try #require(recording.getSlice(at: 0, length: length))
            #expect(throws: RecordingFault.self, "\(length) bytes") { try RecordingVerifier.verify(part) }
        }
        var longer = recording
        longer.writeStaticString("\n")
        #expect(throws: RecordingFault.self) { try RecordingVerifier.verify(longer) }
    }

    @Test func damageSaysWhereItIs() throws {
        let recording = try RecordedRoom.ticTacToe()
        let header = try RecordingReader(recording).offset
        var damaged = recording
        // The type of the first frame's, behind its length and magic.
        damaged.setInteger(9 as UInt8, at: header + 5)
        var reader = try RecordingReader(damaged)
        #expect(throws: RecordingError(.frame(.unknownType(9)), at: header)) { try reader.next() }
        damaged.setInteger(UInt32.max, at: header)
        reader = try RecordingReader(damaged)
        #expect(throws: RecordingError(.frameTooLong(.max), at: header)) { try reader.next() }
        let half = try #require(recording.getSlice(at: 0, length: header + 10))
        reader = try RecordingReader(half)
        #expect(throws: RecordingError(.truncated, at: header)) { try reader.next() }
    }

    @Test func framesThatNobodyRecordsAreRefused() throws {
        var recording = ByteBuffer()
        let header = RecordingHeader(
            rid: "r", game: "relay", isAuthoritative: false, hz: 0, seed: 0, startTime: 0, build: "")
        var writer = RecordingWriter(header, to: &recording)
        let offset = recording.readableBytes
        var frame = ByteBuffer()
        try BinaryFrame(ref: 0, .moves(MoveFrame([NumberedMove(1, .place(0))]))).write(to: &frame)
        writer.append(frame: frame, to: &recording)
        writer.finish(RecordingFooter(lastNumber: 0, lastTick: 0), to: &recording)
        var reader = try RecordingReader(recording)
        #expect(throws: RecordingError(.foreignFrame, at: offset)) { try reader.next() }
    }
}
