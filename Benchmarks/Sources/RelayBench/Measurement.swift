/// The figures of one run.
struct Measurement: Codable, Sendable {
    var workload: String
    var server: String
    var round: Int
    /// Messages a second: sent on schedule, or the highest that held.
    var messagesPerSecond: Double?
    var deliveriesPerSecond: Double?
    /// CPU time of the server process over the window, by the deliveries in it.
    var cpuMicrosPerDelivery: Double?
    var p50Milliseconds: Double?
    var p99Milliseconds: Double?
    /// Of the deliveries due in the window, the share that arrived before the patience ended.
    var deliveredShare: Double?
    var connectsPerSecond: Double?
    var cpuMicrosPerConnect: Double?
    var residentBytesPerConnection: Double?
    var cpu: CPUShares?
    /// How late the generator sent, 99th percentile.
    var generatorLatenessMilliseconds: Double?
    /// What a reader must know of this run.
    var remarks: [String] = []
    /// Whether the figures mean nothing because the generator was the limit.
    var isVoid = false
}
