/// Why bytes are no binary frame, or a frame cannot be written as one.
package enum FrameError: Error, Hashable, Sendable {
    case truncated
    case trailingBytes
    /// It does not begin with ``BinaryFrame/magic``.
    case notAFrame
    case unknownType(UInt8)
    /// Events are numbered from 1 and up to 2^32 - 1, inputs not at all.
    case badNumbering
    /// A hole tells nothing but who it came from.
    case holeWithData
    /// An event of the room's own, whose data is always JSON, has something else.
    case notJSON(EventKind)
    /// Flags of a move that mean nothing, or exclude each other.
    case badFlags(UInt8)
    /// More moves in a batch than ``MoveFrame/maximumMoves``, or none.
    case badMoveCount(Int)
    /// A list or a payload is longer than its length field can say.
    case tooLong
}
