import EngineIO
import NIOCore
import NIOWebSocket

/// Whole messages from a server's frames (RFC 6455 §5.4, §5.5): joins fragments, checks what the frame decoder leaves
/// to others. Holds at most one message, of at most `maximumBytes`.
struct MessageAssembler {
    enum Result: Hashable {
        case text(ByteBuffer)
        case binary(ByteBuffer)
        case ping(ByteBuffer)
        case close
        /// A fragment, or a pong.
        case nothing
        case malformed(String)
        case tooLarge
    }

    private struct Partial {
        let isText: Bool
        var bytes: ByteBuffer
    }

    private let maximumBytes: Int
    private var partial: Partial?

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    mutating func received(_ frame: WebSocketFrame) -> Result {
        guard frame.maskKey == nil else { return .malformed("a server's frame is masked") }
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return .malformed("a reserved bit is set") }
        switch frame.opcode {
        case .text, .binary:
            guard self.partial == nil else { return .malformed("a message within a message") }
            return self.append(frame, to: Partial(isText: frame.opcode == .text, bytes: ByteBuffer()))
        case .continuation:
            guard let partial = self.partial else { return .malformed("a continuation of nothing") }
            self.partial = nil
            return self.append(frame, to: partial)
        case .ping: return .ping(frame.data)
        case .pong: return .nothing
        case .connectionClose: return .close
        default: return .malformed("an unknown opcode")
        }
    }

    private mutating func append(_ frame: WebSocketFrame, to partial: consuming Partial) -> Result {
        guard partial.bytes.readableBytes + frame.data.readableBytes <= self.maximumBytes else { return .tooLarge }
        if partial.bytes.readableBytes == 0 {
            partial.bytes = frame.data
        } else {
            partial.bytes.writeImmutableBuffer(frame.data)
        }
        guard frame.fin else {
            self.partial = partial
            return .nothing
        }
        guard partial.isText else { return .binary(partial.bytes) }
        return partial.bytes.isValidUTF8 ? .text(partial.bytes) : .malformed("text that is not UTF-8")
    }
}
