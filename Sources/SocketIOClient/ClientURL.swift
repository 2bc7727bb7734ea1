import EngineIO

/// The parts of the URL that a user gives a Socket.IO client (RFC 3986 §3). As with the official clients its path is a
/// namespace, and its query goes into every request.
struct ClientURL {
    let server: ServerAddress
    let namespace: String
    let query: [(name: String, value: String)]

    init(_ text: String) throws(ClientError) {
        let withoutFragment = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        let rest = try Self.afterScheme(withoutFragment, of: text)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        guard let server = Self.server(rest[..<end]) else { throw .invalidURL(text) }
        self.server = server
        let target = RequestTarget(rest[end...])
        self.namespace = target.path.isEmpty ? "/" : target.path
        self.query = target.query
    }

    private static func afterScheme(_ url: Substring, of text: String) throws(ClientError) -> Substring {
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { throw .invalidURL(text) }
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else { throw .invalidURL(text) }
        switch url[..<colon].lowercased() {
        case "http", "ws": return url[colon...].dropFirst(3)
        case "https", "wss": throw .tlsUnsupported
        default: throw .invalidURL(text)
        }
    }

    /// `host`, `host:port`, `[::1]` or `[::1]:port`; nil for everything else, user names included.
    private static func server(_ authority: Substring) -> ServerAddress? {
        guard !authority.contains("@") else { return nil }
        let host: Substring
        let rest: Substring
        if authority.first == "[" {
            guard let close = authority.firstIndex(of: "]") else { return nil }
            host = authority[..<close].dropFirst()
            rest = authority[close...].dropFirst()
        } else {
            let colon = authority.firstIndex(of: ":") ?? authority.endIndex
            host = authority[..<colon]
            rest = authority[colon...]
        }
        guard !host.isEmpty else { return nil }
        if rest.isEmpty { return ServerAddress(host: String(host), port: 80) }
        guard rest.first == ":", let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
        return ServerAddress(host: String(host), port: Int(port))
    }
}
