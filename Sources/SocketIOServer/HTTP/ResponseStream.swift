import NIOCore
import NIOHTTP1

/// An answer that goes on until somebody ends it, such as an event stream. What its client cannot take waits, up to
/// `limits.queue`; what is sent in one turn of the loop leaves with one flush at its end. Lives on its connection's loop.
package final class ResponseStream {
    package enum End: String, Sendable, CaseIterable {
        /// The client went away.
        case clientGone = "client gone"
        /// More waited than may.
        case slowConsumer = "slow consumer"
        /// The client took nothing of what waited for as long as one may be silent.
        case stalled = "stalled"
        /// `end` was called.
        case ended = "ended"
    }

    /// Called once, when `isWritable` has become true after `notifyWhenWritable`.
    package var whenWritable: (() -> Void)?
    /// Called once, whoever ended it.
    package var whenEnded: ((End) -> Void)?

    private unowned let shard: Shard
    /// Nil once ended.
    private weak var handler: HTTPHandler?
    private var queue = SendQueue()
    private var wantsWritable = false
    private var isTouched = false
    /// What is sent in a silence, so that nobody between takes the connection for dead; nothing when empty.
    private let keepAlive: ByteBuffer
    private var hasSentSince = false
    /// What of the answer had not left at the last look, and since when that has not become less.
    private var stall: (bytes: Int, since: NIODeadline)?

    init(shard: Shard, handler: HTTPHandler, keepAlive: ByteBuffer) {
        self.shard = shard
        self.handler = handler
        self.keepAlive = keepAlive
    }

    /// Whether bytes sent now leave with this turn's flush.
    package var isWritable: Bool {
        guard let handler, self.queue.isEmpty else { return false }
        if handler.isWritable { return true }
        // What this turn wrote may be all that fills the buffer.
        if self.isTouched { handler.flush() }
        return handler.isWritable
    }

    package func notifyWhenWritable() { self.wantsWritable = true }

    /// Sends in order; what the client cannot take waits, up to the limit. Beyond it the stream ends.
    package func send(_ message: OutboundMessage) {
        guard let handler else { return }
        if self.isWritable {
            handler.write(message.frames)
        } else if !self.queue.append(message, limit: self.shard.configuration.maximumQueue) {
            return self.end(.slowConsumer)
        }
        self.hasSentSince = true
        guard !self.isTouched else { return }
        self.isTouched = true
        self.shard.touch(self)
    }

    func flush() {
        self.isTouched = false
        self.handler?.flush()
    }

    /// Ends the answer behind what was sent; without it where the client does not keep up.
    package func end(_ reason: End = .ended) {
        guard let handler else { return }
        if reason == .ended {
            while let message = self.queue.popFirst() { handler.write(message.frames) }
            handler.endStream()
        } else {
            handler.abortStream()
        }
        self.ended(reason)
    }

    /// The socket takes bytes again.
    func becameWritable() {
        while let handler, handler.isWritable, let message = self.queue.popFirst() {
            handler.write(message.frames)
            if !handler.isWritable { handler.flush() }
        }
        self.handler?.flush()
        guard self.wantsWritable, self.isWritable else { return }
        self.wantsWritable = false
        self.whenWritable?()
    }

    /// The connection is gone.
    func aborted() { self.ended(.clientGone) }

    /// Some time has passed: breaks a silence, or ends a stream whose client has taken nothing for too long.
    /// - Returns: false when there is nothing to look after any more.
    func look(now: NIODeadline) -> Bool {
        guard let handler else { return false }
        if self.isWritable {
            self.stall = nil
            if !self.hasSentSince && self.keepAlive.readableBytes > 0 {
                handler.write(self.keepAlive)
                handler.flush()
            }
            self.hasSentSince = false
            return true
        }
        let bytes = handler.unsentBytes
        guard let stall, bytes >= stall.bytes else {
            self.stall = (bytes, now)
            return true
        }
        let configuration = self.shard.configuration
        guard now - stall.since >= configuration.pingInterval + configuration.pingTimeout else { return true }
        self.end(.stalled)
        return false
    }

    private func ended(_ reason: End) {
        self.handler = nil
        self.queue.removeAll()
        self.whenWritable = nil
        let whenEnded = self.whenEnded
        self.whenEnded = nil
        whenEnded?(reason)
    }
}

@available(*, unavailable)
extension ResponseStream: Sendable {}
