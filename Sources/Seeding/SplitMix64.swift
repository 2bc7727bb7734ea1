/// Random numbers of our own, so that a seed means the same on every machine and with every Swift version.
///
/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). The standard library's
/// `random(in:using:)` is not used on top of it: how it maps bits to values may change between versions.
package struct SplitMix64: Hashable, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        self.state = seed
    }

    /// One stream of many under the same seed, for instance one per device: neither depends on how much of another was drawn.
    package init(seed: UInt64, stream: UInt64) {
        var outer = SplitMix64(seed: seed)
        var inner = SplitMix64(seed: outer.next() ^ (stream &* 0x9E37_79B9_7F4A_7C15))
        self.state = inner.next()
    }

    /// 64 random bits.
    package mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var bits = self.state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    /// A number in 0..<1.
    package mutating func unit() -> Double {
        return Double(self.next() >> 11) * 0x1p-53
    }

    /// A number in `low..<high`.
    package mutating func uniform(_ low: Double, _ high: Double) -> Double {
        return low + (high - low) * self.unit()
    }

    /// A whole number in `0..<bound`; 0 for a bound of 0.
    package mutating func index(below bound: Int) -> Int {
        return Int(self.next().multipliedFullWidth(by: UInt64(max(bound, 0))).high)
    }
}
