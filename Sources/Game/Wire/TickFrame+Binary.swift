package import NIOCore
import SocketIO

extension TickFrame {
    /// The bytes of an event around its data.
    private static let eventSize = 6

    /// Appends the frame as its viewer gets it.
    package func write(to buffer: inout ByteBuffer, ref: UInt16, for viewer: Viewer) throws(FrameError) {
        guard self.firstNumber > 0 else { throw .badNumbering }
        try self.write(to: &buffer, .tick, ref: ref, for: viewer)
    }

    /// Appends the frame as the INPUT of a recording; its `firstNumber` is 0.
    package func writeInputs(to buffer: inout ByteBuffer, ref: UInt16) throws(FrameError) {
        guard self.firstNumber == 0 else { throw .badNumbering }
        try self.write(to: &buffer, .inputs, ref: ref, for: .recording)
    }

    private func write(
        to buffer: inout ByteBuffer, _ type: FrameType, ref: UInt16, for viewer: Viewer
    ) throws(FrameError) {
        guard let count = UInt16(exactly: self.events.count) else { throw .tooLong }
        guard self.events.allSatisfy({ $0.data.byteCount <= UInt16.max }) else { throw .tooLong }
        buffer.reserveCapacity(minimumWritableBytes: self.events.reduce(18) { $0 + Self.eventSize + $1.data.byteCount })
        buffer.writeFrameHeader(type, ref: ref)
        for field in [self.tick, self.time, self.firstNumber] { buffer.writeField(field) }
        buffer.writeField(count)
        for event in self.events { event.write(to: &buffer, for: viewer) }
    }

    /// - Parameter numbered: whether the events have numbers: those of a TICK have, those of an INPUT have none.
    init(reading bytes: inout ByteBuffer, numbered: Bool) throws(FrameError) {
        let tick = try bytes.readField(as: UInt32.self)
        let time = try bytes.readField(as: UInt32.self)
        let first = try bytes.readField(as: UInt32.self)
        let count = Int(try bytes.readField(as: UInt16.self))
        guard (first > 0) == numbered, UInt32.max - first >= UInt32(clamping: count) else { throw .badNumbering }
        guard bytes.readableBytes >= count * Self.eventSize else { throw .truncated }
        var events: [LogEvent] = []
        events.reserveCapacity(count)
        for index in 0..<count {
            let number = numbered ? first + UInt32(clamping: index) : 0
            events.append(try LogEvent(reading: &bytes, number: number))
        }
        self.init(tick: tick, time: time, firstNumber: first, events: events)
    }
}

extension LogEvent {
    fileprivate func write(to buffer: inout ByteBuffer, for viewer: Viewer) {
        let isHole = self.kind == .hole || !viewer.sees(self)
        buffer.writeField(isHole ? EventKind.hole.rawValue : self.kind.rawValue)
        buffer.writeField(self.seat.rawValue)
        buffer.writeField(UInt16(truncatingIfNeeded: self.moveNumber))
        buffer.writePayload(isHole ? ByteBuffer() : self.data.bytes)
    }

    fileprivate init(reading bytes: inout ByteBuffer, number: UInt32) throws(FrameError) {
        let kind = EventKind(rawValue: try bytes.readField())
        let seat = Seat(rawValue: try bytes.readField())
        let moveNumber = UInt32(try bytes.readField(as: UInt16.self))
        let data = try Payload(reading: try bytes.readPayload(), of: kind)
        self.init(number: number, kind: kind, seat: seat, moveNumber: moveNumber, data: data)
    }
}

extension Payload {
    fileprivate init(reading bytes: ByteBuffer, of kind: EventKind) throws(FrameError) {
        if kind == .hole {
            guard bytes.readableBytes == 0 else { throw .holeWithData }
            self = .binary(bytes)
        } else if kind.isOfGame {
            self = .binary(bytes)
        } else {
            guard let json = try? JSON(validating: bytes) else { throw .notJSON(kind) }
            self = .json(json)
        }
    }
}
