import HeapModule
import NIOCore

/// A closure that ``MQTTLoop`` has promised to run.
package struct LoopTimer: Sendable, Hashable {
    fileprivate let number: UInt64
}

/// The timers of one loop, soonest first; timers of one instant fire in the order they were added.
struct TimerQueue {
    private struct Entry: Comparable {
        let deadline: NIODeadline
        let number: UInt64

        static func < (left: Entry, right: Entry) -> Bool {
            (left.deadline, left.number) < (right.deadline, right.number)
        }
    }

    /// Cancelled timers stay here until their time, or until they are the majority.
    private var heap = Heap<Entry>()
    private var bodies: [UInt64: () -> Void] = [:]
    private var lastNumber: UInt64 = 0

    var isEmpty: Bool { self.bodies.isEmpty }
    var count: Int { self.bodies.count }
    /// Nil while nothing waits: what was cancelled must not wake the loop again and again.
    var nextDeadline: NIODeadline? { self.bodies.isEmpty ? nil : self.heap.min?.deadline }

    mutating func add(at deadline: NIODeadline, _ body: @escaping () -> Void) -> LoopTimer {
        self.lastNumber += 1
        self.bodies[self.lastNumber] = body
        self.heap.insert(Entry(deadline: deadline, number: self.lastNumber))
        return LoopTimer(number: self.lastNumber)
    }

    mutating func cancel(_ timer: LoopTimer) {
        guard self.bodies.removeValue(forKey: timer.number) != nil else { return }
        if self.heap.count > 64, self.heap.count > 2 * self.bodies.count {
            self.heap = Heap(self.heap.unordered.filter { self.bodies[$0.number] != nil })
        }
    }

    /// The next timer that is due by then, if any.
    mutating func popDue(by now: NIODeadline) -> (() -> Void)? {
        while let entry = self.heap.min, entry.deadline <= now {
            self.heap.removeMin()
            if let body = self.bodies.removeValue(forKey: entry.number) { return body }
        }
        return nil
    }
}
