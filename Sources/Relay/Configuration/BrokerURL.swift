import Settings

/// Where the MQTT broker is: `mqtt://host[:1883]`, or `mqtts://host[:8883]` for TLS.
struct BrokerURL: Sendable, Hashable, CustomStringConvertible {
    var usesTLS: Bool
    /// A name or an address; an IPv6 address without its brackets.
    var host: String
    var port: Int

    init(host: String, port: Int, usesTLS: Bool = false) {
        self.host = host
        self.port = port
        self.usesTLS = usesTLS
    }

    /// Throws a sentence for the user when `text` is no broker's address.
    init(_ text: String) throws(PatternError) {
        let example = "expected mqtt://host:1883, or mqtts://host:8883 for TLS"
        guard let separator = text.firstRange(of: "://"), text.utf8.count <= 512 else { throw PatternError(example) }
        switch text[..<separator.lowerBound].lowercased() {
        case "mqtt": self.usesTLS = false
        case "mqtts": self.usesTLS = true
        default: throw PatternError(example)
        }
        var authority = text[separator.upperBound...]
        if authority.last == "/" { authority.removeLast() }
        guard !authority.contains("@") else {
            throw PatternError(
                "\(example); the user's name belongs in mqtt.username, the password in RELAY_MQTT_PASSWORD")
        }
        guard let (host, port) = Self.split(authority) else { throw PatternError(example) }
        self.host = String(host)
        guard let port else {
            self.port = usesTLS ? 8883 : 1883
            return
        }
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port), number > 0 else {
            throw PatternError("\(example); a port is a number from 1 to 65535")
        }
        self.port = Int(number)
    }

    private static func split(_ authority: Substring) -> (host: Substring, port: Substring?)? {
        let host: Substring
        let rest: Substring
        if authority.first == "[" {
            guard let close = authority.firstIndex(of: "]") else { return nil }
            host = authority[..<close].dropFirst()
            rest = authority[close...].dropFirst()
        } else {
            host = authority.prefix { $0 != ":" }
            rest = authority[host.endIndex...]
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }),
            !host.contains(where: { "/?#[]\\".contains($0) }), rest.isEmpty || rest.first == ":"
        else { return nil }
        return (host, rest.isEmpty ? nil : rest.dropFirst())
    }

    var description: String {
        "\(usesTLS ? "mqtts" : "mqtt")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
