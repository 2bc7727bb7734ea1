import NIOCore
import SocketIO

/// A topic's last value as plain HTTP tells it: the payload as the device wrote it.
struct TopicRepresentation {
    let content: Content
    /// When the relay received it, Unix milliseconds.
    let at: Int64

    /// Nil when there is no value, or the rule has no place for it.
    init?(_ update: TopicUpdate, under payload: RelayConfiguration.Rule.Payload) {
        guard !update.isDelete, let form = TopicMessage.form(of: update, under: payload) else { return nil }
        let type =
            switch form {
            case .json: "application/json"
            case .text: "text/plain; charset=utf-8"
            case .binary: "application/octet-stream"
            }
        self.content = Content(type: type, body: update.payload, tag: EntityTag(of: update.payload))
        self.at = update.at
    }
}

extension TopicUpdate {
    /// The payload within JSON: a JSON value as it is, text as a string, bytes as `{"base64": "…"}`. Nil when the rule has
    /// no place for it.
    func writePayload(under payload: RelayConfiguration.Rule.Payload, to text: inout ByteBuffer) -> Bool {
        guard let form = TopicMessage.form(of: self, under: payload) else { return false }
        switch form {
        case .json: text.writeImmutableBuffer(self.payload)
        case .text: text.writeJSON(string: String(buffer: self.payload))
        case .binary: text.writeBase64Object(self.payload)
        }
        return true
    }
}
