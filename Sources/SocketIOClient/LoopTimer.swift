import NIOCore

/// A reminder to look at deadlines, on the event loop. Touched on that loop only.
///
/// Putting a reminder off costs a search through all of the loop's; so one that is early enough stays, and whoever is
/// reminded looks for himself what is due.
final class LoopTimer: NIOScheduledCallbackHandler {
    private let eventLoop: any EventLoop
    private let action: () -> Void
    private var scheduled: (callback: NIOScheduledCallback, deadline: NIODeadline)?

    init(on eventLoop: any EventLoop, _ action: @escaping () -> Void) {
        self.eventLoop = eventLoop
        self.action = action
    }

    /// Reminds at this time or before it; not at all when the event loop is shutting down.
    func fire(noLaterThan deadline: NIODeadline) {
        if let scheduled, scheduled.deadline <= deadline { return }
        self.cancel()
        let callback = try? self.eventLoop.assumeIsolated().scheduleCallback(at: deadline, handler: self)
        self.scheduled = callback.map { ($0, deadline) }
    }

    func cancel() {
        self.scheduled?.callback.cancel()
        self.scheduled = nil
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        self.scheduled = nil
        self.action()
    }
}

@available(*, unavailable)
extension LoopTimer: Sendable {}
