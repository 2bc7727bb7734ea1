import MQTT
import NIOCore
import SocketIOServer

/// Requests of one loop that wait for a topic's next value (long polls). Their number is bounded with the clients':
/// each holds one of `limits.connections`.
final class WaitingRequests {
    private final class Request {
        let exchange: HTTPExchange
        let topic: TopicKey
        let answer: (HTTPExchange, TopicStore.Entry?) -> Bool
        let giveUp: (HTTPExchange) -> Void
        var timeout: Scheduled<Void>?

        init(
            _ exchange: HTTPExchange, topic: TopicKey, answer: @escaping (HTTPExchange, TopicStore.Entry?) -> Bool,
            giveUp: @escaping (HTTPExchange) -> Void
        ) {
            self.exchange = exchange
            self.topic = topic
            self.answer = answer
            self.giveUp = giveUp
        }
    }

    private let shard: Shard
    private var requests: [TopicKey: [ObjectIdentifier: Request]] = [:]
    private(set) var count = 0

    init(shard: Shard) {
        self.shard = shard
    }

    /// Keeps a request until the topic has a value for it.
    ///
    /// - Parameters:
    ///   - answer: called with each value that comes; true when that answered the request.
    ///   - giveUp: answers when the time is up.
    /// - Returns: false when there are as many clients as there may be.
    func add(
        _ exchange: HTTPExchange, for topic: String, atMost time: TimeAmount,
        answer: @escaping (HTTPExchange, TopicStore.Entry?) -> Bool, giveUp: @escaping (HTTPExchange) -> Void
    ) -> Bool {
        guard self.shard.admitClient() else { return false }
        let request = Request(exchange, topic: TopicKey(topic), answer: answer, giveUp: giveUp)
        self.requests[request.topic, default: [:]][ObjectIdentifier(request)] = request
        self.count += 1
        exchange.whenAborted = { [weak self, weak request] in if let request { self?.remove(request) } }
        request.timeout = self.shard.eventLoop.assumeIsolated().scheduleTask(in: time) {
            self.remove(request)
            request.giveUp(exchange)
        }
        return true
    }

    /// The topic has had a message.
    func changed(_ entry: TopicStore.Entry) {
        guard let requests = self.requests[entry.key] else { return }
        for request in requests.values where request.answer(request.exchange, entry) { self.remove(request) }
    }

    /// Answers all of them: the server is about to stop.
    func stop() {
        for request in self.requests.values.flatMap(\.values) {
            self.remove(request)
            request.exchange.refuse(.busy, "the relay is about to stop; ask again")
        }
    }

    private func remove(_ request: Request) {
        guard self.requests[request.topic]?.removeValue(forKey: ObjectIdentifier(request)) != nil else { return }
        if self.requests[request.topic]?.isEmpty == true { self.requests[request.topic] = nil }
        self.count -= 1
        request.timeout?.cancel()
        request.timeout = nil
        self.shard.releaseClient()
    }
}
