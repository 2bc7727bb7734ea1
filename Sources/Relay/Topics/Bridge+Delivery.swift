import MQTT
import NIOConcurrencyHelpers
import NIOCore
import SocketIOServer

/// The connection by which messages come.
struct BrokerConnectionState {
    let speaksVersion5: Bool
    /// From 1.
    private(set) var number = 0
    private var subscribedAt: NIODeadline?

    init(speaksVersion5: Bool) {
        self.speaksVersion5 = speaksVersion5
    }

    mutating func note(_ event: LinkEvent, at now: NIODeadline) {
        switch event {
        case .up:
            self.number += 1
            self.subscribedAt = nil
        case .subscribed: self.subscribedAt = now
        case .down: break
        }
    }

    /// Whether a message that the broker retains may be told in answer to the subscriptions. MQTT has no end of these
    /// answers; after this time what is marked as retained is taken for what was published just now. What a 3.1.1 broker marks
    /// so always comes from its store.
    func mayReplay(at now: NIODeadline) -> Bool {
        !self.speaksVersion5 || (self.subscribedAt.map { now < $0 + .seconds(30) } ?? true)
    }
}

/// Numbers the messages of all brokers in the order in which they are handed to the shards: Unix microseconds, or one more
/// than the last where that is not enough.
final class MessageSerials: Sendable {
    private let last = NIOLockedValueBox<Int64>(0)

    /// Has `body` hand out so many messages under the numbers from this one on. One caller at a time, since a message must
    /// not be overtaken by one with a higher number; once a drain, so the lock costs nothing.
    func number(_ count: Int, at milliseconds: Int64, _ body: (_ first: Int64) -> Void) {
        self.last.withLockedValue { last in
            let first = max(last + 1, milliseconds * 1_000)
            last = first + Int64(count) - 1
            body(first)
        }
    }
}

/// On the MQTT thread.
extension Bridge {
    /// Most bytes that wait for one shard before the broker is read no further.
    private static let maximumWaiting = 32 * 1024 * 1024

    func deliver(_ messages: [MQTTMessage], by connection: BrokerConnectionState, to hub: Hub) {
        var messages = messages
        let answers = self.interests.takeAnswers(from: &messages)
        let (topics, rooms) = self.interests.sort(messages)
        if !rooms.isEmpty { self.deliver(toRooms: rooms, on: hub) }
        if !topics.isEmpty { self.deliver(toTopics: topics, by: connection, on: hub) }
        // After what the device may have published before it answered.
        if !answers.isEmpty { self.deliver(toRequests: answers, on: hub) }
        for mailbox in hub.mailboxes { mailbox.waitWhileFull(moreThan: Self.maximumWaiting) }
    }

    private func deliver(toTopics messages: [MQTTMessage], by connection: BrokerConnectionState, on hub: Hub) {
        let at = Clock.milliseconds()
        let now = NIODeadline.now()
        let mayReplay = connection.mayReplay(at: now)
        self.serials.number(messages.count, at: at) { first in
            let updates = zip(messages, first...).map { message, serial in
                let properties = message.properties
                return TopicUpdate(
                    topic: self.prefix.isEmpty ? message.topic : self.prefix + message.topic, payload: message.payload,
                    retained: message.retained, at: at, serial: serial,
                    expires: properties?.expirySeconds.map { now + .seconds(Int64($0)) },
                    properties: self.interests.keepsProperties ? .init(properties) : nil, link: connection.number,
                    mayBeReplay: mayReplay, tellsRetained: connection.speaksVersion5)
            }
            hub.post(bytes: updates.reduce(0) { $0 + $1.byteCount }) { shard in
                (shard.application as? RelayShard)?.deliver(updates)
            }
        }
    }

    /// Players who come by MQTT, and bound devices, are the first loop's.
    private func deliver(toRooms messages: [MQTTMessage], on hub: Hub) {
        let bytes = messages.reduce(0) { $0 + $1.topic.utf8.count + $1.payload.readableBytes + 64 }
        hub.mailboxes.first?.post(bytes: bytes) { shard in
            (shard.application as? RelayShard)?.receive(messages)
        }
    }

    /// To the loop on which each request waits.
    private func deliver(toRequests answers: [MQTTMessage], on hub: Hub) {
        let at = Clock.milliseconds()
        let byLoop = Dictionary(grouping: answers) { Correlation($0.properties?.correlationData)?.loop }
        for (loop, answers) in byLoop {
            guard let loop, hub.mailboxes.indices.contains(loop) else { continue }
            let bytes = answers.reduce(0) { $0 + $1.payload.readableBytes + 64 }
            hub.mailboxes[loop].post(bytes: bytes) { shard in
                (shard.application as? RelayShard)?.receive(answers: answers, at: at)
            }
        }
    }
}
