import EngineIO
import MQTT
import NIOCore
import NIOHTTP1
import SocketIO
import SocketIOServer

/// The topics over plain HTTP, on one loop: `/api/topics/<topic>` to read and to publish,
/// `/api/topics?filter=F`, and `/api/events?filter=F`.
final class TopicEndpoints {
    private unowned let relay: RelayShard
    private let access: TopicAccess
    private let waiting: WaitingRequests
    private var streams: [ObjectIdentifier: EventStream] = [:]
    /// What this loop has counted.
    private(set) var metrics = TopicEndpointMetrics()

    /// Longest time that a request may wait for a value, in seconds: below the minute after which proxies give up.
    private static let longestWait = 55
    /// Lists with more bytes go out as they are taken.
    private static let largestWholeList = 256_000
    /// Most filters of one request.
    private static let maximumFilters = 100

    static let path = "/api/"

    init(relay: RelayShard) {
        self.relay = relay
        self.access = TopicAccess(relay.configuration)
        self.waiting = WaitingRequests(shard: relay.shard)
    }

    var currentMetrics: TopicEndpointMetrics {
        var metrics = self.metrics
        metrics.waiting = self.waiting.count
        metrics.streams = self.streams.count
        return metrics
    }

    /// A topic has had a message.
    func changed(_ entry: TopicStore.Entry) {
        if self.waiting.count > 0 { self.waiting.changed(entry) }
    }

    /// Ends what is open: the server is about to stop.
    func stop() {
        self.waiting.stop()
        for stream in self.streams.values { stream.end() }
    }

    /// Answers a request below `/api/`.
    func respond(to exchange: HTTPExchange) {
        let cors = self.relay.shard.configuration.cors
        if exchange.head.method == .OPTIONS && !cors.isOff {
            return exchange.respond(.noContent, cors.preflightHeaders(for: exchange.head))
        }
        guard let group = self.access.group(authorization: exchange.authorization) else {
            return exchange.refuse(.unauthorized, "the token is none that opens anything here")
        }
        let topics = Self.path + "topics"
        let path = exchange.target.path
        if path == topics {
            self.list(exchange, self.access.rules(for: group))
        } else if path == Self.path + "events" {
            self.events(exchange, group)
        } else if path.hasPrefix(topics + "/") {
            self.topic(String(path.dropFirst(topics.count + 1)), exchange, self.access.rules(for: group))
        } else {
            exchange.refuse(.notFound, "there is nothing at this address")
        }
    }

    private func allowsReading(_ exchange: HTTPExchange) -> Bool {
        guard exchange.head.method != .GET && exchange.head.method != .HEAD else { return true }
        exchange.respond(.methodNotAllowed, [("allow", "GET, HEAD")])
        return false
    }
}

// MARK: - One topic

extension TopicEndpoints {
    private func topic(_ text: String, _ exchange: HTTPExchange, _ rules: TopicRules) {
        guard let topic = try? TopicName(text) else { return exchange.refuse(.badInput, "expected a topic") }
        switch exchange.head.method {
        case .GET, .HEAD: self.last(topic, exchange, rules)
        case .POST: self.publish(topic, exchange, rules)
        default: exchange.respond(.methodNotAllowed, [("allow", "GET, HEAD, POST")])
        }
    }

    private func last(_ topic: TopicName, _ exchange: HTTPExchange, _ rules: TopicRules) {
        guard let rule = rules.rule(for: topic.string) else {
            return exchange.refuse(.forbidden, "\(topic) is outside what is shown here")
        }
        let known = exchange.head.headers["if-none-match"]
        let current = self.relay.store[topic.string].flatMap { TopicRepresentation($0.last, under: rule.payload) }
        // Who knows no value waits for one to come; who knows one waits for another.
        let isNews = current.map { !$0.content.tag.isKnown(to: known) } ?? !known.isEmpty
        guard let wait = self.wait(of: exchange) else { return }
        guard !isNews, wait > 0 else { return self.answer(exchange, current, topic) }
        let isWaiting = self.waiting.add(
            exchange, for: topic.string, atMost: .seconds(Int64(wait)),
            answer: { exchange, entry in
                let new = entry.flatMap { TopicRepresentation($0.last, under: rule.payload) }
                guard new.map({ !$0.content.tag.isKnown(to: known) }) ?? !known.isEmpty else { return false }
                self.answer(exchange, new, topic)
                return true
            },
            giveUp: { exchange in
                let last = self.relay.store[topic.string].flatMap { TopicRepresentation($0.last, under: rule.payload) }
                self.answer(exchange, last ?? current, topic)
            })
        guard isWaiting else {
            self.metrics.waitsRefused += 1
            return exchange.refuse(.busy, "as many clients as there may be; try again later")
        }
    }

    /// The `wait` of a request, in seconds, 0 without one. Nil: answered with what is wrong.
    private func wait(of exchange: HTTPExchange) -> Int? {
        guard let text = exchange.target["wait"] else { return 0 }
        guard let wait = Int(text), (0...Self.longestWait).contains(wait) else {
            exchange.refuse(.badInput, "wait is a number of seconds from 0 to \(Self.longestWait)")
            return nil
        }
        return wait
    }

    private func answer(_ exchange: HTTPExchange, _ value: TopicRepresentation?, _ topic: TopicName) {
        guard let value else { return exchange.refuse(.notFound, "no value of \(topic) is known") }
        exchange.respond(
            value.content,
            self.commonHeaders + [("last-modified", HTTPDate.text(milliseconds: value.at))])
    }

    private var commonHeaders: [(String, String)] {
        let common = [("cache-control", "no-cache"), ("vary", "Authorization, Accept-Encoding")]
        // Else pages of other origins could not send it back.
        return self.relay.shard.configuration.cors.isOff ? common : common + [("access-control-expose-headers", "ETag")]
    }
}

// MARK: - Publishing

extension TopicEndpoints {
    /// Publishes the request's body as it is.
    private func publish(_ topic: TopicName, _ exchange: HTTPExchange, _ rules: TopicRules) {
        guard exchange.originIsAllowed else {
            return exchange.refuse(.forbidden, "pages of this origin may not use the relay")
        }
        guard let broker = rules.broker(forPublishingTo: topic) else {
            return exchange.refuse(.forbidden, "clients may not publish to \(topic)")
        }
        guard let qos = UInt8(exchange.target["qos"] ?? "1").flatMap(QoS.init), qos != .exactlyOnce else {
            return exchange.refuse(.badInput, "qos is 0 or 1")
        }
        guard let retain = Bool(exchange.target["retain"] ?? "false") else {
            return exchange.refuse(.badInput, "retain is true or false")
        }
        let publication = Publication(
            topic: topic, payload: exchange.body, qos: qos, retain: retain, broker: broker)
        self.relay.publish(publication) { result in
            switch result {
            case .success: exchange.respond(.ok, [("cache-control", "no-store")], json: ["ok": true])
            case .failure(let error): exchange.refuse(error.refusal.code, error.refusal.message)
            }
        }
    }
}

// MARK: - Many topics

extension TopicEndpoints {
    private func list(_ exchange: HTTPExchange, _ rules: TopicRules) {
        guard self.allowsReading(exchange), let filters = self.filters(of: exchange, rules) else { return }
        let list = TopicList(self.entries(matching: filters), rules: rules)
        guard list.byteCount <= Self.largestWholeList else { return self.stream(list, exchange) }
        let body = list.whole()
        exchange.respond(
            Content(type: "application/json", body: body, tag: EntityTag(of: body)), self.commonHeaders)
    }

    private func stream(_ list: TopicList, _ exchange: HTTPExchange) {
        var headers = self.commonHeaders + [("content-type", "application/json")]
        guard exchange.head.method == .GET else { return exchange.respond(.ok, headers) }
        if exchange.acceptsGzip, list.compress() { headers.append(("content-encoding", "gzip")) }
        guard let stream = self.begin(exchange, headers, keepAlive: list.keepAlive) else { return }
        stream.whenEnded = { [shard = self.relay.shard] _ in shard.releaseClient() }
        list.send(on: stream)
    }

    /// Begins an answer that goes on, and counts the client; nil: answered with why not.
    private func begin(
        _ exchange: HTTPExchange, _ headers: [(String, String)], keepAlive: ByteBuffer
    ) -> ResponseStream? {
        guard self.relay.shard.admitClient() else {
            self.metrics.streamsRefused += 1
            exchange.refuse(.busy, "as many clients as there may be; try again later")
            return nil
        }
        let stream = exchange.stream(headers, keepAlive: keepAlive)
        if stream == nil { self.relay.shard.releaseClient() }
        return stream
    }

    private func entries(matching filters: [TopicFilter]) -> [TopicStore.Entry] {
        self.relay.store.all.filter { entry in
            entry.hasValue && filters.contains { $0.matches(entry.topic) }
        }.sorted { $0.id < $1.id }
    }

    /// The filters that a request names, within what it may see. Nil: answered with what is wrong.
    private func filters(of exchange: HTTPExchange, _ rules: TopicRules) -> [TopicFilter]? {
        let texts = exchange.target.query.filter { $0.name == "filter" }.map(\.value)
        guard !texts.isEmpty, texts.count <= Self.maximumFilters else {
            exchange.refuse(.badInput, "expected filter=F, at most \(Self.maximumFilters) times")
            return nil
        }
        var filters: [TopicFilter] = []
        for text in texts {
            guard let filter = try? TopicFilter(text) else {
                exchange.refuse(.badInput, "\(text.prefix(100)) is no filter; # and + stand in it as %23 and %2B")
                return nil
            }
            // What becomes of a + that was not encoded.
            guard !text.levels.contains(" ") else {
                exchange.refuse(.badInput, "a level is one space; + stands in a filter as %2B")
                return nil
            }
            guard rules.allowsSubscribing(to: filter) else {
                exchange.refuse(.forbidden, "\(filter) is outside what is shown here")
                return nil
            }
            filters.append(filter)
        }
        return filters
    }
}

// MARK: - Event streams

extension TopicEndpoints {
    private func events(_ exchange: HTTPExchange, _ group: TopicAccess.Group) {
        let rules = self.access.rules(for: group)
        guard self.allowsReading(exchange), let filters = self.filters(of: exchange, rules) else { return }
        let asked = exchange.target["maxHz"]
        let maxHz = asked.flatMap(Double.init)
        guard asked == nil || maxHz.map({ $0 > 0 && $0.isFinite }) == true else {
            return exchange.refuse(.badInput, "maxHz is a number above 0")
        }
        guard let wantsSnapshot = Bool(exchange.target["snapshot"] ?? "true") else {
            return exchange.refuse(.badInput, "snapshot is true or false")
        }
        guard let history = Int(exchange.target["history"] ?? "0"), history >= 0 else {
            return exchange.refuse(.badInput, "history is a number of values")
        }
        let headers =
            self.commonHeaders + [
                ("content-type", "text/event-stream"), ("x-content-type-options", "nosniff"),
                // Said to nginx, which would else keep events to itself for a while.
                ("x-accel-buffering", "no"),
            ]
        guard exchange.head.method == .GET else { return exchange.respond(.ok, headers) }
        guard let response = self.begin(exchange, headers, keepAlive: EventStream.keepAlive) else { return }
        let resumption = self.resumption(of: exchange)
        let stream = EventStream(response, relay: self.relay, resumption: resumption)
        self.streams[ObjectIdentifier(stream)] = stream
        let namespace = self.relay.eventStreams(of: group, rules: rules)
        response.whenEnded = { [weak self, weak stream] reason in
            guard let self, let stream else { return }
            self.ended(stream, reason, in: namespace)
        }
        response.whenWritable = { [weak stream] in stream?.viewer?.drain() }
        let since = wantsSnapshot || resumption > 0 ? resumption : .max
        namespace.open(stream, following: filters, maxHz: maxHz, since: since, history: history)
    }

    /// The id with which a client comes back; 0: with none, or with one of the future, as after the clock was set back.
    private func resumption(of exchange: HTTPExchange) -> Int64 {
        let latest = Clock.milliseconds() * 1_000 + 1_000_000
        let id = exchange.head.headers.first(name: "last-event-id").flatMap { Int64($0) } ?? 0
        return (1...latest).contains(id) ? id : 0
    }

    private func ended(_ stream: EventStream, _ reason: ResponseStream.End, in namespace: TopicsNamespace) {
        guard self.streams.removeValue(forKey: ObjectIdentifier(stream)) != nil else { return }
        self.metrics.streamsEnded[reason, default: 0] += 1
        self.relay.shard.releaseClient()
        if let viewer = stream.viewer { namespace.closed(viewer) }
    }
}
