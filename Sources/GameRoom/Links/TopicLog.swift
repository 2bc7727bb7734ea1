import Game

/// The log of a room as somebody reads it who comes in by MQTT, put in its order.
///
/// What happens is on one topic, what was missed comes on another, and the answer that says from where on both are news on
/// a third; the broker keeps an order for each topic only. So until the one leads into the other without a gap, what is
/// early waits here, and what the answer or the replay has told already is left out. From there on the topic is passed on
/// as it comes: that its numbers rise by one is for the relay to see to, and for others to check.
///
/// ```
///   waiting ──admitted──► joining ──the topic goes on where the rest ends──► following
/// ```
struct TopicLog: Sendable {
    private enum Stage {
        /// The answer is not here.
        case waiting
        case joining
        case following
    }

    private var stage = Stage.waiting
    /// The number of the event that is to come next.
    private var next: UInt32 = 0
    /// Frames of the topic that are early.
    private var early: [TickFrame] = []

    /// Frames that may wait; with one more, they are passed on with the gap in front of them.
    static let capacity = 1_024

    /// Whether something is held back, for a gap that should close soon.
    var isHolding: Bool { self.stage == .joining && !self.early.isEmpty }

    /// The answer has come: everything through this event is known.
    mutating func admitted(through number: UInt32) -> [TickFrame] {
        self.stage = .joining
        self.next = number &+ 1
        return self.takeEarly()
    }

    /// A frame of the room's topic.
    mutating func heard(_ frame: TickFrame) -> [TickFrame] {
        guard self.stage != .following else { return [frame] }
        self.early.append(frame)
        if self.early.count > Self.capacity { return self.giveUp() }
        return self.stage == .joining ? self.takeEarly() : []
    }

    /// A frame of the seat's own topic: of what was missed.
    mutating func replayed(_ frame: TickFrame) -> [TickFrame] {
        // What is meant for this seat alone is in its place in the room's log already, as a hole.
        guard self.stage == .joining, let news = frame.news(from: self.next) else { return [] }
        self.next = news.lastNumber &+ 1
        return [news] + self.takeEarly()
    }

    /// The gap has not closed in time: whoever reads the log is to see it.
    mutating func giveUp() -> [TickFrame] {
        guard self.stage == .joining else {
            self.early.removeAll()
            return []
        }
        self.stage = .following
        let frames = self.early.compactMap { $0.news(from: self.next) }
        self.early = []
        return frames
    }

    /// Those that can be passed on now.
    private mutating func takeEarly() -> [TickFrame] {
        var taken: [TickFrame] = []
        for (index, frame) in self.early.enumerated() {
            guard let news = frame.news(from: self.next) else { continue }
            guard news.firstNumber == self.next else {
                self.early.removeFirst(index)
                return taken
            }
            // The topic goes on where the rest ends. What follows is the topic's alone.
            self.stage = .following
            taken = [news] + self.early.dropFirst(index + 1)
            break
        }
        self.early = []
        return taken
    }
}

extension TickFrame {
    fileprivate var lastNumber: UInt32 { self.firstNumber &+ UInt32(clamping: self.events.count) &- 1 }

    /// Its events from a number on; nil: it has none of them.
    fileprivate func news(from number: UInt32) -> TickFrame? {
        guard !self.events.isEmpty, self.lastNumber >= number else { return nil }
        guard self.firstNumber < number else { return self }
        return TickFrame(
            tick: self.tick, time: self.time, firstNumber: number,
            events: Array(self.events.drop { $0.number < number }))
    }
}
