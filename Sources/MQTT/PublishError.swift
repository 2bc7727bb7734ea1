/// Why a message was not published.
package enum PublishError: Error, Sendable, Equatable, CustomStringConvertible {
    /// There is no link to the broker. Nothing is kept for later.
    case notConnected
    /// ``MQTTConfiguration/Limits/outboundBytes`` are waiting already.
    case queueFull
    /// The link was lost before the broker acknowledged the message, which may or may not have reached it.
    case linkLost
    /// Larger than the broker takes.
    case tooLarge
    /// QoS 2, or a QoS that the broker does not offer.
    case qosNotOffered(QoS)
    /// Properties are MQTT 5's.
    case propertiesNeedVersion5
    /// The broker's PUBACK said no (MQTT 5 §3.4.2.1).
    case refused(ReasonCode)
    /// libmosquitto would not have it.
    case library(String)

    package var description: String {
        switch self {
        case .notConnected: "no link to the broker"
        case .queueFull: "too many bytes wait for the broker already"
        case .linkLost: "the link was lost before the broker acknowledged"
        case .tooLarge: "larger than the broker takes"
        case .qosNotOffered(let qos): "QoS \(qos.rawValue) is not offered"
        case .propertiesNeedVersion5: "message properties need MQTT 5"
        case .refused(let code): "refused by the broker: \(code)"
        case .library(let text): text
        }
    }
}
