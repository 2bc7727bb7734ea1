import EngineIO
import MQTT
import SocketIOServer

/// The relay's figures in Prometheus' text format (version 0.0.4).
struct MetricsText {
    private(set) var text = ""

    private typealias Sample = (labels: String, value: String)

    mutating func add(_ metrics: ServerMetrics) {
        self.gauge(
            "connections", "Sessions now; plain WebSockets and event streams are counted by themselves.",
            metrics.connectionsOpen)
        self.counter("connections_opened_total", "Sessions opened.", metrics.connectionsOpened)
        self.counter(
            "connections_closed_total", "Sessions ended, by reason.", by: "reason",
            CloseReason.allCases.map { ($0.rawValue, metrics.connectionsClosed[$0, default: 0]) })
        self.counter("handshakes_refused_total", "Requests refused with an error.", metrics.handshakesRefused)
        self.counter("messages_received_total", "Text messages from clients.", metrics.messagesReceived)
        self.counter("messages_sent_total", "Messages accepted for clients.", metrics.messagesSent)
        self.counter("sent_bytes_total", "Bytes of them.", metrics.bytesSent)
        self.gauge("queued_bytes", "Bytes waiting for clients that read slower than is sent.", metrics.bytesQueued)
        self.counter("volatile_dropped_total", "Volatile events dropped.", metrics.volatileDropped)
    }

    mutating func add(_ metrics: TopicEndpointMetrics) {
        self.gauge("http_waiting", "Requests that wait for a topic's next value now.", metrics.waiting)
        self.counter(
            "http_waits_refused_total", "Requests that might not wait, for want of room in limits.connections.",
            metrics.waitsRefused)
        self.gauge("event_streams", "Event streams now.", metrics.streams)
        self.counter(
            "event_streams_ended_total", "Event streams that ended, by reason.", by: "reason",
            ResponseStream.End.allCases.map { ($0.rawValue, metrics.streamsEnded[$0, default: 0]) })
        self.counter(
            "event_streams_refused_total", "Event streams refused, for want of room in limits.connections.",
            metrics.streamsRefused)
    }

    mutating func add(_ bridges: [Bridge], _ counters: [MQTTCounters]) {
        guard !bridges.isEmpty else { return }
        let brokers = Array(zip(bridges, counters))
        func add(_ name: String, _ kind: String, _ help: String, _ value: (Bridge, MQTTCounters) -> Int) {
            let samples = brokers.map { bridge, counters -> Sample in
                (bridge.name.map { #"{broker="\#($0)"}"# } ?? "", "\(value(bridge, counters))")
            }
            self.add("broker_" + name, kind, help, samples)
        }
        add("up", "gauge", "1 while there is a link to the broker.") { bridge, _ in bridge.current.isUp ? 1 : 0 }
        add("connects_total", "counter", "Links made to the broker.") { $1.connects }
        add("messages_total", "counter", "Messages from the broker.") { $1.messages }
        add("message_bytes_total", "counter", "Bytes of their payloads.") { $1.messageBytes }
        add("published_total", "counter", "Messages handed to the broker.") { $1.published }
        add("publishes_failed_total", "counter", "Messages that came to nothing: link lost, or refused.") {
            $1.failedPublishes
        }
        add("queued_bytes", "gauge", "Bytes that wait for the broker to take or acknowledge them.") { $1.outboundBytes }
        add("unusable_total", "counter", "Messages dropped: over mqtt.limits.packet, or a topic that is no UTF-8.") {
            $1.oversized + $1.invalidTopics
        }
        add("refused_subscriptions", "gauge", "Filters that the broker refuses to bring anything of.") { bridge, _ in
            bridge.refusedFilters.count
        }
        add(
            "dropped_total", "counter",
            "The relay's own messages that did not reach the broker: no link, no room in the queue, or refused."
        ) { bridge, _ in bridge.droppedCount }
    }

    /// Every loop remembers the same topics, so the first one's store stands for all.
    mutating func add(_ metrics: [TopicMetrics]) {
        guard let store = metrics.first?.store else { return }
        self.gauge("topics", "Topics with a known last value.", store.topics)
        self.gauge("topic_bytes", "Bytes of last values, on each event loop.", store.bytes)
        self.gauge("history_bytes", "Bytes of values remembered besides, on each event loop.", store.historyBytes)
        self.counter("topics_evicted_total", "Last values forgotten for want of room.", store.evicted)
        self.counter("topics_expired_total", "Last values whose time was up.", store.expired)
        self.counter("history_evicted_total", "Values of histories forgotten for want of room.", store.historyEvicted)
        self.counter(
            "values_merged_total", "Values merged away, viewers having asked for fewer or read too slowly.",
            metrics.reduce(0) { $0 &+ $1.valuesMerged })
        let requests = metrics.map(\.requests)
        self.gauge(
            "requests_pending", "Requests to devices without an answer yet.", requests.reduce(0) { $0 + $1.pending })
        self.counter(
            "requests_total", "Requests to devices, by what became of them.", by: "result",
            [
                ("answered", requests.reduce(0) { $0 + $1.answered }),
                ("timeout", requests.reduce(0) { $0 + $1.timedOut }),
                ("failed", requests.reduce(0) { $0 + $1.failed }),
            ])
    }

    mutating func add(_ metrics: GameMetrics) {
        self.gauge("rooms", "Game rooms now.", metrics.rooms)
        self.gauge("players", "Players with a seat now.", metrics.players)
        self.counter("rooms_opened_total", "Game rooms opened.", metrics.roomsOpened)
        self.counter(
            "moves_total", "Moves, by what became of them.", by: "result",
            GameMetrics.MoveResult.allCases.map { ($0.rawValue, metrics.moves[$0, default: 0]) })
        self.counter(
            "resumes_total", "Returns to a seat, by how the player was told what it had missed.", by: "mode",
            GameMetrics.ResumeResult.allCases.map { ($0.rawValue, metrics.resumes[$0, default: 0]) })
        self.counter(
            "resynchronisations_total", "Members that read too slowly and were told all there is to know instead.",
            metrics.resynchronisations)
        self.add(metrics.lateness)
    }

    mutating func add(_ metrics: ChatMetrics) {
        self.gauge("chat_rooms", "Chat rooms with members now.", metrics.rooms)
        self.gauge("chat_members", "Members of chat rooms now.", metrics.members)
        self.counter(
            "chat_messages_total", "Messages to chat rooms, by what became of them.", by: "result",
            ChatMetrics.MessageResult.allCases.map { ($0.rawValue, metrics.messages[$0, default: 0]) })
        self.gauge("chat_history_bytes", "Bytes of the histories of chat rooms.", metrics.historyBytes)
        self.counter(
            "chat_history_evicted_total", "Messages of histories forgotten for want of room.", metrics.historyEvicted)
        self.gauge("chat_websockets", "Plain WebSockets in chat rooms now.", metrics.webSockets)
        self.counter(
            "chat_websockets_closed_total", "Plain WebSockets of chat rooms that ended, by reason.", by: "reason",
            ChatMetrics.WebSocketEnd.allCases.map { ($0.rawValue, metrics.webSocketsClosed[$0, default: 0]) })
    }

    private mutating func add(_ lateness: LatenessHistogram) {
        var samples: [Sample] = []
        var total = 0
        for (count, bound) in zip(lateness.counts, LatenessHistogram.bounds.map { "\(Double($0) / 1e6)" } + ["+Inf"]) {
            total += count
            samples.append((#"_bucket{le="\#(bound)"}"#, "\(total)"))
        }
        samples += [("_sum", "\(Double(lateness.microseconds) / 1e6)"), ("_count", "\(total)")]
        self.add("room_lateness_seconds", "histogram", "How late ticks and timers of rooms were served.", samples)
    }

    // MARK: Format

    private mutating func gauge(_ name: String, _ help: String, _ value: Int) {
        self.add(name, "gauge", help, [("", "\(value)")])
    }

    private mutating func counter(_ name: String, _ help: String, _ value: Int) {
        self.add(name, "counter", help, [("", "\(value)")])
    }

    private mutating func counter(
        _ name: String, _ help: String, by label: String, _ values: [(label: String, count: Int)]
    ) {
        self.add(name, "counter", help, values.map { (#"{\#(label)="\#($0.label)"}"#, "\($0.count)") })
    }

    private mutating func add(_ name: String, _ kind: String, _ help: String, _ samples: [Sample]) {
        self.text += "# HELP relay_\(name) \(help)\n# TYPE relay_\(name) \(kind)\n"
        for sample in samples { self.text += "relay_\(name)\(sample.labels) \(sample.value)\n" }
    }
}
