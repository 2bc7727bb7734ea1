import EngineIO
import NIOCore
import NIOWebSocket

/// Whole WebSocket messages from a client's frames (RFC 6455 §5.4): continuation rules, size limit, UTF-8.
struct MessageAssembler {
    enum Result {
        case text(ByteBuffer)
        case binary(ByteBuffer)
        case ping(ByteBuffer)
        case close
        /// A fragment, or a control frame that needs no answer.
        case nothing
        /// The client broke the protocol; close with this code.
        case violation(WebSocketErrorCode)
    }

    private var fragments: (isText: Bool, bytes: ByteBuffer)?
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    mutating func received(_ frame: WebSocketFrame) -> Result {
        guard let mask = frame.maskKey, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return .violation(.protocolError) }
        var data = frame.data
        data.webSocketUnmask(mask)
        switch frame.opcode {
        case .text, .binary:
            guard self.fragments == nil else { return .violation(.protocolError) }
            guard data.readableBytes <= self.limit else { return .violation(.messageTooLarge) }
            guard frame.fin else {
                self.fragments = (frame.opcode == .text, data)
                return .nothing
            }
            return self.message(isText: frame.opcode == .text, data)
        case .continuation:
            guard var fragments = self.fragments else { return .violation(.protocolError) }
            self.fragments = nil
            guard fragments.bytes.readableBytes + data.readableBytes <= self.limit else {
                return .violation(.messageTooLarge)
            }
            fragments.bytes.writeBuffer(&data)
            guard frame.fin else {
                self.fragments = fragments
                return .nothing
            }
            return self.message(isText: fragments.isText, fragments.bytes)
        case .ping: return .ping(data)
        case .pong: return .nothing
        case .connectionClose: return Self.close(data)
        default: return .violation(.protocolError)
        }
    }

    /// What a close frame may hold (RFC 6455 §5.5.1, §7.4): nothing, or a code that peers send and a reason in UTF-8.
    private static func close(_ data: ByteBuffer) -> Result {
        var reason = data
        guard reason.readableBytes > 0 else { return .close }
        guard let code = reason.readInteger(as: UInt16.self) else { return .violation(.protocolError) }
        switch code {
        case 1000...1003, 1007...1014, 3000...4999:
            return reason.isValidUTF8 ? .close : .violation(.dataInconsistentWithMessage)
        default:
            return .violation(.protocolError)
        }
    }

    private func message(isText: Bool, _ bytes: ByteBuffer) -> Result {
        guard isText else { return .binary(bytes) }
        return bytes.isValidUTF8 ? .text(bytes) : .violation(.dataInconsistentWithMessage)
    }
}
