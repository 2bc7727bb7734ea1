import DequeModule
import NIOConcurrencyHelpers

/// What was really published on each topic, in order, where faults make that something else than 1, 2, 3, …
///
/// Devices write it, viewers look a message up by its `seq`. So whatever was dropped, doubled, put in another order or
/// held back on purpose is no fault of the way: each publication has a number of its own, without gaps, and what a viewer
/// owes is those. It keeps the last ``limit`` of each topic; from any thread.
final class PublicationLog: Sendable {
    struct Publication: Equatable {
        let sequence: UInt32
        /// How far the device's clock was off, microseconds.
        var shift: Int64 = 0
        /// It was held back on purpose, and says nothing about the way.
        var isLate = false
        /// The way may refuse it.
        var isOptional = false
    }

    /// A publication and its number, from 1.
    struct Found: Equatable {
        let number: UInt32
        let publication: Publication
    }

    static let limit = 512

    private struct Topic {
        /// The number of the last publication.
        var count: UInt32 = 0
        var window: Deque<Publication> = []
        /// The numbers of the publications in the window by `seq`, ascending.
        var numbers: [UInt32: [UInt32]] = [:]

        var first: UInt32 { self.count - UInt32(self.window.count) + 1 }

        func publication(_ number: UInt32) -> Publication? {
            guard number >= self.first, number <= self.count else { return nil }
            return self.window[Int(number - self.first)]
        }
    }

    private let topics: NIOLockedValueBox<[Topic]>

    init(devices: Int) {
        self.topics = NIOLockedValueBox(Array(repeating: Topic(), count: devices * MessageKind.allCases.count))
    }

    /// To be called before it is on its way.
    func append(_ publication: Publication, _ device: Int, _ kind: MessageKind) {
        self.with(device, kind) { topic in
            if topic.window.count == Self.limit, let oldest = topic.window.popFirst() {
                let rest = topic.numbers[oldest.sequence]?.dropFirst() ?? []
                topic.numbers[oldest.sequence] = rest.isEmpty ? nil : Array(rest)
            }
            topic.count += 1
            topic.window.append(publication)
            topic.numbers[publication.sequence, default: []].append(topic.count)
        }
    }

    /// The last one did not go out after all.
    func removeLast(_ device: Int, _ kind: MessageKind) {
        self.with(device, kind) { topic in
            guard let last = topic.window.popLast() else { return }
            topic.count -= 1
            let rest = topic.numbers[last.sequence]?.dropLast() ?? []
            topic.numbers[last.sequence] = rest.isEmpty ? nil : Array(rest)
        }
    }

    func count(_ device: Int, _ kind: MessageKind) -> UInt64 {
        return self.with(device, kind) { UInt64($0.count) }
    }

    /// The publication that a message with this `seq` is, for somebody who has seen those up to `highest`, and is told that
    /// so many were merged away since: of several the one that fits best, else the last. Nil if there is none, or it is long
    /// ago.
    func find(
        _ sequence: UInt32, _ device: Int, _ kind: MessageKind, after highest: UInt32, skipped: UInt32 = 0
    ) -> Found? {
        let expected = Int64(highest) + Int64(skipped) + 1
        return self.with(device, kind) { topic in
            guard let numbers = topic.numbers[sequence], let last = numbers.last else { return nil }
            let new = numbers.lazy.filter { $0 > highest }
            let number = new.min { abs(Int64($0) - expected) < abs(Int64($1) - expected) } ?? last
            return topic.publication(number).map { Found(number: number, publication: $0) }
        }
    }

    /// How many of these publications the way may refuse.
    func optional(_ numbers: ClosedRange<UInt32>, _ device: Int, _ kind: MessageKind) -> UInt32 {
        return self.with(device, kind) { topic in
            let known = numbers.clamped(to: max(1, topic.first)...max(1, topic.count))
            return known.reduce(0) { $0 + (topic.publication($1)?.isOptional == true ? 1 : 0) }
        }
    }

    private func with<Result>(_ device: Int, _ kind: MessageKind, _ body: (inout Topic) -> Result) -> Result {
        return self.topics.withLockedValue { body(&$0[device * MessageKind.allCases.count + kind.rawValue]) }
    }
}
