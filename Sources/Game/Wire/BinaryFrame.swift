package import NIOCore

/// What members with `enc: "bin"` send and get in the one attachment of `tick`, `state` and `move`; recordings hold the
/// same bytes. Little-endian; JSON travels as its text.
///
/// ```
/// common   u8 0xB1 · u8 type · u16 ref
/// TICK  1  u32 tick · u32 t · u32 q0 · u16 count · count × (u8 kind · u8 seat · u16 n_low · u16 len · len bytes)
/// MOVE  2  u16 count · count × move, see MoveFrame
/// STATE 3  u32 tick · u32 t · u32 base · u8 acks · acks × (u8 seat · u32 n · u16 wait) · the payload
/// INPUT 4  as TICK with q0 = 0; in recordings only
/// ```
/// Of a move's number a TICK has the low 16 bits: the receiver knows how far each seat is. Reading gives just those, and
/// the data of the game's events as bytes, whatever they were.
package struct BinaryFrame: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        case tick(TickFrame)
        case moves(MoveFrame)
        case state(StateFrame)
        /// The inputs that a tick has consumed, by ascending seat, numbered 0.
        case inputs(TickFrame)
    }

    package static let magic: UInt8 = 0xb1

    /// The room's number on the connection.
    package let ref: UInt16
    package let content: Content

    package init(ref: UInt16, _ content: Content) {
        self.ref = ref
        self.content = content
    }

    package init(decoding bytes: ByteBuffer) throws(FrameError) {
        var bytes = bytes
        guard try bytes.readField(as: UInt8.self) == Self.magic else { throw .notAFrame }
        let type = try bytes.readField(as: UInt8.self)
        self.ref = try bytes.readField()
        switch FrameType(rawValue: type) {
        case .tick: self.content = .tick(try TickFrame(reading: &bytes, numbered: true))
        case .moves: self.content = .moves(try MoveFrame(reading: &bytes))
        case .state: self.content = .state(try StateFrame(reading: &bytes))
        case .inputs: self.content = .inputs(try TickFrame(reading: &bytes, numbered: false))
        case nil: throw .unknownType(type)
        }
        guard bytes.readableBytes == 0 else { throw .trailingBytes }
    }

    /// Appends the frame; where it cannot be written, nothing is appended.
    package func write(to buffer: inout ByteBuffer, for viewer: Viewer = .recording) throws(FrameError) {
        switch self.content {
        case .tick(let frame): try frame.write(to: &buffer, ref: self.ref, for: viewer)
        case .moves(let frame): try frame.write(to: &buffer, ref: self.ref)
        case .state(let frame): try frame.write(to: &buffer, ref: self.ref)
        case .inputs(let frame): try frame.writeInputs(to: &buffer, ref: self.ref)
        }
    }
}

enum FrameType: UInt8 {
    case tick = 1
    case moves = 2
    case state = 3
    case inputs = 4
}
