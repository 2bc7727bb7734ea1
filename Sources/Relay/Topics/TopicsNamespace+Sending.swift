import MQTT
import NIOCore
import SocketIO
import SocketIOServer

/// The way back: from viewers to devices.
extension TopicsNamespace {
    private static let defaultTimeout: TimeAmount = .seconds(5)
    private static let longestTimeout = 60_000

    /// Publishes a client's message.
    func publish(_ event: Event) {
        guard let publication = self.publication(of: event) else { return }
        self.relay.publish(publication) { event.answer($0) }
    }

    /// Publishes a client's message, and hands it the device's answer.
    func request(_ event: Event, from viewer: Viewer) {
        guard let publication = self.publication(of: event) else { return }
        var timeout = Self.defaultTimeout
        // Looked at, and refused where it is no object, by `publication`.
        if let asked = event.arguments[3]?["timeout"], !asked.isNull {
            guard let milliseconds = asked.int, (1...Self.longestTimeout).contains(milliseconds) else {
                return event.refuse(.badInput, "timeout is a number of milliseconds from 1 to \(Self.longestTimeout)")
            }
            timeout = .milliseconds(Int64(milliseconds))
        }
        self.relay.request(publication, for: event, from: viewer, timeout: timeout)
    }

    /// What a client wants published: a string goes out as its text, binary as it is, any other value as its JSON. Nil:
    /// answered with what is wrong.
    private func publication(of event: Event) -> Publication? {
        guard let text = event.arguments[1]?.string, let topic = try? TopicName(text), let value = event.arguments[2]
        else {
            event.refuse(.badInput, "expected a topic and a payload")
            return nil
        }
        guard let broker = self.rules.broker(forPublishingTo: topic) else {
            event.refuse(.forbidden, "clients may not publish to \(topic)")
            return nil
        }
        let payload = event.arguments.attachment(at: 2)
        guard payload != nil || event.arguments.attachments.isEmpty else {
            event.refuse(.badInput, "bytes are the payload, or none of it: not a part of an object or a list")
            return nil
        }
        guard let options = event.options(at: 3), let retain = event.flag("retain", of: options, standard: false) else {
            return nil
        }
        let asked = options["qos"] ?? 1
        guard let qos = asked.int.flatMap({ UInt8(exactly: $0) }).flatMap(QoS.init), qos != .exactlyOnce else {
            event.refuse(.badInput, "qos is 0 or 1")
            return nil
        }
        return Publication(
            topic: topic, payload: payload ?? value.string.map { ByteBuffer(string: $0) } ?? value.bytes, qos: qos,
            retain: retain, broker: broker)
    }
}
