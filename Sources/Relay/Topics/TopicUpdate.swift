import EngineIO
import MQTT
import NIOCore
import SocketIO

/// One message of a device, as the MQTT thread hands it to every shard.
struct TopicUpdate: Sendable {
    let topic: String
    let payload: ByteBuffer
    /// What the payload is, looked at once.
    let form: Form
    var retained: Bool
    /// When the relay received it, Unix milliseconds.
    let at: Int64
    /// Which of all messages it is: Unix microseconds, one more than the last where that is not enough. So it rises across
    /// restarts too.
    let serial: Int64
    /// When it is worth no more, by MQTT 5's message expiry (§3.3.2.3.3); nil: never.
    let expires: NIODeadline?
    /// Nil: the message has none, or no rule asks for them.
    let properties: Properties?
    /// By which connection to the broker it came, counted from 1.
    let link: Int
    /// The broker may be telling what it retains, in answer to a subscription; only if `retained`, too.
    let mayBeReplay: Bool
    /// The value has expired: no message, but the end of one.
    let isExpiry: Bool
    /// An empty retained message removes what the broker keeps for the topic (MQTT 5 §3.3.1.3).
    let isDelete: Bool

    enum Form: Sendable {
        /// One well-formed JSON value.
        case json
        case text
        case binary
    }

    /// What MQTT 5 says of a message besides its payload. Out of line, since most have none.
    final class Properties: Sendable {
        let contentType: String?
        /// Names and values in the order of the message; names may repeat.
        let user: [MQTTProperties.UserProperty]

        init?(_ properties: MQTTProperties?) {
            guard let properties, properties.contentType != nil || !properties.user.isEmpty else { return nil }
            self.contentType = properties.contentType
            self.user = properties.user
        }

        fileprivate var byteCount: Int {
            self.user.reduce(self.contentType?.utf8.count ?? 0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 32 }
        }
    }

    /// - Parameter tellsRetained: whether `retained` is how the message was published. MQTT 3.1.1 does not say of what is
    ///   published now (§3.3.1.3); there every empty message counts as a delete.
    init(
        topic: String, payload: ByteBuffer, retained: Bool, at: Int64, serial: Int64 = 0, expires: NIODeadline? = nil,
        properties: Properties? = nil, link: Int = 1, mayBeReplay: Bool = false, tellsRetained: Bool = true
    ) {
        self.topic = topic
        self.payload = payload
        self.retained = retained
        self.at = at
        self.serial = serial
        self.expires = expires
        self.properties = properties
        self.link = link
        self.mayBeReplay = mayBeReplay
        self.isExpiry = false
        self.isDelete = payload.readableBytes == 0 && (retained || !tellsRetained)
        if (try? JSON(validating: payload)) != nil {
            self.form = .json
        } else {
            self.form = payload.readableBytes > 0 && payload.isValidUTF8 ? .text : .binary
        }
    }

    /// The end of a value whose time is up.
    init(expiryOf update: TopicUpdate, at: Int64) {
        self.topic = update.topic
        self.payload = ByteBuffer()
        self.form = .binary
        self.retained = false
        self.at = at
        self.serial = update.serial
        self.expires = nil
        self.properties = nil
        self.link = update.link
        self.mayBeReplay = false
        self.isExpiry = true
        self.isDelete = true
    }

    /// What the update counts for in a queue or the store.
    var byteCount: Int {
        self.topic.utf8.count + self.payload.readableBytes + 64 + (self.properties?.byteCount ?? 0)
    }
}

extension TopicUpdate {
    /// Whether a device's status says that it is away: `offline`, as a text, a JSON string, or the `state` of an object.
    var saysOffline: Bool {
        if self.payload.readableBytesView.elementsEqual("offline".utf8) { return true }
        guard self.payload.readableBytes <= 1_024, let json = try? JSON(validating: self.payload) else { return false }
        return json.string == "offline" || json["state"]?.string == "offline"
    }
}
