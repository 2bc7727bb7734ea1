import MQTT
import NIOCore
import SocketIO
import SocketIOServer

/// A topic's value as the event that viewers receive: `(topic, payload, {at, …})`.
enum TopicMessage {
    /// What the third argument says besides what the value says of itself.
    struct Remarks: Hashable {
        /// Values merged away for this viewer.
        var skipped = 0
        /// A value of the past: a newer one of its topic follows.
        var isHistory = false
        /// From the store, while the broker's link or the device is away.
        var isStale = false
    }

    /// Encodes a value under its rule. JSON goes in as the device wrote it, having been checked to be one value: else a
    /// device could add arguments of its own. What is no JSON is an attachment.
    static func make(
        _ update: TopicUpdate, rule: TopicRules.Rule, namespace: String, _ remarks: Remarks = Remarks()
    ) -> OutboundMessage? {
        guard let form = Self.form(of: update, under: rule.payload) else { return nil }
        let isAttached = if case .binary = form { true } else { false }
        let size = rule.event.utf8.count + update.byteCount + 100
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
            text.writeStaticString(",{")
            update.writeRemarks(under: rule, remarks, to: &text)
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

extension TopicUpdate {
    /// `"at": …` and whatever else there is to say of the value, as members of an object.
    func writeRemarks(under rule: TopicRules.Rule, _ remarks: TopicMessage.Remarks, to text: inout ByteBuffer) {
        text.writeStaticString(#""at":"#)
        text.writeString(String(self.at))
        if self.retained { text.writeStaticString(#","retained":true"#) }
        if self.isExpiry { text.writeStaticString(#","expired":true"#) }
        if remarks.isHistory { text.writeStaticString(#","history":true"#) }
        if remarks.isStale { text.writeStaticString(#","stale":true"#) }
        if remarks.skipped > 0 { text.writeString(#","skipped":\#(remarks.skipped)"#) }
        if rule.properties, let properties { properties.writeMembers(to: &text) }
    }
}

extension TopicUpdate.Properties {
    /// `contentType` and `properties`, each name with its value, or a list of them where it repeats.
    var members: [(String, JSON)] {
        var members: [(String, JSON)] = []
        if let contentType { members.append(("contentType", JSON(contentType))) }
        guard !self.user.isEmpty else { return members }
        var names: [String] = []
        var values: [String: [JSON]] = [:]
        for property in self.user {
            if values[property.name] == nil { names.append(property.name) }
            values[property.name, default: []].append(JSON(property.value))
        }
        let properties = names.map { name in
            let all = values[name] ?? []
            return (name, all.count == 1 ? all[0] : .array(all))
        }
        return members + [("properties", .object(properties))]
    }

    fileprivate func writeMembers(to text: inout ByteBuffer) {
        for (name, value) in self.members {
            text.writeStaticString(",")
            text.writeJSON(string: name)
            text.writeStaticString(":")
            text.writeImmutableBuffer(value.bytes)
        }
    }
}
