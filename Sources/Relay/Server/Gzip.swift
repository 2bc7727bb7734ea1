import CZlib
import NIOCore

/// Compresses an answer (RFC 1952), whole or a piece at a time.
final class Gzip {
    /// How much time and memory it may take.
    enum Effort {
        /// For what is compressed once and served often: all that zlib can do, 256 KiB meanwhile.
        case file
        /// For what is made for one answer: about 10 ms a megabyte.
        case answer
        /// For an answer that goes on: 32 KiB as long as it does.
        case stream
    }

    /// Where it stays: zlib remembers the address.
    private let state: UnsafeMutablePointer<z_stream>

    private init?(_ effort: Effort) {
        self.state = .allocate(capacity: 1)
        self.state.initialize(to: z_stream())
        let status =
            switch effort {
            case .file: czlib_begin_gzip(self.state, 9, 15, 8)
            case .answer: czlib_begin_gzip(self.state, 1, 15, 8)
            case .stream: czlib_begin_gzip(self.state, 1, 12, 5)
            }
        guard status == Z_OK else { return nil }
    }

    deinit {
        // Does nothing where it was never begun.
        deflateEnd(self.state)
        self.state.deallocate()
    }

    /// A compressor for an answer that goes on; nil for want of memory.
    static func stream() -> Gzip? { Gzip(.stream) }

    /// The bytes compressed; nil for want of memory, or where it would save nothing.
    static func compress(_ bytes: ByteBuffer, _ effort: Effort) -> ByteBuffer? {
        guard let gzip = Gzip(effort), let compressed = gzip.compress(bytes, isLast: true),
            compressed.readableBytes < bytes.readableBytes
        else { return nil }
        return compressed
    }

    /// Compresses the next piece. What comes out may lag behind what went in until the last piece.
    ///
    /// - Returns: nil when zlib fails, which it has no reason to.
    func compress(_ piece: ByteBuffer, isLast: Bool) -> ByteBuffer? {
        var output = ByteBuffer()
        let flush = isLast ? Z_FINISH : Z_NO_FLUSH
        let isWhole = piece.withUnsafeReadableBytes { input in
            // zlib reads it, whatever the pointer's type says.
            self.state.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
            self.state.pointee.avail_in = uInt(clamping: input.count)
            var status = Z_OK
            repeat {
                let room = max(512, Int(self.state.pointee.avail_in) / 2)
                output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { space in
                    self.state.pointee.next_out = space.bindMemory(to: UInt8.self).baseAddress
                    self.state.pointee.avail_out = uInt(clamping: space.count)
                    status = deflate(self.state, flush)
                    return space.count - Int(self.state.pointee.avail_out)
                }
            } while status == Z_OK && (self.state.pointee.avail_in > 0 || isLast)
            self.state.pointee.next_in = nil
            self.state.pointee.next_out = nil
            // Nothing in and nothing out is no failure: there was nothing to do.
            return status == (isLast ? Z_STREAM_END : Z_OK) || (!isLast && status == Z_BUF_ERROR)
        }
        return isWhole ? output : nil
    }
}
