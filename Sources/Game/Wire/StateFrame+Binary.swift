package import NIOCore

extension StateFrame {
    private static let progressSize = 7

    /// Appends the frame; nothing where more than 255 seats have made progress.
    package func write(to buffer: inout ByteBuffer, ref: UInt16) throws(FrameError) {
        guard let count = UInt8(exactly: self.progress.count) else { throw .tooLong }
        buffer.reserveCapacity(
            minimumWritableBytes: 17 + self.progress.count * Self.progressSize + self.payload.byteCount)
        buffer.writeFrameHeader(.state, ref: ref)
        for field in [self.tick, self.time, self.base] { buffer.writeField(field) }
        buffer.writeField(count)
        for progress in self.progress {
            buffer.writeField(progress.seat.rawValue)
            buffer.writeField(progress.moveNumber)
            buffer.writeField(progress.wait)
        }
        buffer.writeImmutableBuffer(self.payload.bytes)
    }

    init(reading bytes: inout ByteBuffer) throws(FrameError) {
        let tick = try bytes.readField(as: UInt32.self)
        let time = try bytes.readField(as: UInt32.self)
        let base = try bytes.readField(as: UInt32.self)
        let count = try bytes.readField(as: UInt8.self)
        var progress: [Progress] = []
        for _ in 0..<count {
            let seat = Seat(rawValue: try bytes.readField())
            progress.append(Progress(seat: seat, moveNumber: try bytes.readField(), wait: try bytes.readField()))
        }
        let payload = bytes.readSlice(length: bytes.readableBytes) ?? ByteBuffer()
        self.init(tick: tick, time: time, base: base, progress: progress, payload: .binary(payload))
    }
}
