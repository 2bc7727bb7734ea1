import MQTT

/// What the relay wants from the broker: topics for viewers, and messages for game rooms.
struct BrokerInterests: Sendable {
    /// The filters that bring every topic of every rule.
    var topics: [TopicFilter] = []
    /// The filters of players who come by MQTT, where rooms are on it; disjoint from what rooms publish.
    var rooms: [TopicFilter] = []
    /// The topics of devices that are bound to rooms; none of them is under `game/`.
    var devices: [TopicFilter] = []

    /// Whether anything is published, be there something to subscribe to or not.
    var publishes = false

    var isEmpty: Bool { self.topics.isEmpty && self.rooms.isEmpty && self.devices.isEmpty && !self.publishes }

    /// What brings all of it, and nothing twice. The filters of rooms stay as they are unless a rule has part of their
    /// topics: made wider, they would bring the relay what it has published itself.
    var subscriptions: [Subscription] {
        var cover = SubscriptionCover.of(self.topics + self.devices)
        var apart: [TopicFilter] = []
        for filter in self.rooms {
            if cover.contains(where: { SubscriptionCover.overlap($0, filter) }) {
                SubscriptionCover.add(filter, to: &cover)
            } else {
                apart.append(filter)
            }
        }
        // Moves and commands are sent with QoS 1, and so delivered.
        let shared = cover.map { filter in
            let hasRooms = self.rooms.contains { filter.covers($0) }
            return Subscription(filter, qos: hasRooms ? .atLeastOnce : .atMostOnce, retainAsPublished: true)
        }
        return shared + apart.map { Subscription($0, qos: .atLeastOnce) }
    }

    /// Which messages are for viewers and which for rooms; some are for both.
    func sort(_ messages: [MQTTMessage]) -> (topics: [MQTTMessage], rooms: [MQTTMessage]) {
        guard !self.rooms.isEmpty || !self.devices.isEmpty else { return (messages, []) }
        var topics: [MQTTMessage] = []
        var rooms: [MQTTMessage] = []
        for message in messages {
            let isForRooms = (self.rooms + self.devices).contains { $0.matches(message.topic) }
            if isForRooms { rooms.append(message) }
            if !isForRooms || self.topics.contains(where: { $0.matches(message.topic) }) { topics.append(message) }
        }
        return (topics, rooms)
    }
}
