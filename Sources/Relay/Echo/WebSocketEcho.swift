import NIOCore
import NIOWebSocket
import SocketIOServer

/// A plain WebSocket that sends every message back.
final class WebSocketEcho: WebSocketReceiver {
    private var queue: FrameQueue

    init(maximumQueue: Int) {
        self.queue = FrameQueue(limit: maximumQueue)
    }

    func opened(_ webSocket: WebSocketHandler) {}

    func received(text: ByteBuffer, on webSocket: WebSocketHandler) {
        self.send(WebSocketHandler.frame(isText: true, text), on: webSocket)
    }

    func received(binary: ByteBuffer, on webSocket: WebSocketHandler) {
        self.send(WebSocketHandler.frame(isText: false, binary), on: webSocket)
    }

    private func send(_ frame: ByteBuffer, on webSocket: WebSocketHandler) {
        if self.queue.isEmpty && webSocket.isWritable {
            webSocket.write(frame)
            webSocket.flush()
        } else if !self.queue.append(frame) {
            webSocket.abort()
        }
    }

    func writable(_ webSocket: WebSocketHandler) {
        self.queue.drain(to: webSocket)
    }

    func closed(_ webSocket: WebSocketHandler, error: WebSocketErrorCode?) {}
}
