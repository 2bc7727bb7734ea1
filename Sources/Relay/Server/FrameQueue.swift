import DequeModule
import NIOCore
import SocketIOServer

/// Frames that wait for a plain WebSocket that does not take them now, in order, bounded in bytes.
struct FrameQueue {
    private var frames: Deque<ByteBuffer> = []
    private var byteCount = 0
    private let limit: Int

    /// - Parameter limit: most bytes that wait.
    init(limit: Int) {
        self.limit = limit
    }

    var isEmpty: Bool { self.frames.isEmpty }

    /// False when the frame would make more bytes wait than may. One alone always fits, as in a session's queue.
    mutating func append(_ frame: ByteBuffer) -> Bool {
        guard self.frames.isEmpty || self.byteCount + frame.readableBytes <= self.limit else { return false }
        self.frames.append(frame)
        self.byteCount += frame.readableBytes
        return true
    }

    /// Writes as much as the WebSocket takes.
    mutating func drain(to webSocket: WebSocketHandler) {
        while webSocket.isWritable, let frame = self.frames.popFirst() {
            self.byteCount -= frame.readableBytes
            webSocket.write(frame)
            if !webSocket.isWritable { webSocket.flush() }
        }
        webSocket.flush()
    }

    mutating func removeAll() {
        self.frames = []
        self.byteCount = 0
    }
}
