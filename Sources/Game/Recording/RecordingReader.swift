package import NIOCore
import SocketIO

/// Reads a whole recording, frame by frame, and bears no damage: of every changed, missing or added byte something is
/// said, at the latest when the last frame has been read.
package struct RecordingReader: Sendable {
    package let header: RecordingHeader
    /// There once ``next()`` has returned nil.
    package private(set) var footer: RecordingFooter?

    private let recording: ByteBuffer
    private var rest: ByteBuffer

    package init(_ recording: ByteBuffer) throws(RecordingError) {
        self.recording = recording
        self.rest = recording
        let start = recording.readableBytesView.prefix(Recording.maximumLine)
        guard let end = start.firstIndex(of: UInt8(ascii: "\n")),
            let line = self.rest.readSlice(length: end - start.startIndex),
            let json = try? JSON(validating: line), let header = RecordingHeader(json)
        else { throw RecordingError(.header, at: 0) }
        self.header = header
        self.rest.moveReaderIndex(forwardBy: 1)
    }

    /// Where the next frame begins, counted from the recording's beginning.
    package var offset: Int { self.recording.readableBytes - self.rest.readableBytes }

    /// The next TICK or INPUT frame; nil behind the last, when the footer and the chain have been found right.
    package mutating func next() throws(RecordingError) -> BinaryFrame? {
        guard self.footer == nil else { return nil }
        let offset = self.offset
        guard let length = self.rest.readInteger(endianness: .little, as: UInt32.self) else {
            throw RecordingError(.truncated, at: offset)
        }
        guard length > 0 else {
            self.footer = try self.readFooter()
            return nil
        }
        guard length <= Recording.maximumFrame else { throw RecordingError(.frameTooLong(length), at: offset) }
        guard let bytes = self.rest.readSlice(length: Int(length)) else { throw RecordingError(.truncated, at: offset) }
        return try Self.frame(bytes, at: offset)
    }

    private static func frame(_ bytes: ByteBuffer, at offset: Int) throws(RecordingError) -> BinaryFrame {
        let frame: BinaryFrame
        do throws(FrameError) { frame = try BinaryFrame(decoding: bytes) } catch {
            throw RecordingError(.frame(error), at: offset)
        }
        switch frame.content {
        case .tick, .inputs: return frame
        case .moves, .state: throw RecordingError(.foreignFrame, at: offset)
        }
    }

    private mutating func readFooter() throws(RecordingError) -> RecordingFooter {
        let offset = self.offset
        let line = self.rest.readSlice(length: self.rest.readableBytes) ?? ByteBuffer()
        guard line.readableBytes <= Recording.maximumLine, let json = try? JSON(validating: line),
            let footer = RecordingFooter(json)
        else { throw RecordingError(.footer, at: offset) }
        try self.checkChain(from: offset)
        return footer
    }

    /// The chain's digits are found by their place, the last of the recording, not by what the JSON says.
    private func checkChain(from footer: Int) throws(RecordingError) {
        let tail = 16 + RecordingFooter.afterChain.utf8.count
        var checked = self.recording
        guard let before = checked.readSlice(length: checked.readableBytes - tail), before.readableBytes > footer,
            let digits = checked.readString(length: 16), let written = UInt64(hexDigits: digits),
            checked.readableBytesView.elementsEqual(RecordingFooter.afterChain.utf8)
        else { throw RecordingError(.footer, at: footer) }
        guard
            before.readableBytesView.suffix(RecordingFooter.beforeChain.utf8.count)
                .elementsEqual(RecordingFooter.beforeChain.utf8)
        else { throw RecordingError(.footer, at: footer) }
        var chain = FNV1a()
        chain.combine(before)
        guard chain.value == written else {
            throw RecordingError(.chain(written: written, found: chain.value), at: footer)
        }
    }
}

/// Damage to a recording, and where.
package struct RecordingError: Error, Hashable, Sendable {
    package enum Damage: Hashable, Sendable {
        /// The first line is not a header of this version.
        case header
        /// It ends within a frame, or before its footer: the server may have been stopped.
        case truncated
        case frameTooLong(UInt32)
        case frame(FrameError)
        /// A frame that recordings do not hold.
        case foreignFrame
        /// What stands behind the last frame is not a footer, or not only.
        case footer
        /// Some byte has been changed.
        case chain(written: UInt64, found: UInt64)
    }

    package let damage: Damage
    /// Bytes from the beginning to the part that is damaged, or seems to be.
    package let offset: Int

    package init(_ damage: Damage, at offset: Int) {
        self.damage = damage
        self.offset = offset
    }
}
