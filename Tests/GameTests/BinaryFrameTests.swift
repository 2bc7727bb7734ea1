import Game
import NIOCore
import SocketIO
import Testing

struct BinaryFrameTests {
    private static let tick = TickFrame(
        tick: 0x0102_0304, time: 9, firstNumber: 17,
        events: [
            LogEvent(number: 17, kind: .chat, seat: 2, data: .json(["text": "hi"])),
            LogEvent(
                number: 18, kind: EventKind(rawValue: 33), seat: 1, moveNumber: 0x1_0005,
                data: .binary(ByteBuffer(bytes: [3])), recipients: [1, 4]),
        ])
    private static let inputs = TickFrame(
        tick: 5, time: 6, firstNumber: 0,
        events: [LogEvent(number: 0, kind: Arena.input, seat: 3, moveNumber: 8, data: .binary(ByteBuffer(bytes: [31])))]
    )
    private static let moves = MoveFrame([
        NumberedMove(1, .byte(Connect4.drop, 3)),
        NumberedMove(
            0x0a0b_0c0d, .byte(Connect4.drop, 4),
            options: MoveOptions(recipients: [7, 9], cache: .room, version: 2, shownTick: 3)),
    ])
    private static let state = StateFrame(
        tick: 8, time: 400, base: 7, progress: [.init(seat: 1, moveNumber: 12, wait: 35)],
        payload: .binary(ByteBuffer(bytes: [1, 2])))

    private static let frames = [
        BinaryFrame(ref: 1, .tick(tick)), BinaryFrame(ref: 2, .moves(moves)), BinaryFrame(ref: 0xffee, .state(state)),
        BinaryFrame(ref: 4, .inputs(inputs)),
    ]

    private static func bytes(_ frame: BinaryFrame, for viewer: Viewer = .recording) throws -> [UInt8] {
        var buffer = ByteBuffer()
        try frame.write(to: &buffer, for: viewer)
        return Array(buffer.readableBytesView)
    }

    private static func decode(_ bytes: [UInt8]) throws(FrameError) -> BinaryFrame {
        try BinaryFrame(decoding: ByteBuffer(bytes: bytes))
    }

    @Test func aTickIsTheContractsBytes() throws {
        let expected: [UInt8] =
            [0xb1, 1, 1, 0, 4, 3, 2, 1, 9, 0, 0, 0, 17, 0, 0, 0, 2, 0]
            + [8, 2, 0, 0, 13, 0] + Array(#"{"text":"hi"}"#.utf8) + [33, 1, 5, 0, 1, 0, 3]
        #expect(try Self.bytes(Self.frames[0]) == expected)
    }

    @Test func movesAreTheContractsBytes() throws {
        let expected: [UInt8] =
            [0xb1, 2, 2, 0, 2, 0] + [1, 0, 0, 0, 33, 0, 1, 0, 3]
            + [0x0d, 0x0c, 0x0b, 0x0a, 33, 1 + 4 + 8 + 16, 2, 7, 9, 2, 0, 0, 0, 3, 0, 0, 0, 1, 0, 4]
        #expect(try Self.bytes(Self.frames[1]) == expected)
    }

    @Test func aStateIsTheContractsBytes() throws {
        let expected: [UInt8] =
            [0xb1, 3, 0xee, 0xff, 8, 0, 0, 0, 0x90, 1, 0, 0, 7, 0, 0, 0, 1] + [1, 12, 0, 0, 0, 35, 0] + [1, 2]
        #expect(try Self.bytes(Self.frames[2]) == expected)
    }

    @Test func inputsAreATickWithoutNumbers() throws {
        let expected: [UInt8] = [0xb1, 4, 4, 0, 5, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1, 0, 34, 3, 8, 0, 1, 0, 31]
        #expect(try Self.bytes(Self.frames[3]) == expected)
    }

    @Test func framesReadBackFromWhatTheyWrite() throws {
        for frame in Self.frames.dropFirst() { #expect(try Self.decode(Self.bytes(frame)) == frame) }
        guard case .tick(let frame) = try Self.decode(Self.bytes(Self.frames[0])).content else {
            return #expect(Bool(false), "a tick is read as one")
        }
        #expect(frame.events.map(\.number) == [17, 18])
        #expect(frame.events[0] == Self.tick.events[0])
        #expect(frame.events[1].moveNumber == 5, "of a move's number the low half travels")
    }

    @Test(arguments: [
        (Viewer.seat(1), true), (.seat(4), true), (.seat(2), false), (.spectator, false), (.recording, true),
    ])
    func aTargetedEventIsAHoleForOthers(_ viewer: Viewer, _ isSeen: Bool) throws {
        let bytes = try Self.bytes(Self.frames[0], for: viewer)
        guard case .tick(let frame) = try Self.decode(bytes).content else { return #expect(Bool(false)) }
        #expect(frame.events.count == 2, "the numbering has no gap")
        let targeted = try #require(frame.events.last)
        #expect(targeted.kind == (isSeen ? EventKind(rawValue: 33) : .hole))
        #expect(targeted.data.byteCount == (isSeen ? 1 : 0))
        #expect(targeted.seat == 1 && targeted.moveNumber == 5)
    }

    @Test(arguments: frames.indices) func everyTruncationIsAnError(_ index: Int) throws {
        let bytes = try Self.bytes(Self.frames[index])
        // A state's payload is whatever is left, so only what stands before it can be missing.
        let end = index == 2 ? bytes.count - 2 : bytes.count
        for length in 0..<end { #expect(throws: FrameError.truncated) { try Self.decode(Array(bytes.prefix(length))) } }
    }

    @Test(arguments: [0, 1, 3]) func bytesBehindAFrameAreAnError(_ index: Int) throws {
        let bytes = try Self.bytes(Self.frames[index]) + [0]
        #expect(throws: FrameError.trailingBytes) { try Self.decode(bytes) }
    }

    @Test(arguments: [
        (at: 0, [0xb2], FrameError.notAFrame), (1, [5], .unknownType(5)), (1, [0], .unknownType(0)),
        (12, [0, 0, 0, 0], .badNumbering), (12, [0xff, 0xff, 0xff, 0xff], .badNumbering),
        (16, [0xff, 0xff], .truncated),
        (18, [0], .holeWithData), (24, [0x7d], .notJSON(.chat)), (22, [0xff, 0xff], .truncated),
    ])
    func damageToATickIsAnError(at place: Int, _ damage: [UInt8], _ error: FrameError) throws {
        var bytes = try Self.bytes(Self.frames[0])
        bytes.replaceSubrange(place..<(place + damage.count), with: damage)
        #expect(throws: error) { try Self.decode(bytes) }
    }

    @Test(arguments: [
        (at: 4, [0, 0], FrameError.badMoveCount(0)), (4, [17, 0], .badMoveCount(17)), (11, [32], .badFlags(32)),
        (11, [6], .badFlags(6)), (11, [8], .truncated),
    ])
    func damageToMovesIsAnError(at place: Int, _ damage: [UInt8], _ error: FrameError) throws {
        var bytes = try Self.bytes(Self.frames[1])
        bytes.replaceSubrange(place..<(place + damage.count), with: damage)
        #expect(throws: error) { try Self.decode(bytes) }
    }

    @Test func whatFitsNoFieldIsNotWritten() {
        let huge = Payload.binary(ByteBuffer(repeating: 0, count: 65_536))
        let event = LogEvent(number: 1, kind: .firstOfGame, seat: 0, data: huge)
        let short = LogEvent(number: 1, kind: .firstOfGame, seat: 0, data: .json([]))
        let progress = (0..<256).map { _ in StateFrame.Progress(seat: 0, moveNumber: 0, wait: 0) }
        let frames: [(BinaryFrame.Content, FrameError)] = [
            (.tick(TickFrame(tick: 1, time: 1, firstNumber: 1, events: [short, event])), .tooLong),
            (
                .tick(TickFrame(tick: 1, time: 1, firstNumber: 1, events: Array(repeating: short, count: 65_536))),
                .tooLong
            ),
            (.tick(TickFrame(tick: 1, time: 1, firstNumber: 0, events: [])), .badNumbering),
            (.inputs(TickFrame(tick: 1, time: 1, firstNumber: 1, events: [])), .badNumbering),
            (.moves(MoveFrame([])), .badMoveCount(0)),
            (.moves(MoveFrame([NumberedMove(1, Move(.firstOfGame, huge))])), .tooLong),
            (.state(StateFrame(tick: 1, time: 1, base: 0, progress: progress, payload: huge)), .tooLong),
        ]
        for (content, error) in frames {
            var buffer = ByteBuffer()
            #expect(throws: error) { try BinaryFrame(ref: 0, content).write(to: &buffer) }
            #expect(buffer.readableBytes == 0)
        }
    }

    @Test func garbageIsNeverMoreThanAnError() {
        var random = Randomness(seed: 4)
        var read = 0
        for _ in 0..<20_000 {
            var bytes: [UInt8] = [0xb1, UInt8(1 + random.below(4)), 0, 0]
            bytes += random.bytes(atMost: 40).readableBytesView
            // Small counts, or nothing would come through.
            if bytes.count > 17 { bytes[16] = UInt8(random.below(3)); bytes[17] = 0 }
            guard let frame = try? Self.decode(bytes) else { continue }
            read += 1
            #expect((try? Self.decode(Self.bytes(frame))) == frame)
        }
        #expect(read > 50)
    }
}
