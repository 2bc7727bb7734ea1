import Simulator
import HeapModule
import Seeding

/// What all devices do when: connect, send, come back. One heap for thousands of devices, popped by whoever has the clock.
///
/// With the same seed and the same calls the same things fall due at the same moments in the same order. Messages are
/// due at the times of each device's ``Cadence`` from the moment it first came online.
struct Schedule {
    enum Task: Int, Comparable {
        case connect, telemetry, frame
        /// Messages that were held back to be sent late.
        case late
        /// Devices come and go.
        case churn

        static func < (left: Task, right: Task) -> Bool {
            return left.rawValue < right.rawValue
        }
    }

    struct Due: Equatable {
        let at: Moment
        /// For churn the number of what is to happen.
        let device: Int
        let task: Task
    }

    private struct Entry: Comparable {
        let due: Due
        /// Entries of an earlier generation of their cadence are void.
        let generation: Int

        static func < (left: Entry, right: Entry) -> Bool {
            return (left.due.at.milliseconds, left.due.device, left.due.task, left.generation)
                < (right.due.at.milliseconds, right.due.device, right.due.task, right.generation)
        }
    }

    private var entries = Heap<Entry>()
    /// By device and kind of message.
    private var cadences: [Cadence?]
    private var generations: [Int]
    private let seed: UInt64

    /// - Parameter devices: how many there are; none is to connect yet.
    init(devices: Int, seed: UInt64) {
        self.seed = seed
        self.cadences = Array(repeating: nil, count: devices * MessageKind.allCases.count)
        self.generations = Array(repeating: 0, count: self.cadences.count)
        self.entries.reserveCapacity(devices)
    }

    /// Devices fall due to connect evenly spread over `ramp` (milliseconds), in order.
    mutating func connect(_ devices: Range<Int>, over ramp: Int64) {
        for device in devices {
            let place = Int64(device - devices.lowerBound)
            self.connect(device, at: Moment(milliseconds: ramp * place / Int64(devices.count)))
        }
    }

    /// When something falls due next; nil if nothing ever will.
    var next: Moment? {
        return self.entries.min?.due.at
    }

    /// Takes out what is due by `now`, the earliest first; nil when all is done. A message puts its successor in the
    /// schedule: after a stall every message that was meant for the time of the stall comes out, one by one.
    mutating func popDue(by now: Moment) -> Due? {
        while let entry = self.entries.min, entry.due.at <= now {
            self.entries.removeMin()
            guard let kind = entry.due.task.kind else { return entry.due }
            let slot = self.slot(entry.due.device, kind)
            guard self.generations[slot] == entry.generation else { continue }
            self.insertNext(entry.due.device, kind)
            return entry.due
        }
        return nil
    }

    /// From `start` on the device sends messages of this kind at `rate` per second, 0 for none. Replaces what it did before.
    mutating func send(
        _ kind: MessageKind, from device: Int, rate: Double, since start: Moment, jitter: Jitter = .none,
        curve: RateCurve = .steady
    ) {
        let slot = self.slot(device, kind)
        self.generations[slot] += 1
        guard rate > 0 else {
            self.cadences[slot] = nil
            return
        }
        let stream = UInt64(truncatingIfNeeded: slot) << 32 | UInt64(truncatingIfNeeded: self.generations[slot])
        let random = SplitMix64(seed: ~self.seed, stream: stream)
        self.cadences[slot] = Cadence(from: start, rate: rate, jitter: jitter, curve: curve, random: random)
        self.insertNext(device, kind)
    }

    /// The device is to connect at that moment.
    mutating func connect(_ device: Int, at moment: Moment) {
        self.insert(.connect, of: device, at: moment)
    }

    mutating func insert(_ task: Task, of device: Int, at moment: Moment) {
        self.entries.insert(Entry(due: Due(at: moment, device: device, task: task), generation: 0))
    }

    private mutating func insertNext(_ device: Int, _ kind: MessageKind) {
        let slot = self.slot(device, kind)
        guard let at = self.cadences[slot]?.next(), at < .never else { return }
        let task: Task = kind == .telemetry ? .telemetry : .frame
        self.entries.insert(
            Entry(due: Due(at: at, device: device, task: task), generation: self.generations[slot]))
    }

    private func slot(_ device: Int, _ kind: MessageKind) -> Int {
        return device * MessageKind.allCases.count + kind.rawValue
    }
}

extension Schedule.Task {
    /// The kind of message this task sends, if it sends one.
    var kind: MessageKind? {
        switch self {
        case .telemetry: .telemetry
        case .frame: .frame
        case .connect, .late, .churn: nil
        }
    }
}
