/// What happened to the link between a session and its broker.
package enum LinkEvent: Sendable, Equatable {
    /// CONNACK said yes. Subscriptions are being applied.
    /// - Parameter sessionPresent: the broker still had this client's session.
    case up(sessionPresent: Bool)
    /// The broker has answered every subscription made when the link came up: what is published from now on arrives.
    /// Once for each `up`, after it. The broker may take its time, and does under load.
    case subscribed
    /// The link ended, or an attempt to make it failed. Unless the session was told to stop, it tries again by itself.
    case down(LinkDownReason)
}

/// Why there is no link.
package struct LinkDownReason: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// The session was told to disconnect.
        case stopped
        /// The host could not be found, or nobody listens there.
        case unreachable
        /// No CONNACK in time.
        case timeout
        /// The broker said no, for a reason that may pass.
        case refused
        /// The broker does not accept this user, password or client.
        case credentials
        /// No trust between the two ends, or a certificate that cannot be read.
        case tls
        /// The connection broke.
        case lost
        /// The broker did not answer pings.
        case keepAlive
        /// The broker sent a DISCONNECT.
        case serverDisconnect
        /// One of the two ends did not keep to MQTT.
        case `protocol`
    }

    package var kind: Kind
    /// One line for a log.
    package var text: String
    /// The broker itself said so, in a CONNACK or a DISCONNECT.
    let isAnswer: Bool

    package init(_ kind: Kind, _ text: String, isAnswer: Bool = false) {
        self.kind = kind
        self.text = text
        self.isAnswer = isAnswer
    }

    /// Trying again will hardly help until somebody changes the configuration of one of the two ends.
    package var needsAttention: Bool { self.kind == .credentials || self.kind == .tls }

    package var description: String { self.text }
}
