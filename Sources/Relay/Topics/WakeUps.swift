import HeapModule
import NIOCore

/// When one viewer wants to be woken. It outlives the viewer, which lets go of it when it leaves: a weak reference would make
/// every use of every viewer slower.
final class Alarm {
    var deadline: NIODeadline?
    var viewer: Viewer?
}

/// When the viewers of one loop want to be woken for topics with a limited rate. Lives on that loop.
final class WakeUps {
    private struct WakeUp: Comparable {
        let deadline: NIODeadline
        let alarm: Alarm

        /// Not so when the viewer has gone, or asked for an earlier time since.
        var isWanted: Bool { self.alarm.deadline == self.deadline }

        static func < (left: Self, right: Self) -> Bool { left.deadline < right.deadline }
        static func == (left: Self, right: Self) -> Bool { left.deadline == right.deadline }
    }

    private var wakeUps = Heap<WakeUp>()
    private var limit = 1_024
    private lazy var timer = EarliestTimer(on: self.eventLoop) { [unowned self] in self.wakeDue() }
    private let eventLoop: any EventLoop

    init(on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Has the alarm's viewer called at the time it is set to.
    func add(_ alarm: Alarm) {
        guard let deadline = alarm.deadline else { return }
        if self.wakeUps.count >= self.limit {
            self.wakeUps = Heap(self.wakeUps.unordered.filter(\.isWanted))
            self.limit = max(1_024, self.wakeUps.count * 2)
        }
        self.wakeUps.insert(WakeUp(deadline: deadline, alarm: alarm))
        self.timer.arm(deadline)
    }

    private func wakeDue() {
        // What falls due within the next moment goes along: one flush instead of many.
        let now = NIODeadline.now() + .milliseconds(1)
        while let first = self.wakeUps.min, first.deadline <= now {
            self.wakeUps.removeMin()
            if first.isWanted { first.alarm.viewer?.timePassed(at: now) }
        }
        self.timer.arm(self.wakeUps.min?.deadline)
    }
}
