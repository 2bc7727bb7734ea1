package import NIOCore

/// One broker, and how to be its client.
package struct MQTTConfiguration: Sendable {
    package enum Version: String, Sendable, CaseIterable {
        case v311 = "3.1.1"
        case v5 = "5"
    }

    /// A name or an address; a name is looked up on the loop's thread at each attempt to connect. Or the path of a Unix
    /// domain socket.
    package var host: String
    /// 0: `host` is the path of a Unix domain socket, as in libmosquitto.
    package var port: Int
    /// Nil: plain TCP.
    package var tls: TLS?
    package var version: Version

    /// Nil: a random one, made once per session object.
    package var clientID: String?
    package var username: String?
    package var password: String?

    /// Forget what the broker kept of an earlier session with this client id.
    package var cleanStart: Bool
    /// MQTT 5: for how many seconds the broker keeps the session after the link is gone.
    package var sessionExpirySeconds: UInt32
    /// How often to prove that the link is alive, in whole seconds: 0 for never, else at least 5. A dead link is noticed
    /// within two of these. Default 30 s.
    package var keepAlive: TimeAmount
    package var will: MQTTWill?

    package var reconnect: ReconnectBackoff.Bounds
    /// From the start of an attempt to the broker's CONNACK. Default 10 s.
    package var connectTimeout: TimeAmount
    package var limits: Limits
    /// Read MQTT 5's message properties. They cost allocations for each message that has any.
    package var wantsProperties: Bool

    package init(host: String = "127.0.0.1", port: Int = 1883, version: Version = .v5) {
        self.host = host
        self.port = port
        self.version = version
        self.cleanStart = true
        self.sessionExpirySeconds = 0
        self.keepAlive = .seconds(30)
        self.reconnect = ReconnectBackoff.Bounds()
        self.connectTimeout = .seconds(10)
        self.limits = Limits()
        self.wantsProperties = false
    }
}

extension MQTTConfiguration {
    /// TLS 1.2 or newer.
    package struct TLS: Sendable, Equatable {
        /// PEM file of the authorities to trust. Nil: those of the system.
        package var authorities: String?
        /// PEM files of this client's own certificate and its key.
        package var certificate: String?
        package var key: String?
        /// Take any certificate, whoever signed it for whatever host. For laboratories.
        package var insecure: Bool

        package init(
            authorities: String? = nil, certificate: String? = nil, key: String? = nil, insecure: Bool = false
        ) {
            self.authorities = authorities
            self.certificate = certificate
            self.key = key
            self.insecure = insecure
        }
    }

    package struct Limits: Sendable, Equatable {
        /// Bytes (topics and payloads) that may wait to be sent or, at QoS 1, to be acknowledged. More: `queueFull`.
        /// Default 4 MiB.
        package var outboundBytes: Int
        /// QoS 1 messages under way at a time; MQTT 5 brokers may lower it. Default 200.
        package var unacknowledged: Int
        /// Largest packet taken from the broker. MQTT 5 brokers are told and keep to it; what a 3.1.1 broker sends
        /// beyond it is dropped and counted. Default 2 MiB.
        package var packetBytes: Int
        /// MQTT 5: QoS 1 messages that the broker may send before it waits for our acknowledgements. Default 1,000.
        package var receiveMaximum: Int

        package init(
            outboundBytes: Int = 4 << 20, unacknowledged: Int = 200, packetBytes: Int = 2 << 20,
            receiveMaximum: Int = 1_000
        ) {
            self.outboundBytes = outboundBytes
            self.unacknowledged = unacknowledged
            self.packetBytes = packetBytes
            self.receiveMaximum = receiveMaximum
        }
    }
}

/// What the broker publishes for us when the link ends without a DISCONNECT (MQTT 5 §3.1.2.5).
package struct MQTTWill: Sendable {
    package var topic: TopicName
    package var payload: ByteBuffer
    package var qos: QoS
    package var retain: Bool

    package init(topic: TopicName, payload: ByteBuffer, qos: QoS = .atLeastOnce, retain: Bool = false) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retain = retain
    }
}

extension MQTTConfiguration: CustomStringConvertible {
    /// Whether the broker is reached by a Unix domain socket.
    package var isLocal: Bool { self.port == 0 }

    /// The broker's URL without the password, for logs.
    package var description: String {
        if self.isLocal { return "unix://\(self.host)" }
        let scheme = self.tls == nil ? "mqtt" : "mqtts"
        let user = self.username.map { "\($0)@" } ?? ""
        let host = self.host.utf8.contains(UInt8(ascii: ":")) ? "[\(self.host)]" : self.host
        return "\(scheme)://\(user)\(host):\(self.port)"
    }
}
