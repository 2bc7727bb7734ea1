/// What a session has done since it was made.
package struct MQTTCounters: Sendable, Equatable {
    package var attempts = 0
    package var connects = 0
    package var messages = 0
    package var messageBytes = 0
    package var batches = 0
    /// Messages dropped because their topic is no UTF-8.
    package var invalidTopics = 0
    /// Messages dropped because they exceed ``MQTTConfiguration/Limits/packetBytes``.
    package var oversized = 0
    /// Messages handed to the network.
    package var published = 0
    package var publishedBytes = 0
    package var acknowledged = 0
    /// Messages that were taken but came to nothing: link lost, or refused by the broker.
    package var failedPublishes = 0
    package var refusedSubscriptions = 0
    /// Bytes that wait to be sent or acknowledged at this moment, counted with 64 for each message.
    package var outboundBytes = 0

    package init() {}
}
