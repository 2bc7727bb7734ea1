import Foundation
import MQTT
import NIOCore

/// The relay's own topics at a broker: `relay/<id>/status`, retained, `online` or `offline`; `relay/<id>/metrics`, its
/// figures, where they are wanted.
struct RelayPresence: Sendable {
    private let status: TopicName
    let metrics: TopicName

    /// Nil: the broker is not to be told.
    ///
    /// - Parameter port: the one to listen on. It is part of the id where nothing else makes one, so that two relays of one
    ///   host do not speak for each other.
    init?(_ broker: RelayConfiguration.Broker, port: Int) {
        guard broker.status else { return nil }
        let id = broker.id ?? broker.clientID ?? "\(ProcessInfo.processInfo.hostName)-\(port)"
        let level = id.map { "/+#".contains($0) ? "-" : $0 }
        guard let status = try? TopicName("relay/\(String(level))/status"),
            let metrics = try? TopicName("relay/\(String(level))/metrics")
        else { return nil }
        self.status = status
        self.metrics = metrics
    }

    var online: Publication { self.says("online") }

    /// How often it is said again.
    static let interval = TimeAmount.seconds(30)

    /// Before the relay leaves. A broker says it by itself only of those who vanish.
    var offline: Publication { self.says("offline") }

    var will: MQTTWill { MQTTWill(topic: self.status, payload: self.offline.payload, retain: true) }

    private func says(_ word: String) -> Publication {
        Publication(topic: self.status, payload: ByteBuffer(string: word), qos: .atLeastOnce, retain: true)
    }
}
