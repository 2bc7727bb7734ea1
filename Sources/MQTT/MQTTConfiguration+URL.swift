/// Why a string is not the URL of a broker.
package enum MQTTURLError: Error, Equatable, CustomStringConvertible {
    case unknownScheme(String)
    case noHost
    /// `unix://` without an absolute path.
    case noPath
    case badPort(String)
    case badPercentEncoding(String)
    /// A path, query or fragment: MQTT over TCP has nowhere to put one.
    case trailingText(String)

    package var description: String {
        switch self {
        case .unknownScheme(let scheme): "expected mqtt://, mqtts:// or unix://, not \(scheme)"
        case .noHost: "there is no host"
        case .noPath: "expected an absolute path, as in unix:///run/mosquitto.sock"
        case .badPort(let port): "a port is a number from 1 to 65535, not \(port)"
        case .badPercentEncoding(let text): "% must be followed by two hexadecimal digits of UTF-8 text in \(text)"
        case .trailingText(let text): "nothing may follow the port, found \(text)"
        }
    }
}

extension MQTTConfiguration {
    /// Reads `mqtt://[user[:password]@]host[:port]`, or `mqtts://…` for TLS. The port defaults to 1883, or 8883 with TLS;
    /// an IPv6 address stands in brackets; user and password may be percent-encoded. Or `unix:///path` for a Unix domain
    /// socket.
    package init(url: String, version: Version = .v5) throws(MQTTURLError) {
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else {
            throw .unknownScheme(url.isEmpty ? "nothing" : url)
        }
        let scheme = url[..<colon].lowercased()
        if scheme == "unix" {
            let path = String(url[colon...].dropFirst(3))
            guard path.hasPrefix("/"), !path.utf8.contains(0) else { throw .noPath }
            self.init(host: path, port: 0, version: version)
            return
        }
        guard scheme == "mqtt" || scheme == "mqtts" else { throw .unknownScheme("\(url[..<colon])://") }
        self.init(port: scheme == "mqtts" ? 8883 : 1883, version: version)
        if scheme == "mqtts" { self.tls = TLS() }

        var authority = url[colon...].dropFirst(3)
        if let end = authority.firstIndex(where: { "/?#".contains($0) }) {
            let rest = authority[end...]
            if rest != "/" { throw .trailingText(String(rest)) }
            authority = authority[..<end]
        }
        if let at = authority.lastIndex(of: "@") {
            try self.readCredentials(authority[..<at])
            authority = authority[at...].dropFirst()
        }
        try self.readHostAndPort(authority)
    }

    private mutating func readCredentials(_ text: Substring) throws(MQTTURLError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if let user = parts.first, !user.isEmpty { self.username = try Self.percentDecoded(user) }
        if parts.count == 2, let password = parts.last { self.password = try Self.percentDecoded(password) }
    }

    private mutating func readHostAndPort(_ text: Substring) throws(MQTTURLError) {
        var port: Substring?
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { throw .noHost }
            self.host = String(text[..<close].dropFirst())
            let rest = text[close...].dropFirst()
            if !rest.isEmpty, rest.first != ":" { throw .trailingText(String(rest)) }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            self.host = String(parts.first ?? "")
            port = parts.count == 2 ? parts.last : nil
        }
        if self.host.isEmpty || self.host.utf8.contains(0) { throw .noHost }
        guard let port else { return }
        guard let number = UInt16(port), number > 0 else { throw .badPort(String(port)) }
        self.port = Int(number)
    }

    private static func percentDecoded(_ text: Substring) throws(MQTTURLError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Self.hexadecimalDigit),
                let low = rest.popFirst().flatMap(Self.hexadecimalDigit)
            else { throw .badPercentEncoding(String(text)) }
            bytes.append(high << 4 | low)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw .badPercentEncoding(String(text))
        }
        return decoded
    }

    private static func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
        Character(UnicodeScalar(byte)).hexDigitValue.flatMap(UInt8.init(exactly:))
    }
}
