/// What arrived, and how late.
package struct Tally: Sendable {
    /// Messages due inside this window have their latency recorded, whenever they arrive.
    package var window: Range<Nanoseconds> = 0..<0
    /// Every delivery since the start.
    package fileprivate(set) var deliveries = 0
    /// Messages sent that were due in the window.
    package fileprivate(set) var sentInWindow = 0
    /// From the moment a message was due to its arrival.
    package fileprivate(set) var latency = LatencyHistogram()
    /// From the moment a message was due to its sending: how late the generator itself was.
    package fileprivate(set) var lateness = LatencyHistogram()

    mutating func sent(due: Nanoseconds, now: Nanoseconds) {
        // As precise as the time in a payload, so that both ends agree on what belongs to the window.
        let due = due / 1000 * 1000
        guard window.contains(due) else { return }
        sentInWindow += 1
        lateness.record(now - due)
    }

    mutating func arrived(due: Nanoseconds, now: Nanoseconds) {
        deliveries += 1
        if window.contains(due) { latency.record(now - due) }
    }
}
