import NIOCore
import NIOWebSocket
import SocketIOServer

/// A plain WebSocket that sends every message back.
final class WebSocketEcho: WebSocketReceiver {
    let wantsPings = true
    private let shard: Shard
    private var queue: FrameQueue
    private var isAdmitted = false

    init(on shard: Shard) {
        self.shard = shard
        self.queue = FrameQueue(limit: shard.configuration.maximumQueue)
    }

    func opened(_ webSocket: WebSocketHandler) {
        self.isAdmitted = self.shard.admitClient()
        if !self.isAdmitted { webSocket.closeAsBusy() }
    }

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
            webSocket.close(.policyViolation, reason: "slow consumer")
        }
    }

    func writable(_ webSocket: WebSocketHandler) {
        self.queue.drain(to: webSocket)
    }

    func closed(_ webSocket: WebSocketHandler, error: WebSocketErrorCode?) {
        self.queue.removeAll()
        if self.isAdmitted { self.shard.releaseClient() }
        self.isAdmitted = false
    }
}
