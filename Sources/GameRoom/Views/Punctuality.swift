import Game
import NIOCore

/// How punctually the ticks of a room arrive. Each says its time in the room; the fastest of all so far says when that is
/// on this machine's clock.
struct Punctuality: Sendable {
    /// The room's beginning, as the fastest tick has it.
    private var origin: NIODeadline?

    /// How much later a tick is here than the fastest would have been.
    /// - Parameter time: milliseconds since the room began.
    mutating func lateness(of time: UInt32, at now: NIODeadline) -> TimeAmount {
        let origin = now - .milliseconds(Int64(time))
        let fastest = min(self.origin ?? origin, origin)
        self.origin = fastest
        return origin - fastest
    }
}
