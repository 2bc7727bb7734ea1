/// What the topic endpoints of plain HTTP have counted on one loop.
struct TopicEndpointMetrics: Sendable {
    /// Requests that wait for a value now.
    var waiting = 0
    /// Requests that might not wait, because there were as many clients as there may be.
    var waitsRefused = 0

    static func + (left: Self, right: Self) -> Self {
        var sum = left
        sum.waiting += right.waiting
        sum.waitsRefused += right.waitsRefused
        return sum
    }
}
