import NIOCore

extension Comparable {
    func clamped(to range: ClosedRange<Self>) -> Self { min(max(self, range.lowerBound), range.upperBound) }
}

extension MQTTConfiguration {
    /// As libmosquitto takes it: 0 for never, otherwise 5 s or more.
    var keepAliveSeconds: CInt {
        let seconds = self.keepAlive.nanoseconds / 1_000_000_000
        return self.keepAlive.nanoseconds <= 0 ? 0 : CInt(seconds.clamped(to: 5...65_535))
    }
}
