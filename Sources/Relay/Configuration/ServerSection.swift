import Settings

/// Reads `server`.
extension RelayConfiguration.Server {
    static let keys = [
        "host", "port", "path", "cors", "heartbeat", "timeouts", "limits", "tls", "engineEcho", "threads",
    ]

    /// Paths that the relay answers itself.
    private static let taken = ["/", "/api/", "/ws/", "/healthz/", "/readyz/", "/metrics/"]

    init(_ section: Section) {
        self.init()
        host = section.text("host", "a name or address to listen on") ?? host
        port = section.integer("port", in: 0...65_535) ?? port
        path = section.made("path", "a path such as /socket.io/", by: Self.path) ?? path
        threads = section.integer("threads", in: 1...64) ?? threads
        engineEcho = section.made("engineEcho", "a path such as /engine.io/", by: Self.path)
        if engineEcho == path { section.note("engineEcho", "expected a path of its own; \(path) is that of Socket.IO") }
        section.section("cors", keys: ["origins", "credentials"]).map { cors.read($0) }
        section.section("heartbeat", keys: ["interval", "timeout"]).map { heartbeat.read($0) }
        section.section("timeouts", keys: ["upgrade", "connect"]).map { timeouts.read($0) }
        section.section("limits", keys: ["payload", "connections", "queue"]).map { limits.read($0) }
        if section.has("tls") {
            section.note(
                "tls", "this build does not serve TLS itself yet; leave the key out and put a TLS proxy in front")
        }
    }

    private static func path(_ text: String) throws(PatternError) -> String {
        let path = "/" + text.split(separator: "/").joined(separator: "/") + "/"
        guard text.hasPrefix("/"), text.utf8.count <= 256, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !text.hasAny(of: "?#%\"\\{}"), path != "//"
        else { throw PatternError("expected a path such as /socket.io/") }
        guard !taken.contains(where: { $0 == path || ($0 != "/" && path.hasPrefix($0)) }) else {
            throw PatternError("expected a path that the relay does not answer itself")
        }
        return path
    }
}

extension RelayConfiguration.CrossOrigin {
    fileprivate mutating func read(_ section: Section) {
        credentials = section.flag("credentials") ?? credentials
        if let items = section.list("origins", of: "origins") {
            origins = AllowedOrigins(
                entries: items.compactMap { item in
                    section.made(item, "an origin such as http://localhost:3000", by: AllowedOrigins.Entry.init)
                })
        }
        if credentials, origins.allowsAny {
            section.note(
                "credentials", "expected false, since origins has \"*\": any site could then act as its visitor")
        }
    }
}

extension RelayConfiguration.Heartbeat {
    fileprivate mutating func read(_ section: Section) {
        interval = section.duration("interval", in: .milliseconds(10)...(.seconds(3_600))) ?? interval
        timeout = section.duration("timeout", in: .milliseconds(10)...(.seconds(3_600))) ?? timeout
    }
}

extension RelayConfiguration.Timeouts {
    fileprivate mutating func read(_ section: Section) {
        upgrade = section.duration("upgrade", in: .milliseconds(10)...(.seconds(3_600))) ?? upgrade
        connect = section.duration("connect", in: .milliseconds(10)...(.seconds(3_600))) ?? connect
    }
}

extension RelayConfiguration.Limits {
    fileprivate mutating func read(_ section: Section) {
        payload = section.bytes("payload", in: 1...1_000_000_000) ?? payload
        connections = section.integer("connections", in: 1...10_000_000) ?? connections
        queue = section.bytes("queue", in: 1_000...1_000_000_000) ?? queue
    }
}
