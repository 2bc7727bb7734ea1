package import NIOCore

/// A batch of moves from a client with `enc: "bin"`.
///
/// ```
/// u16 count, then of each:
/// u32 n · u8 kind · u8 flags · [u8 m · m × u8 seat] · [u32 v] · [u32 at] · u16 len · len bytes
/// flags:  1 targeted (m seats follow)   2 cached   4 cached in the room   8 v follows   16 at follows
/// ```
package struct MoveFrame: Hashable, Sendable {
    /// Most moves of one batch.
    package static let maximumMoves = 16

    package var moves: [NumberedMove]

    package init(_ moves: [NumberedMove]) {
        self.moves = moves
    }

    package func write(to buffer: inout ByteBuffer, ref: UInt16) throws(FrameError) {
        guard (1...Self.maximumMoves).contains(self.moves.count) else { throw .badMoveCount(self.moves.count) }
        guard self.moves.allSatisfy(\.isWritable) else { throw .tooLong }
        buffer.writeFrameHeader(.moves, ref: ref)
        buffer.writeField(UInt16(clamping: self.moves.count))
        for move in self.moves { move.write(to: &buffer) }
    }

    init(reading bytes: inout ByteBuffer) throws(FrameError) {
        let count = Int(try bytes.readField(as: UInt16.self))
        guard (1...Self.maximumMoves).contains(count) else { throw .badMoveCount(count) }
        self.moves = []
        for _ in 0..<count { self.moves.append(try NumberedMove(reading: &bytes)) }
    }
}

/// Which of a move's optional fields are there.
private struct MoveFlags: OptionSet {
    let rawValue: UInt8

    static let targeted = MoveFlags(rawValue: 1)
    static let cached = MoveFlags(rawValue: 2)
    static let cachedInRoom = MoveFlags(rawValue: 4)
    static let version = MoveFlags(rawValue: 8)
    static let shownTick = MoveFlags(rawValue: 16)

    var areKnown: Bool { self.rawValue < 32 && !self.isSuperset(of: [.cached, .cachedInRoom]) }
}

extension NumberedMove {
    fileprivate var isWritable: Bool {
        self.move.data.byteCount <= UInt16.max && (self.options.recipients?.count ?? 0) <= UInt8.max
    }

    private var flags: MoveFlags {
        var flags: MoveFlags = []
        if self.options.recipients != nil { flags.insert(.targeted) }
        if self.options.cache == .whileSeated { flags.insert(.cached) }
        if self.options.cache == .room { flags.insert(.cachedInRoom) }
        if self.options.version != nil { flags.insert(.version) }
        if self.options.shownTick != nil { flags.insert(.shownTick) }
        return flags
    }

    fileprivate func write(to buffer: inout ByteBuffer) {
        buffer.writeField(self.number)
        buffer.writeField(self.move.kind.rawValue)
        buffer.writeField(self.flags.rawValue)
        if let recipients = self.options.recipients {
            buffer.writeField(UInt8(clamping: recipients.count))
            buffer.writeBytes(recipients.map(\.rawValue))
        }
        if let version = self.options.version { buffer.writeField(version) }
        if let shownTick = self.options.shownTick { buffer.writeField(shownTick) }
        buffer.writePayload(self.move.data.bytes)
    }

    fileprivate init(reading bytes: inout ByteBuffer) throws(FrameError) {
        let number = try bytes.readField(as: UInt32.self)
        let kind = EventKind(rawValue: try bytes.readField())
        let options = try MoveOptions(reading: &bytes, MoveFlags(rawValue: try bytes.readField()))
        self.init(number, Move(kind, .binary(try bytes.readPayload())), options: options)
    }
}

extension MoveOptions {
    fileprivate init(reading bytes: inout ByteBuffer, _ flags: MoveFlags) throws(FrameError) {
        guard flags.areKnown else { throw .badFlags(flags.rawValue) }
        self.init()
        if flags.contains(.targeted) {
            guard let seats = bytes.readBytes(length: Int(try bytes.readField(as: UInt8.self))) else {
                throw .truncated
            }
            self.recipients = seats.map(Seat.init(rawValue:))
        }
        if flags.contains(.cached) { self.cache = .whileSeated }
        if flags.contains(.cachedInRoom) { self.cache = .room }
        if flags.contains(.version) { self.version = try bytes.readField() }
        if flags.contains(.shownTick) { self.shownTick = try bytes.readField() }
    }
}
