import Seeding
import Simulator

/// What goes wrong with one message.
enum Fault: Equatable {
    case drop, duplicate, reorder, corrupt, oversize, flood
    /// Milliseconds.
    case delay(Int64)
    /// Part of a silence.
    case silence
}

/// Draws the faults of one topic, by seed: the same messages and moments give the same faults.
struct FaultDice {
    private var random: SplitMix64
    private var silentUntil = Moment.zero
    /// Where this device's clock stands between the two ends of what is allowed, -1 to 1.
    private let clock: Double

    /// - Parameter topic: numbers the topics of a run.
    init(topic: Int, device: Int, seed: UInt64) {
        self.random = SplitMix64(seed: seed ^ 0xFA17, stream: UInt64(truncatingIfNeeded: topic))
        var clock = SplitMix64(seed: seed ^ 0xC10C, stream: UInt64(truncatingIfNeeded: device))
        self.clock = clock.uniform(-1, 1)
    }

    /// The fault of the next message, if any. Draws as much for each message, whatever comes of it.
    mutating func roll(_ faults: Faults, at moment: Moment) -> Fault? {
        var (draw, extent) = (self.random.unit(), self.random.unit())
        if moment < self.silentUntil { return .silence }
        func falls(in part: Double) -> Bool {
            draw -= part
            return draw < 0
        }
        if falls(in: faults.drop) { return .drop }
        if falls(in: faults.duplicate) { return .duplicate }
        if falls(in: faults.reorder) { return .reorder }
        if falls(in: faults.corrupt) { return .corrupt }
        if falls(in: faults.oversize) { return .oversize }
        if falls(in: faults.flood) { return .flood }
        if falls(in: faults.delay) {
            extent *= faults.delayBy.milliseconds
            return .delay(max(1, Int64(extent)))
        }
        guard falls(in: faults.silence) else { return nil }
        self.silentUntil = moment.advanced(by: Int64(faults.silenceFor.milliseconds))
        return .silence
    }

    /// How far the device's clock is off, in milliseconds.
    func shift(_ faults: Faults) -> Int64 {
        return Int64(self.clock * faults.skew.milliseconds)
    }

    /// Writes random bytes over some of the payload, from the byte `start` on; a payload that has none behind it stays.
    mutating func corrupt(_ payload: inout [UInt8], from start: Int) {
        guard start < payload.count else { return }
        for _ in 0..<4 {
            let place = start + self.random.index(below: payload.count - start)
            // No byte of this range occurs in UTF-8, so JSON that has one is none.
            payload[place] = 0xF8 | UInt8(truncatingIfNeeded: self.random.next() & 7)
        }
    }
}
