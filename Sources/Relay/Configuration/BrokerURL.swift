import MQTT
import Settings

/// Where the MQTT broker is: `mqtt://host[:1883]`, `mqtts://host[:8883]` for TLS, or `unix:///path` for a socket of this
/// machine.
struct BrokerURL: Sendable, Hashable, CustomStringConvertible {
    var usesTLS: Bool
    /// A name or an address, an IPv6 address without its brackets; or the path of a Unix domain socket.
    var host: String
    /// 0: `host` is a path.
    var port: Int

    /// What is expected of a user.
    static let example = "mqtt://host:1883, mqtts://host:8883 for TLS, or unix:///run/mosquitto.sock"

    init(host: String, port: Int, usesTLS: Bool = false) {
        self.host = host
        self.port = port
        self.usesTLS = usesTLS
    }

    /// Throws a sentence for the user when `text` is no broker's address.
    init(_ text: String) throws(PatternError) {
        let expected = "expected \(Self.example)"
        guard text.utf8.count <= 512 else { throw PatternError(expected) }
        let parsed: MQTTConfiguration
        do {
            parsed = try MQTTConfiguration(url: text)
        } catch {
            if case .badPort = error { throw PatternError("\(expected); a port is a number from 1 to 65535") }
            throw PatternError(expected)
        }
        guard parsed.username == nil, parsed.password == nil else {
            throw PatternError(
                "\(expected); the user's name belongs in mqtt.username, the password in RELAY_MQTT_PASSWORD")
        }
        guard parsed.isLocal || parsed.host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw PatternError(expected)
        }
        // What fits the address of such a socket (unix(7)), with the NUL behind it.
        guard !parsed.isLocal || parsed.host.utf8.count <= 107 else {
            throw PatternError("expected the path of a socket, of at most 107 bytes")
        }
        self.init(host: parsed.host, port: parsed.port, usesTLS: parsed.tls != nil)
    }

    var description: String {
        if port == 0 { return "unix://\(host)" }
        return "\(usesTLS ? "mqtts" : "mqtt")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
