/// MQTT's quality of service (MQTT 5 §4.3).
///
/// Publishing and subscribing take the first two. `exactlyOnce` exists so that a configuration which asks for it can be
/// answered with a reason: libmosquitto hands over the wrong payloads after an interrupted QoS 2 flow.
package enum QoS: UInt8, Sendable, Comparable, CaseIterable {
    case atMostOnce = 0
    case atLeastOnce = 1
    case exactlyOnce = 2

    package static func < (left: QoS, right: QoS) -> Bool { left.rawValue < right.rawValue }
}
