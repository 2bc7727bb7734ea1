import NIOCore
import Settings
import SocketIO

extension RelayConfiguration {
    /// What this configuration makes the relay do, in plain words, for `relay check`. No secrets.
    var explanation: String {
        let links =
            brokers.isEmpty
            ? ["no broker: no namespace here needs one"]
            : brokers.indices.map { brokers[$0].explanation(isUsed: !interests(in: $0).isEmpty) }
        return ([server.explanation] + links + namespaces.map { $0.explanation(of: brokers) }).joined(separator: "\n\n")
    }
}

extension RelayConfiguration.Server {
    fileprivate var explanation: String {
        let sites = cors.origins.entries.map(\.description).joined(separator: ", ")
        let whose =
            cors.origins.allowsAny
            ? "pages of any site" : "the relay's own pages" + (sites.isEmpty ? "" : " and those of \(sites)")
        let lines = [
            "server on \(host), \(port == 0 ? "a free port" : "port \(port)"), \(threads == 1 ? "1 event loop" : "\(threads) event loops")",
            "  Socket.IO under \(path)" + (engineEcho.map { ", a bare Engine.IO echo under \($0)" } ?? ""),
            "  for \(whose), \(cors.credentials ? "with" : "without") cookies",
            "  a ping every \(Quantity.describe(heartbeat.interval)), answered within \(Quantity.describe(heartbeat.timeout))",
            "  upgrades within \(Quantity.describe(timeouts.upgrade)), a first namespace within \(Quantity.describe(timeouts.connect))",
            "  messages up to \(Quantity.describe(bytes: limits.payload)); at most \(limits.connections) connections, "
                + "\(Quantity.describe(bytes: limits.queue)) waiting for each",
        ]
        return lines.joined(separator: "\n")
    }
}

extension RelayConfiguration.Broker {
    fileprivate func explanation(isUsed: Bool) -> String {
        var first = "broker\(name.map { " \($0):" } ?? "") \(url), MQTT \(version.rawValue)"
        if let username { first += ", as \(username) \(password == nil ? "without" : "with") a password" }
        if let clientID { first += ", client id \(clientID)" }
        var lines = [first, "  a ping after \(Quantity.describe(keepAlive)) of silence"]
        if url.usesTLS {
            lines.append(
                "  TLS: \(tls.insecure ? "ANY certificate is taken" : "trusting \(tls.ca ?? "whom the system trusts")")"
            )
        }
        if !prefix.isEmpty { lines.append("  its topics begin with \(prefix) here") }
        guard isUsed else {
            lines.append("  not connected to: nothing here reads from it or publishes to it")
            return lines.joined(separator: "\n")
        }
        lines.append(
            "  messages up to \(Quantity.describe(bytes: maximumPacket)): of larger ones nobody hears")
        if status { lines.append("  told that this relay is online or offline, as relay/<id>/status") }
        if let metrics {
            lines.append("  told the relay's figures every \(Quantity.describe(metrics)), as relay/<id>/metrics")
        }
        lines.append(
            """
              note: mosquitto drops part of a large retained replay at its default max_queued_messages 1000; with more
                retained topics than that, set it to 0, or well above their number
            """)
        return lines.joined(separator: "\n")
    }
}

extension RelayConfiguration.Namespace {
    fileprivate func explanation(of brokers: [RelayConfiguration.Broker]) -> String {
        let names = name.isPlain ? "namespace \(name)" : "namespaces \(name), each match its own"
        let door = token == nil ? "open to everybody" : "for those who bring the token"
        switch kind {
        case .topics(let topics):
            let rules = topics.rules.map { $0.explanation(of: brokers) }
            let grants = topics.publish.map { grant in
                let broker = brokers.indices.contains(grant.broker) ? brokers[grant.broker].name : nil
                return grant.topics.description + (broker.map { " (the broker \($0)'s)" } ?? "")
            }.joined(separator: ", ")
            let publish = grants.isEmpty ? "  clients may publish nothing" : "  clients may publish to \(grants)"
            let bound = name.captureNames.map { "{\($0)}" }.joined(separator: ", ")
            let note = bound.isEmpty ? [] : ["  in its topics \(bound) stands for what the name says there"]
            return (["\(names): MQTT topics, \(door)"] + note + rules + [publish]).joined(separator: "\n")
        case .game(let games):
            return "\(names): game rooms, \(door)\n\(games.explanation(hasBroker: !brokers.isEmpty))"
        case .chat(let chat):
            return "\(names): chat rooms, \(door)\n\(chat.explanation)"
        case .echo(let echo):
            let bounds = "  a burst, flood or blob of at most \(Quantity.describe(bytes: echo.bounds))"
            return "\(names): plays back what it gets, \(door)\n\(bounds)"
        }
    }
}

extension RelayConfiguration.Games {
    fileprivate func explanation(hasBroker: Bool) -> String {
        let connections = self.connectionsPerAddress.map { ", \($0) connections of one address" } ?? ""
        var lines = [
            "  games: \(self.names.joined(separator: ", "))", "  at most \(self.maximumRooms) rooms\(connections)",
            self.topics != .off && hasBroker ? "  rooms are on MQTT too, under game/" : "  rooms are not on MQTT",
        ]
        if let recordings { lines.append("  rooms that ask for it are recorded in \(recordings)") }
        lines += self.bindings.map(\.explanation) + self.emissions.map(\.explanation)
        return lines.joined(separator: "\n")
    }
}

extension RelayConfiguration.Chat {
    fileprivate var explanation: String {
        let kept = self.keep == .zero ? "no longer" : "\(Quantity.describe(self.keep)) longer"
        let history =
            self.history == 0
            ? "whoever joins gets no history"
            : "whoever joins gets the last \(self.history) messages; the last to leave leaves them \(kept)"
        let echo = self.echo ? "senders hear their own messages" : "senders do not hear their own messages"
        return """
              \(history)
              \(echo); at most \(self.rate.formatted) messages a second of a client
              at most \(self.maximumRooms) rooms, \(self.maximumMembers) members of one, \(self.maximumRoomsPerClient) rooms of a client
            """
    }
}

extension RelayConfiguration.DeviceBinding {
    /// What becomes of the devices' messages, in lines that are indented once.
    var explanation: String {
        let made = self.game.map { ", made for \($0) when there is none" } ?? ""
        let data = self.map.map { "\($0)" } ?? "the message"
        return """
              \(self.from) → \(self.kind) in the room \(self.room)\(made)
                as player \(self.pid); data: \(data); at most \(self.rate.formatted) moves a second of a device
            """
    }
}

extension RelayConfiguration.DeviceEmission {
    fileprivate var explanation: String {
        let payload = self.payload.map { String(buffer: $0.bytes) } ?? "what the event says"
        return "  \(self.on.rawValue) in the room \(self.room) → \(self.to): \(payload)"
    }
}

extension RelayConfiguration.Rule {
    /// What the rule does, in lines that are indented once.
    func explanation(of brokers: [RelayConfiguration.Broker]) -> String {
        let source = brokers.indices.contains(broker) ? brokers[broker] : nil
        let whose = source?.name.map { "the broker \($0)'s" } ?? "the broker's"
        let there = topics.filter.behind(prefix: source?.prefix ?? "") ?? topics.filter
        return """
              \(topics) → event "\(event)"
                \(whose) \(there); \(payload.explanation)
                \(delivery.explanation)\(maxHz.map { "; at most \($0.formatted) a second of a topic" } ?? "")
            """ + extras.map { "\n    \($0)" }.joined()
    }

    private var extras: [String] {
        var extras: [String] = []
        if history > 0 { extras.append("the last \(history) values of each topic are remembered") }
        if let status { extras.append("stale while \(status) is \"offline\"") }
        if properties { extras.append("with content type and user properties") }
        return extras
    }
}

extension RelayConfiguration.Rule.Payload {
    fileprivate var explanation: String {
        switch self {
        case .auto: "JSON arrives as JSON, anything else as binary"
        case .json: "JSON alone, anything else is dropped"
        case .binary: "always binary"
        case .text: "text arrives as a string, anything else as binary"
        }
    }
}

extension RelayConfiguration.Rule.Delivery {
    fileprivate var explanation: String {
        switch self {
        case .state: "the latest of each topic matters: a slow viewer skips to it"
        case .event: "every message matters: a viewer too slow for them is disconnected"
        }
    }
}

extension Double {
    /// Without a fraction that says nothing.
    fileprivate var formatted: String {
        Int(exactly: self).map(String.init) ?? "\(self)"
    }
}
