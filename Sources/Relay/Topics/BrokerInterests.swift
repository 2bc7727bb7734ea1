import MQTT

/// What the relay wants from the broker: topics for viewers, and messages for game rooms.
struct BrokerInterests: Sendable {
    /// The filters that bring every topic of every rule.
    var topics: [TopicFilter] = []
    /// The filters of players who come by MQTT, where rooms are on it; disjoint from what rooms publish.
    var rooms: [TopicFilter] = []
    /// The topics of devices that are bound to rooms; none of them is under `game/`.
    var devices: [TopicFilter] = []

    /// The topic that devices answer the relay's requests to; nil: there are none, or the broker cannot do that.
    var answers: TopicName?
    /// Whether some rule wants more of MQTT 5's properties than the relay itself.
    var keepsProperties = false

    /// Whether anything is published, be there something to subscribe to or not.
    var publishes = false

    var isEmpty: Bool { self.topics.isEmpty && self.rooms.isEmpty && self.devices.isEmpty && !self.publishes }

    /// What brings all of it, and nothing twice. The filters of rooms stay as they are unless a rule has part of their
    /// topics: made wider, they would bring the relay what it has published itself.
    var subscriptions: [Subscription] {
        var cover = SubscriptionCover.of(self.topics + self.devices)
        var apart: [TopicFilter] = []
        let reliable = self.rooms + [self.answers].compactMap { $0.flatMap { try? TopicFilter($0.string) } }
        for filter in reliable {
            if cover.contains(where: { SubscriptionCover.overlap($0, filter) }) {
                SubscriptionCover.add(filter, to: &cover)
            } else {
                apart.append(filter)
            }
        }
        // Moves, commands and answers are sent with QoS 1, and so delivered.
        let shared = cover.map { filter in
            let hasReliable = reliable.contains { filter.covers($0) }
            return Subscription(filter, qos: hasReliable ? .atLeastOnce : .atMostOnce, retainAsPublished: true)
        }
        return shared + apart.map { Subscription($0, qos: .atLeastOnce) }
    }

    /// Takes the answers to requests out of the messages; they are nobody's but the asking client's.
    func takeAnswers(from messages: inout [MQTTMessage]) -> [MQTTMessage] {
        guard let topic = self.answers?.string, messages.contains(where: { $0.topic == topic }) else { return [] }
        let answers = messages.filter { $0.topic == topic }
        messages.removeAll { $0.topic == topic }
        return answers
    }

    /// Which messages are for viewers and which for rooms; some are for both.
    func sort(_ messages: [MQTTMessage]) -> (topics: [MQTTMessage], rooms: [MQTTMessage]) {
        func isForRooms(_ message: MQTTMessage) -> Bool {
            self.rooms.contains { $0.matches(message.topic) } || self.devices.contains { $0.matches(message.topic) }
        }
        func isForViewers(_ message: MQTTMessage) -> Bool { self.topics.contains { $0.matches(message.topic) } }
        let rooms = messages.filter(isForRooms)
        // Telemetry is most of what comes, and then nothing has to be copied.
        return (rooms.isEmpty ? messages : messages.filter { !isForRooms($0) || isForViewers($0) }, rooms)
    }
}
