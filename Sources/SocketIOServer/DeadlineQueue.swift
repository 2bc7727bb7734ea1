import DequeModule
import NIOCore

/// Deadlines that all lie the same time ahead when they are set: appended in order, hence a plain queue, with one timer
/// a loop instead of one a client. What no longer matters when its time comes is passed over by whoever set it.
struct DeadlineQueue<Element> {
    private var entries: Deque<(deadline: NIODeadline, element: Element)> = []
    let delay: TimeAmount

    init(delay: TimeAmount) {
        self.delay = delay
    }

    var next: NIODeadline? { self.entries.first?.deadline }

    mutating func append(_ element: Element, now: NIODeadline) {
        self.entries.append((now + self.delay, element))
    }

    /// Takes out the first element whose time has come.
    mutating func popDue(now: NIODeadline) -> Element? {
        guard let first = self.entries.first, first.deadline <= now else { return nil }
        return self.entries.popFirst()?.element
    }
}
