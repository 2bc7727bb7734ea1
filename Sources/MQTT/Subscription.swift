/// A filter to be subscribed to, and how.
package struct Subscription: Sendable, Hashable {
    package var filter: TopicFilter
    /// The most that the broker may deliver with: at most once or at least once.
    package var qos: QoS
    /// MQTT 5: do not send back what this session published. Without effect on 3.1.1.
    package var noLocal: Bool
    /// MQTT 5: leave the retain flag as the publisher set it. Without effect on 3.1.1, where only what comes out of the
    /// broker's store has it.
    package var retainAsPublished: Bool

    package init(
        _ filter: TopicFilter, qos: QoS = .atMostOnce, noLocal: Bool = false, retainAsPublished: Bool = false
    ) {
        self.filter = filter
        self.qos = qos
        self.noLocal = noLocal
        self.retainAsPublished = retainAsPublished
    }
}

/// A subscription that is not in force.
package struct SubscriptionRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Reason: Sendable, Equatable {
        /// QoS 2 was asked for. libmosquitto delivers the wrong payloads after an interrupted QoS 2 flow, so it is not
        /// subscribed to at all; ask for QoS 1.
        case exactlyOnceNotOffered
        /// The broker's SUBACK said no, with this reason code (MQTT 5 §3.9.3; 0x80 on 3.1.1).
        case broker(code: UInt8)
        /// The SUBSCRIBE could not be sent.
        case library(String)
    }

    package var filter: TopicFilter
    package var reason: Reason

    package var description: String {
        switch self.reason {
        case .exactlyOnceNotOffered:
            "\(self.filter): QoS 2 subscriptions are not offered, since an interrupted QoS 2 delivery can hand over "
                + "the wrong payload; use QoS 1"
        case .broker(let code): "\(self.filter): refused by the broker: \(ReasonCode(code))"
        case .library(let text): "\(self.filter): \(text)"
        }
    }
}
