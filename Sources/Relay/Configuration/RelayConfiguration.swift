import Foundation
import NIOCore
import Settings

/// Everything an operator may set, section by section as in the file. A value made by `init()` holds the defaults.
struct RelayConfiguration: Sendable, Equatable {
    var server = Server()
    /// The brokers, the first being that of whatever names none; empty when no namespace needs one and none was named: the
    /// relay then has no MQTT side.
    var brokers = [Broker()]
    /// In the order of the file. Plain names come before patterns when a client connects, then this order counts.
    var namespaces: [Namespace] = [.devices, .game, .chat, .relays]

    /// The first broker.
    var mqtt: Broker? {
        get { brokers.first }
        set { brokers.replaceSubrange(..<min(1, brokers.count), with: [newValue].compactMap(\.self)) }
    }

    /// The namespace that a client's name leads to, with what the name's captures stand for. A name has Unicode's composed
    /// form (NFC): one namespace has one spelling, and what its name captures is the same bytes to the broker.
    func namespace(named name: String) -> (namespace: Namespace, captures: [String: String])? {
        guard name.isSameBytes(as: name.precomposedStringWithCanonicalMapping) else { return nil }
        for wantsPlain in [true, false] {
            for namespace in namespaces where namespace.name.isPlain == wantsPlain {
                if let captures = namespace.name.captures(in: name) { return (namespace, captures) }
            }
        }
        return nil
    }
}

extension RelayConfiguration {
    /// `server`: the side that browsers see.
    struct Server: Sendable, Equatable {
        /// A name or an address to listen on. Loopback by default, so that nothing is open that nobody opened.
        var host = "127.0.0.1"
        /// TCP port, default 3000 as Socket.IO's own examples have it; 0 takes a free one.
        var port = 3000
        /// Where Socket.IO answers; always with a slash at both ends. Default `/socket.io/`, which clients assume.
        var path = "/socket.io/"
        var cors = CrossOrigin()
        var heartbeat = Heartbeat()
        var timeouts = Timeouts()
        var limits = Limits()
        /// Where a bare Engine.IO endpoint answers that sends every message back; nil (default) for none. Diagnosis only.
        var engineEcho: String?
        /// Event loops, each a thread, 1…64. Default: one a core.
        var threads = min(System.coreCount, 64)
    }

    /// `server.cors`: which pages of other sites may use the relay. Also enforced on WebSocket upgrades.
    struct CrossOrigin: Sendable, Equatable {
        /// Default: pages that a developer serves on this machine at port 3000. The relay's own pages need no entry.
        var origins = AllowedOrigins(
            entries: [.site(scheme: "http", host: "localhost", port: 3000)])
        /// Whether those pages may send cookies and HTTP credentials. Default false: the relay reads neither.
        var credentials = false
    }

    /// `server.heartbeat`: Engine.IO 4 §Heartbeat. The defaults are the protocol's own.
    struct Heartbeat: Sendable, Equatable {
        /// Time between two pings, default 25 s: below the minute after which proxies give up on a silent connection.
        var interval: Duration = .seconds(25)
        /// How long a pong may take before the connection counts as lost, default 20 s.
        var timeout: Duration = .seconds(20)
    }

    /// `server.timeouts`
    struct Timeouts: Sendable, Equatable {
        /// How long an upgrade from polling may stay unfinished, default 10 s.
        var upgrade: Duration = .seconds(10)
        /// How long a connection may go without joining any namespace, default 45 s.
        var connect: Duration = .seconds(45)
    }

    /// `server.limits`: what one client, and all of them, may cost.
    struct Limits: Sendable, Equatable {
        /// Largest message a client may send, in bytes; exactly this many pass. Default 1 MB.
        var payload = 1_000_000
        /// Connections at once, default 20,000: below the usual limit of file descriptors of a service.
        var connections = 20_000
        /// Bytes that may wait for one client that reads too slowly, default 1 MB.
        var queue = 1_000_000
    }

    /// `mqtt`, or one of the sections named in it: the side that devices see.
    struct Broker: Sendable, Equatable {
        /// The name of its section; nil (default) for the only one.
        var name: String?
        /// What its topics begin with here, and not there: `north/`, so that the topics of several brokers differ; empty by
        /// default, and for the first broker.
        var prefix = ""
        /// Default `mqtt://127.0.0.1:1883`, where a mosquitto without configuration listens.
        var url = BrokerURL(host: "127.0.0.1", port: 1883)
        /// Default 5.
        var version = Version.v5
        /// Who the relay is to the broker; nil (default) connects without a name.
        var username: String?
        /// From `RELAY_MQTT_PASSWORD` or the first line of `mqtt.passwordFile`; never in the file itself or a flag.
        var password: Secret?
        /// The MQTT client identifier; nil (default) makes one up at each start, so that two relays never collide.
        var clientID: String?
        /// Longest silence before the relay pings the broker, in whole seconds, default 30 s.
        var keepAlive: Duration = .seconds(30)
        /// Largest message taken from the broker, in bytes of the whole packet, default 2 MiB. An MQTT 5 broker is told and
        /// sends none larger; of a 3.1.1 broker's they are dropped and counted.
        var maximumPacket = 2 * 1024 * 1024
        /// Certificates, for an `mqtts` address.
        var tls = TLS()
        /// Whether the broker is told, and told on as `relay/<id>/status`, that this relay is online or offline. Default true.
        var status = true
        /// Who the relay is in these topics; nil (default): the client identifier, else the host's name and the port.
        var id: String?
        /// How often the relay's figures are published as `relay/<id>/metrics`; nil (default): never.
        var metrics: Duration?

        enum Version: String, Sendable, CaseIterable {
            case v5 = "5"
            case v311 = "3.1.1"
        }
    }

    /// `mqtt.tls`: paths are those of files in PEM form, absolute by the time they are here.
    struct TLS: Sendable, Equatable {
        /// Who may have signed the broker's certificate; nil (default) trusts whom the system trusts.
        var ca: String?
        /// The relay's own certificate, when the broker asks for one; comes with `key`.
        var certificate: String?
        var key: String?
        /// Takes any broker's certificate, whatever it says. Default false; for experiments.
        var insecure = false
    }
}

extension String {
    /// What is behind a broker's prefix; nil: it does not begin so. By bytes, as brokers compare: what is seen as one
    /// character may begin in the one and end behind it.
    func behind(prefix: String) -> String? {
        self.utf8.starts(with: prefix.utf8) ? String(Substring(self.utf8.dropFirst(prefix.utf8.count))) : nil
    }
}
