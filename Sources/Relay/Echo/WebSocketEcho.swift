import DequeModule
import NIOCore
import NIOWebSocket
import SocketIOServer

/// A plain WebSocket that sends every message back.
final class WebSocketEcho: WebSocketReceiver {
    private var waiting: Deque<ByteBuffer> = []
    private var waitingBytes = 0
    private let maximumQueue: Int

    init(maximumQueue: Int) {
        self.maximumQueue = maximumQueue
    }

    func opened(_ webSocket: WebSocketHandler) {}

    func received(text: ByteBuffer, on webSocket: WebSocketHandler) {
        self.send(WebSocketHandler.frame(isText: true, text), on: webSocket)
    }

    func received(binary: ByteBuffer, on webSocket: WebSocketHandler) {
        self.send(WebSocketHandler.frame(isText: false, binary), on: webSocket)
    }

    private func send(_ frame: ByteBuffer, on webSocket: WebSocketHandler) {
        if self.waiting.isEmpty && webSocket.isWritable {
            webSocket.write(frame)
            return webSocket.flush()
        }
        guard self.waitingBytes + frame.readableBytes <= self.maximumQueue else { return webSocket.abort() }
        self.waiting.append(frame)
        self.waitingBytes += frame.readableBytes
    }

    func writable(_ webSocket: WebSocketHandler) {
        while webSocket.isWritable, let frame = self.waiting.popFirst() {
            self.waitingBytes -= frame.readableBytes
            webSocket.write(frame)
            if !webSocket.isWritable { webSocket.flush() }
        }
        webSocket.flush()
    }

    func closed(_ webSocket: WebSocketHandler, error: WebSocketErrorCode?) {}
}
