package import EngineIO

/// What one shard has counted since its start. Plain numbers on the shard's loop; summed over the shards when asked.
package struct ServerMetrics: Sendable {
    package var connectionsOpened = 0
    package var connectionsClosed: [CloseReason: Int] = [:]
    package var connectionsOpen = 0
    package var handshakesRefused = 0
    package var messagesReceived = 0
    package var messagesSent = 0
    package var bytesSent = 0
    package var volatileDropped = 0
    /// Bytes that wait for clients, at the time that this was taken.
    package var bytesQueued = 0

    package init() {}

    package static func + (left: Self, right: Self) -> Self {
        var sum = left
        sum.connectionsOpened += right.connectionsOpened
        sum.connectionsClosed.merge(right.connectionsClosed, uniquingKeysWith: +)
        sum.connectionsOpen += right.connectionsOpen
        sum.handshakesRefused += right.handshakesRefused
        sum.messagesReceived += right.messagesReceived
        sum.messagesSent += right.messagesSent
        sum.bytesSent += right.bytesSent
        sum.volatileDropped += right.volatileDropped
        sum.bytesQueued += right.bytesQueued
        return sum
    }
}
