package import Dispatch
import NIOConcurrencyHelpers
package import NIOCore

/// Work for one shard from other threads: any number of pieces, one wake-up.
package final class Mailbox: Sendable {
    package typealias Work = @Sendable (Shard) -> Void

    private struct State {
        var pieces: [Work] = []
        var bytes = 0
        var shard: NIOLoopBound<Shard>?
        var waiters: [DispatchSemaphore] = []
        var isClosed = false
    }

    package let eventLoop: any EventLoop
    /// A few instructions under it: an append, or a swap.
    private let state = NIOLockedValueBox(State())

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func open(for shard: Shard) {
        let shard = NIOLoopBound(shard, eventLoop: self.eventLoop)
        self.state.withLockedValue { $0.shard = shard }
    }

    /// Does what was posted, and takes nothing more. On the loop, when it is about to end.
    func close() {
        self.state.withLockedValue { $0.isClosed = true }
        self.drain()
    }

    /// Has the shard do this on its loop, in the order posted; nothing once closed. From any thread.
    ///
    /// - Parameter bytes: what the work holds in memory until done.
    package func post(bytes: Int = 0, _ work: @escaping Work) {
        let isFirst = self.state.withLockedValue { state in
            guard !state.isClosed else { return false }
            state.pieces.append(work)
            state.bytes += bytes
            return state.pieces.count == 1
        }
        if isFirst { self.eventLoop.execute { self.drain() } }
    }

    /// Blocks the calling thread, never an event loop's, while more than `bytes` wait here: how a producer that does
    /// not end is slowed down to what the shard manages. Gives up after `timeout`, so that a loop that has stopped
    /// stops nobody else.
    package func waitWhileFull(moreThan bytes: Int, timeout: DispatchTimeInterval = .seconds(5)) {
        let waiter = self.state.withLockedValue { state -> DispatchSemaphore? in
            guard state.bytes > bytes else { return nil }
            let waiter = DispatchSemaphore(value: 0)
            state.waiters.append(waiter)
            return waiter
        }
        _ = waiter?.wait(timeout: .now() + timeout)
    }

    private func drain() {
        let (pieces, shard, waiters) = self.state.withLockedValue { state in
            let taken = (state.pieces, state.shard, state.waiters)
            state.pieces = []
            state.waiters = []
            state.bytes = 0
            return taken
        }
        for waiter in waiters { waiter.signal() }
        guard let shard = shard?.value else { return }
        for work in pieces { work(shard) }
        shard.flushTouched()
    }
}
