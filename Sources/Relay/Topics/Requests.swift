import MQTT
import NIOCore
import SocketIO
import SocketIOServer

/// Requests of one loop's clients to devices, by MQTT 5's request and response (§4.10). Lives on that loop.
///
/// All of a relay's requests name one response topic, which is its own; the correlation data says whose the answer is.
final class Requests {
    private struct Question {
        let event: Event
        weak var viewer: Viewer?
        /// Which of the brokers brings the answer.
        let broker: Int
    }

    /// What became of requests, for the metrics.
    struct Counts {
        var answered = 0
        var timedOut = 0
        var failed = 0
        var pending = 0
    }

    private var pending = PendingRequests<Question>(maximum: Requests.maximum)
    private var totals = Counts()
    private var random = SystemRandomNumberGenerator()
    private let shard: Shard
    private lazy var timer = EarliestTimer(on: self.shard.eventLoop) { [unowned self] in self.timeOut() }

    /// Most requests under way on one loop, and of one viewer.
    private static let maximum = 4_096
    private static let maximumPerViewer = 100

    init(on shard: Shard) {
        self.shard = shard
    }

    var counts: Counts {
        var counts = self.totals
        counts.pending = self.pending.count
        return counts
    }

    /// Publishes a request, and answers the event with the device's answer.
    func send(
        _ publication: Publication, for event: Event, from viewer: Viewer, timeout: TimeAmount, over bridge: Bridge
    ) {
        guard let responseTopic = bridge.responseTopic else {
            return event.refuse(.notSupported, "requests need MQTT 5, and the broker is spoken to in 3.1.1")
        }
        guard !bridge.isDeafToAnswers else {
            return event.refuse(.brokerFailed, "the broker has refused to bring devices' answers to this relay")
        }
        guard viewer.requestsPending < Self.maximumPerViewer else {
            return event.refuse(.tooMany, "at most \(Self.maximumPerViewer) requests without an answer")
        }
        let key = self.random.next()
        let question = Question(event: event, viewer: viewer, broker: publication.broker)
        guard self.pending.add(question, key: key, until: .now() + timeout) else {
            return event.refuse(.busy, "too many requests have no answer yet; try again later")
        }
        viewer.requestsPending += 1
        self.timer.arm(self.pending.nextDeadline)
        var publication = publication
        publication.properties = MQTTProperties(
            responseTopic: responseTopic,
            correlationData: Correlation(loop: self.shard.index, key: key).bytes)
        let mailbox = self.shard.hub.mailboxes[self.shard.index]
        bridge.publish(publication) { result in
            guard case .failure = result else { return }
            mailbox.post { ($0.application as? RelayShard)?.requests.end(key, with: result) }
        }
    }

    /// What one of the relay's own requests was answered with.
    func answered(_ message: MQTTMessage, at: Int64) {
        guard let correlation = Correlation(message.properties?.correlationData), let event = self.take(correlation.key)
        else { return }
        self.totals.answered += 1
        let json = try? JSON(validating: message.payload)
        var members: [(String, JSON)] = [
            ("ok", true), ("payload", json ?? .placeholder(0)), ("at", JSON(at)),
        ]
        members += TopicUpdate.Properties(message.properties)?.members ?? []
        event.acknowledgement?.send(
            Arguments([.object(members)], attachments: json == nil ? [message.payload] : []))
    }

    /// The link is gone, and with it the subscription by which answers come.
    func linkLost(to broker: Int) {
        for question in self.pending.takeAll(where: { $0.broker == broker }) {
            self.totals.failed += 1
            self.close(question).refuse(.brokerDown, "the link to the broker was lost before an answer came")
        }
    }

    private func end(_ key: UInt64, with result: Result<Void, PublishError>) {
        guard let event = self.take(key) else { return }
        self.totals.failed += 1
        event.answer(result)
    }

    private func timeOut() {
        for question in self.pending.takeDue(at: .now()) {
            self.totals.timedOut += 1
            self.close(question).refuse(.timeout, "no answer in time")
        }
        self.timer.arm(self.pending.nextDeadline)
    }

    private func take(_ key: UInt64) -> Event? { self.pending.take(key).map(self.close) }

    private func close(_ question: Question) -> Event {
        question.viewer?.requestsPending -= 1
        return question.event
    }
}

/// The correlation data of a request: on which loop it waits, and a number that nobody guesses.
struct Correlation: Equatable {
    let loop: Int
    let key: UInt64

    init(loop: Int, key: UInt64) {
        self.loop = loop
        self.key = key
    }

    /// Nil when it is none of ours.
    init?(_ bytes: [UInt8]?) {
        guard let bytes, bytes.count == 9, let loop = bytes.first else { return nil }
        self.loop = Int(loop)
        self.key = bytes.dropFirst().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The loop, of which there are 64 at most, and the key.
    var bytes: [UInt8] {
        [UInt8(clamping: self.loop)]
            + stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: self.key >> UInt64($0)) }
    }
}
