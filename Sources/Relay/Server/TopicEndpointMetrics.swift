import SocketIOServer

/// What the topic endpoints of plain HTTP have counted on one loop.
struct TopicEndpointMetrics: Sendable {
    /// Requests that wait for a value now.
    var waiting = 0
    /// Requests that might not wait, because there were as many clients as there may be.
    var waitsRefused = 0
    /// Event streams now.
    var streams = 0
    var streamsEnded: [ResponseStream.End: Int] = [:]
    /// Event streams that were not begun, because there were as many clients as there may be.
    var streamsRefused = 0

    static func + (left: Self, right: Self) -> Self {
        var sum = left
        sum.waiting += right.waiting
        sum.waitsRefused += right.waitsRefused
        sum.streams += right.streams
        sum.streamsEnded.merge(right.streamsEnded, uniquingKeysWith: +)
        sum.streamsRefused += right.streamsRefused
        return sum
    }
}
