package import NIOCore

/// The inputs of one player that wait for their tick. One is consumed a tick, whoever sends faster does not move faster;
/// two or three may wait, so that a jitter of the network is not felt.
package struct InputQueue: Hashable, Sendable {
    package struct Waiting: Hashable, Sendable {
        package let number: UInt32
        package let move: Move
        package let arrivedAt: NIODeadline
    }

    /// Most inputs that wait. With 1, a jitter of one tick loses inputs; with 3 none are lost.
    package static let capacity = 3

    private var waiting: [Waiting] = []
    /// Inputs thrown away because newer ones came before their tick.
    package private(set) var trimmed = 0
    /// The number of the input consumed last; 0: none.
    package private(set) var applied: UInt32 = 0
    /// Milliseconds that it had waited.
    package private(set) var wait: UInt16 = 0

    package init() {}

    package mutating func append(_ number: UInt32, _ move: Move, at now: NIODeadline) {
        if self.waiting.count >= Self.capacity {
            self.waiting.removeFirst()
            self.trimmed &+= 1
        }
        self.waiting.append(Waiting(number: number, move: move, arrivedAt: now))
    }

    /// The input for the tick that is played now.
    package mutating func next(at now: NIODeadline) -> Waiting? {
        guard !self.waiting.isEmpty else { return nil }
        let next = self.waiting.removeFirst()
        self.applied = next.number
        self.wait = UInt16(clamping: (now - next.arrivedAt).nanoseconds / 1_000_000)
        return next
    }

    package mutating func removeAll() {
        self.waiting.removeAll()
    }
}
