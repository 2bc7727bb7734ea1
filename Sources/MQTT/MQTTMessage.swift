package import NIOCore

/// A message as the broker delivered it.
package struct MQTTMessage: Sendable {
    package var topic: String

    /// A copy of its own: safe to keep, and it keeps nothing else alive.
    package var payload: ByteBuffer

    package var qos: QoS

    /// The broker sent this from its store in answer to a subscription (MQTT 5 §3.3.1.3), rather than as it was published.
    package var retained: Bool

    /// Nil on MQTT 3.1.1, when the message has none, and unless ``MQTTConfiguration/wantsProperties`` is set.
    package var properties: MQTTProperties? { self.boxedProperties?.properties }

    private let boxedProperties: Box?

    package init(
        topic: String, payload: ByteBuffer, qos: QoS = .atMostOnce, retained: Bool = false,
        properties: MQTTProperties? = nil
    ) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retained = retained
        self.boxedProperties = properties.map(Box.init)
    }

    /// Most messages have no properties: out of line they cost a batch eight bytes each.
    private final class Box: Sendable {
        let properties: MQTTProperties
        init(_ properties: MQTTProperties) { self.properties = properties }
    }
}

/// The properties of an MQTT 5 PUBLISH that mean something to the two ends (MQTT 5 §3.3.2.3).
package struct MQTTProperties: Sendable, Equatable {
    /// One of the name and value pairs; names may repeat and their order is kept.
    package struct UserProperty: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The payload is UTF-8 text.
    package var payloadIsText: Bool
    package var contentType: String?
    package var responseTopic: String?
    package var correlationData: [UInt8]?
    /// Seconds for which the message is worth delivering.
    package var expirySeconds: UInt32?
    package var user: [UserProperty]

    package init(
        payloadIsText: Bool = false, contentType: String? = nil, responseTopic: String? = nil,
        correlationData: [UInt8]? = nil, expirySeconds: UInt32? = nil, user: [UserProperty] = []
    ) {
        self.payloadIsText = payloadIsText
        self.contentType = contentType
        self.responseTopic = responseTopic
        self.correlationData = correlationData
        self.expirySeconds = expirySeconds
        self.user = user
    }

    package var isEmpty: Bool { self == MQTTProperties() }
}
