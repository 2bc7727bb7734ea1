import CMosquitto
import Glibc
import NIOCore

extension MosquittoHandle {
    enum Sent {
        case sent(identifier: Int)
        /// This message cannot be sent; the connection is as good as before.
        case rejected(PublishError)
        case failed(LinkDownReason)
    }

    func publish(_ message: PublishQueue.Message) -> Sent {
        var properties = PropertyList()
        if let wanted = message.properties { properties.add(wanted) }
        defer { properties.free() }
        if properties.isBroken { return .rejected(.library("a message property is too long or not valid UTF-8")) }
        self.isSending = true
        defer { self.isSending = false }
        var identifier: CInt = 0
        errno = 0
        let result = message.payload.withUnsafeReadableBytes { payload in
            mosquitto_publish_v5(
                self.pointer, &identifier, message.topic.string, CInt(clamping: payload.count), payload.baseAddress,
                CInt(message.qos.rawValue), message.retain, properties.list)
        }
        let code = errno
        if identifier > 0 { self.lastIdentifier = identifier }
        switch mosq_err_t(result) {
        case MOSQ_ERR_SUCCESS: return .sent(identifier: Int(identifier))
        case MOSQ_ERR_OVERSIZE_PACKET, MOSQ_ERR_PAYLOAD_SIZE: return .rejected(.tooLarge)
        case MOSQ_ERR_QOS_NOT_SUPPORTED: return .rejected(.qosNotOffered(message.qos))
        case MOSQ_ERR_INVAL, MOSQ_ERR_MALFORMED_UTF8, MOSQ_ERR_DUPLICATE_PROPERTY, MOSQ_ERR_NOT_SUPPORTED:
            return .rejected(.library(MosquittoLibrary.text(for: result)))
        default: return .failed(self.reason(for: result, errnoCode: code))
        }
    }

    enum Subscribed {
        case sent(identifier: Int)
        case failed(String)
    }

    /// - Parameter subscriptions: of the same QoS and options.
    func subscribe(_ subscriptions: [Subscription]) -> Subscribed {
        guard let first = subscriptions.first else { return .failed("no filters") }
        var options: CInt = 0
        if first.noLocal { options |= CInt(MQTT_SUB_OPT_NO_LOCAL.rawValue) }
        if first.retainAsPublished { options |= CInt(MQTT_SUB_OPT_RETAIN_AS_PUBLISHED.rawValue) }
        return self.withCStrings(subscriptions.map(\.filter)) { filters in
            var identifier: CInt = 0
            let result = mosquitto_subscribe_multiple(
                self.pointer, &identifier, CInt(filters.count), filters.baseAddress, CInt(first.qos.rawValue), options,
                nil)
            return self.subscribed(result, identifier)
        }
    }

    func unsubscribe(_ filters: [TopicFilter]) -> Subscribed {
        self.withCStrings(filters) { filters in
            var identifier: CInt = 0
            let result = mosquitto_unsubscribe_multiple(
                self.pointer, &identifier, CInt(filters.count), filters.baseAddress, nil)
            return self.subscribed(result, identifier)
        }
    }

    private func subscribed(_ result: CInt, _ identifier: CInt) -> Subscribed {
        if identifier > 0 { self.lastIdentifier = identifier }
        if result == 0 { return .sent(identifier: Int(identifier)) }
        return .failed(MosquittoLibrary.text(for: result))
    }

    private func withCStrings<Result>(
        _ filters: [TopicFilter], _ body: (UnsafeBufferPointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = filters.map { strdup($0.string) }
        defer { copies.forEach { free($0) } }
        return copies.withUnsafeBufferPointer(body)
    }
}
