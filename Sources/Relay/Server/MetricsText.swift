import EngineIO
import SocketIOServer

/// The relay's figures in Prometheus' text format (version 0.0.4).
enum MetricsText {
    static func of(_ metrics: ServerMetrics, brokerIsUp: Bool?) -> String {
        var lines: [String] = []
        func add(_ name: String, _ kind: String, _ help: String, _ samples: [(labels: String, value: Int)]) {
            lines.append("# HELP relay_\(name) \(help)")
            lines.append("# TYPE relay_\(name) \(kind)")
            for sample in samples { lines.append("relay_\(name)\(sample.labels) \(sample.value)") }
        }
        add("connections", "gauge", "Clients connected now.", [("", metrics.connectionsOpen)])
        add("connections_opened_total", "counter", "Sessions opened.", [("", metrics.connectionsOpened)])
        add(
            "connections_closed_total", "counter", "Sessions ended, by reason.",
            CloseReason.allCases.map {
                (#"{reason="\#($0.rawValue)"}"#, metrics.connectionsClosed[$0, default: 0])
            })
        add("handshakes_refused_total", "counter", "Requests refused with an error.", [("", metrics.handshakesRefused)])
        add("messages_received_total", "counter", "Text messages from clients.", [("", metrics.messagesReceived)])
        add("messages_sent_total", "counter", "Messages accepted for clients.", [("", metrics.messagesSent)])
        add("sent_bytes_total", "counter", "Bytes of them.", [("", metrics.bytesSent)])
        add("volatile_dropped_total", "counter", "Volatile events dropped.", [("", metrics.volatileDropped)])
        if let brokerIsUp {
            add("broker_up", "gauge", "1 while there is a link to the broker.", [("", brokerIsUp ? 1 : 0)])
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
