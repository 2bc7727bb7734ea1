import NIOCore
import SocketIO
import SocketIOServer

/// A topic's value as the event that viewers receive: `(topic, payload, {at, retained?, skipped?})`.
enum TopicMessage {
    /// Encodes a value under its rule. JSON goes in as the device wrote it, having been checked to be one value: else a
    /// device could add arguments of its own. What is no JSON is an attachment.
    static func make(
        _ update: TopicUpdate, rule: TopicRules.Rule, namespace: String, skipped: Int = 0
    ) -> OutboundMessage? {
        guard let form = Self.form(of: update, under: rule.payload) else { return nil }
        let isAttached = if case .binary = form { true } else { false }
        let size = rule.event.utf8.count + update.topic.utf8.count + update.payload.readableBytes + 100
        return OutboundMessage(
            namespace: namespace, sizeHint: size, attachments: isAttached ? [update.payload] : []
        ) { text in
            text.writeStaticString("[")
            text.writeJSON(string: rule.event)
            text.writeStaticString(",")
            text.writeJSON(string: update.topic)
            text.writeStaticString(",")
            switch form {
            case .json: text.writeImmutableBuffer(update.payload)
            case .text: text.writeJSON(string: String(buffer: update.payload))
            case .binary: text.writeStaticString(#"{"_placeholder":true,"num":0}"#)
            }
            text.writeStaticString(#",{"at":"#)
            text.writeString(String(update.at))
            if update.retained { text.writeStaticString(#","retained":true"#) }
            if skipped > 0 { text.writeString(#","skipped":\#(skipped)"#) }
            text.writeStaticString("}]")
        }
    }

    static func canShow(_ update: TopicUpdate, under payload: RelayConfiguration.Rule.Payload) -> Bool {
        self.form(of: update, under: payload) != nil
    }

    /// How a payload travels under a rule; nil when the rule has no place for it.
    static func form(
        of update: TopicUpdate, under payload: RelayConfiguration.Rule.Payload
    ) -> TopicUpdate.Form? {
        switch (payload, update.form) {
        case (.binary, _): .binary
        case (.auto, .json), (.json, .json): .json
        case (.json, _): update.isDelete ? .binary : nil
        case (.auto, _): .binary
        case (.text, .binary): .binary
        case (.text, _): .text
        }
    }
}
