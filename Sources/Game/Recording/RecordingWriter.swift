package import NIOCore
import SocketIO

/// Writes a recording piece by piece, each appended to a buffer of the caller's, who may write that to disk and empty it
/// at any time.
package struct RecordingWriter: Sendable {
    private var chain = FNV1a()

    package init(_ header: RecordingHeader, to buffer: inout ByteBuffer) {
        var line = header.json.bytes
        line.flattenLines()
        line.writeStaticString("\n")
        self.append(line, to: &buffer)
    }

    /// What a room has brought since the last time: the inputs of a tick go before the frame that tells of it.
    /// - Parameters:
    ///   - frames: whole, as nobody but a recording gets them.
    ///   - inputs: what each step of the rules consumed.
    package mutating func append(
        _ frames: [TickFrame], inputs: [TickFrame] = [], to buffer: inout ByteBuffer
    ) throws(FrameError) {
        var inputs = inputs[...]
        for frame in frames {
            while let next = inputs.first, next.tick <= frame.tick {
                try self.append(inputs: next, to: &buffer)
                inputs.removeFirst()
            }
            var bytes = ByteBuffer()
            try frame.write(to: &bytes, ref: 0, for: .recording)
            self.append(frame: bytes, to: &buffer)
        }
        for rest in inputs { try self.append(inputs: rest, to: &buffer) }
    }

    private mutating func append(inputs: TickFrame, to buffer: inout ByteBuffer) throws(FrameError) {
        var bytes = ByteBuffer()
        try inputs.writeInputs(to: &bytes, ref: 0)
        self.append(frame: bytes, to: &buffer)
    }

    /// - Parameter frame: the bytes of a TICK or INPUT frame, as they were sent; at most ``Recording/maximumFrame``.
    package mutating func append(frame: ByteBuffer, to buffer: inout ByteBuffer) {
        var length = ByteBuffer()
        length.writeField(UInt32(clamping: frame.readableBytes))
        self.append(length, to: &buffer)
        self.append(frame, to: &buffer)
    }

    /// Ends the recording.
    package mutating func finish(_ footer: RecordingFooter, to buffer: inout ByteBuffer) {
        var end = ByteBuffer()
        end.writeField(0 as UInt32)
        var text = footer.text
        text.flattenLines()
        end.writeBuffer(&text)
        end.writeString(RecordingFooter.beforeChain)
        self.append(end, to: &buffer)
        buffer.writeString(self.chain.value.hexDigits + RecordingFooter.afterChain)
    }

    private mutating func append(_ bytes: ByteBuffer, to buffer: inout ByteBuffer) {
        self.chain.combine(bytes)
        buffer.writeImmutableBuffer(bytes)
    }
}

extension ByteBuffer {
    /// Puts JSON on one line: a line's end in it can only be white space between its tokens.
    fileprivate mutating func flattenLines() {
        self.withUnsafeMutableReadableBytes { bytes in
            for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") { bytes[index] = UInt8(ascii: " ") }
        }
    }
}
