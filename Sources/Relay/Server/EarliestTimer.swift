import NIOCore

/// One timer of an event loop, for whichever of many deadlines comes first. Lives on that loop.
final class EarliestTimer {
    private let eventLoop: any EventLoop
    private let fire: () -> Void
    private var pending: (task: Scheduled<Void>, deadline: NIODeadline)?

    /// - Parameter fire: called when a deadline has come; arms the timer anew if there are more.
    init(on eventLoop: any EventLoop, fire: @escaping () -> Void) {
        self.eventLoop = eventLoop
        self.fire = fire
    }

    /// Has the timer go off then, or before.
    func arm(_ deadline: NIODeadline?) {
        guard let deadline else { return }
        if let pending {
            guard deadline < pending.deadline else { return }
            pending.task.cancel()
        }
        let task = self.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
            self?.pending = nil
            self?.fire()
        }
        self.pending = (task, deadline)
    }
}
