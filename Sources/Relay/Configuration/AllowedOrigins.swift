import Settings

/// Which web pages may use the relay from a browser: the list `server.cors.origins`.
struct AllowedOrigins: Sendable, Hashable {
    /// One entry of the list.
    enum Entry: Sendable, Hashable {
        /// `*`: every page of every site.
        case any
        /// `null`: pages without an origin, such as local files.
        case opaque
        /// `scheme://host:port`, the port left out when it is the scheme's own; `port` nil allows every port.
        case site(scheme: String, host: String, port: Int?)
    }

    let entries: [Entry]

    init(entries: [Entry]) {
        self.entries = entries
    }

    /// Whether every page is allowed.
    var allowsAny: Bool {
        entries.contains(.any)
    }

    /// Whether the value of an `Origin` header is on the list. Malformed values never are, `*` apart.
    func contains(_ origin: String) -> Bool {
        if allowsAny { return true }
        guard origin != "null" else { return entries.contains(.opaque) }
        guard case .site(let scheme, let host, let port?)? = try? Entry(origin, wildcardPort: false) else {
            return false
        }
        return entries.contains { entry in
            guard case .site(scheme, host, let allowed) = entry else { return false }
            return allowed == nil || allowed == port
        }
    }
}

extension AllowedOrigins.Entry: CustomStringConvertible {
    /// Reads an entry of the list: `*`, `null`, `http://host`, `https://host:8443` or, for any port, `http://host:*`.
    init(_ text: String) throws(PatternError) {
        switch text {
        case "*": self = .any
        case "null": self = .opaque
        default: self = try Self(text, wildcardPort: true)
        }
    }

    /// Reads `scheme://host[:port]` and nothing after it (RFC 6454 §6.1).
    fileprivate init(_ text: String, wildcardPort: Bool) throws(PatternError) {
        let example = "expected an origin such as http://localhost:3000, http://localhost:* or *"
        guard text.utf8.count <= 512, let separator = text.firstRange(of: "://") else { throw PatternError(example) }
        let scheme = text[..<separator.lowerBound].lowercased()
        guard let ownPort = ["http": 80, "https": 443][scheme] else {
            throw PatternError("\(example); its scheme is http or https")
        }
        let authority = text[separator.upperBound...]
        guard !authority.contains("/") else { throw PatternError("\(example); an origin has no path and no final /") }
        let (host, port) = Self.split(authority)
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }),
            !host.contains(where: { "*@?#%\\".contains($0) })
        else { throw PatternError("\(example); its host is a name or an address") }
        switch port {
        case nil: self = .site(scheme: scheme, host: host.lowercased(), port: ownPort)
        case "*" where wildcardPort: self = .site(scheme: scheme, host: host.lowercased(), port: nil)
        case let digits?:
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(digits), number > 0 else {
                throw PatternError("\(example); its port is a number from 1 to 65535 or *")
            }
            self = .site(scheme: scheme, host: host.lowercased(), port: Int(number))
        }
    }

    /// Splits `host:port`, where the host may be an IPv6 address in brackets.
    private static func split(_ authority: Substring) -> (host: Substring, port: Substring?) {
        let afterHost =
            authority.first == "["
            ? authority.firstIndex(of: "]").map { authority.index(after: $0) } : authority.firstIndex(of: ":")
        guard let afterHost, afterHost < authority.endIndex else { return (authority, nil) }
        guard authority[afterHost] == ":" else { return ("", nil) }
        return (authority[..<afterHost], authority[authority.index(after: afterHost)...])
    }

    var description: String {
        switch self {
        case .any: "*"
        case .opaque: "null"
        case .site(let scheme, let host, nil): "\(scheme)://\(host):*"
        case .site("http", let host, 80): "http://\(host)"
        case .site("https", let host, 443): "https://\(host)"
        case .site(let scheme, let host, let port?): "\(scheme)://\(host):\(port)"
        }
    }
}
