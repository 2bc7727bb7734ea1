import CMosquitto
import Glibc
import NIOConcurrencyHelpers
import Synchronization

/// libmosquitto as a whole.
package enum MosquittoLibrary {
    /// "2.0.11"
    package static var version: String {
        var major: CInt = 0
        var minor: CInt = 0
        var revision: CInt = 0
        mosquitto_lib_version(&major, &minor, &revision)
        return "\(major).\(minor).\(revision)"
    }

    /// Before anything else of the library, from any thread. The library counts but does not lock, so that it is done
    /// once and for the life of the process. (It seeds `rand`, and each handle makes the process ignore SIGPIPE.)
    static func start() { _ = Self.started }

    private static let started: CInt = mosquitto_lib_init()

    /// Runs a call that connects. The first over TLS that gets as far as a socket sets TLS up for the process, and the
    /// library does not expect company at that: until it has been done, one goes at a time.
    static func connecting(
        tls: Bool, _ connect: () -> (result: CInt, errno: CInt)
    ) -> (result: CInt, errno: CInt) {
        if !tls || Self.isSetUpForTLS.load(ordering: .acquiring) { return connect() }
        return Self.settingUpTLS.withLock {
            let outcome = connect()
            if outcome.result <= 0 { Self.isSetUpForTLS.store(true, ordering: .releasing) }
            return outcome
        }
    }

    private static let isSetUpForTLS = Atomic(false)
    private static let settingUpTLS = NIOLock()

    static func text(for result: CInt) -> String { String(cString: mosquitto_strerror(result)) }
}

extension LinkDownReason {
    /// - Parameters:
    ///   - result: what a function of the library returned.
    ///   - errnoCode: `errno` then.
    ///   - lastError: what the library logged last; of TLS errors it says more there than in the result.
    init(library result: CInt, errnoCode: CInt, lastError: String?) {
        let text = MosquittoLibrary.text(for: result)
        switch mosq_err_t(result) {
        case MOSQ_ERR_ERRNO: self.init(.lost, String(cString: strerror(errnoCode)))
        case MOSQ_ERR_EAI: self.init(.unreachable, "host not found")
        case MOSQ_ERR_CONN_REFUSED: self.init(.refused, text)
        case MOSQ_ERR_TLS, MOSQ_ERR_TLS_HANDSHAKE, MOSQ_ERR_OCSP: self.init(.tls, lastError ?? text)
        case MOSQ_ERR_KEEPALIVE: self.init(.keepAlive, "the broker does not answer pings")
        case MOSQ_ERR_PROTOCOL, MOSQ_ERR_MALFORMED_PACKET, MOSQ_ERR_MALFORMED_UTF8, MOSQ_ERR_DUPLICATE_PROPERTY:
            self.init(.protocol, text)
        default: self.init(.lost, text)
        }
    }

    /// - Parameter code: the `errno` that an attempt to connect ended with, before TCP was known to be there.
    init(connecting code: CInt, over tls: MQTTConfiguration.TLS?) {
        // TCP that never came about ends otherwise: it was there, and broke. The library says EPROTO for TLS.
        let wasThere = [ECONNRESET, EPIPE, EPROTO].contains(code)
        if wasThere, let tls {
            self.init(unansweredOver: tls)
        } else {
            self.init(wasThere ? .lost : .unreachable, String(cString: strerror(code)))
        }
    }

    /// A broker that misses a client's certificate, or does not like it, says so in an alert after TLS 1.3's handshake
    /// (RFC 8446 §4.4.2.4). The library reports that as a connection lost or as a breach of MQTT, as the moment has it.
    init(unansweredOver tls: MQTTConfiguration.TLS) {
        let hint =
            tls.certificate == nil
            ? "it may want a client certificate, and none is configured" : "it may not accept the client certificate"
        self.init(.lost, "the broker ended the TLS connection before it answered: \(hint)")
    }

    /// From a CONNACK: MQTT 5's reason codes, or the five of MQTT 3.1.1 (§3.2.2.3).
    init(connack code: UInt8) {
        let old: [UInt8: (Kind, String)] = [
            1: (.protocol, "unacceptable protocol version"), 2: (.credentials, "identifier rejected"),
            3: (.refused, "server unavailable"), 4: (.credentials, "bad user name or password"),
            5: (.credentials, "not authorized"),
        ]
        if let (kind, text) = old[code] {
            self.init(kind, "refused by the broker: \(text)", isAnswer: true)
            return
        }
        let kind: Kind =
            switch code {
            case 0x85, 0x86, 0x87, 0x8A, 0x8C: .credentials
            case 0x81, 0x82, 0x84: .protocol
            default: .refused
            }
        self.init(kind, "refused by the broker: \(ReasonCode(code))", isAnswer: true)
    }

    /// From the callback for the end of a connection, whose number is a result of the library below 128 and a reason
    /// code of a DISCONNECT otherwise. 0 is the normal reason of a DISCONNECT.
    init(disconnect number: CInt, errnoCode: CInt, lastError: String?) {
        if number == 0 || number >= 128 {
            let code = ReasonCode(UInt8(clamping: number))
            self.init(.serverDisconnect, "disconnected by the broker: \(code)", isAnswer: true)
        } else {
            self.init(library: number, errnoCode: errnoCode, lastError: lastError)
        }
    }
}
