import EngineIO
import NIOCore
import SocketIO

/// One message of a device, as the MQTT thread hands it to every shard.
struct TopicUpdate: Sendable {
    let topic: String
    let payload: ByteBuffer
    /// What the payload is, looked at once.
    let form: Form
    let retained: Bool
    /// When the relay received it, Unix milliseconds.
    let at: Int64
    /// Which of all messages it is: Unix microseconds, one more than the last where that is not enough. So it rises across
    /// restarts too.
    let number: Int64

    enum Form: Sendable {
        /// One well-formed JSON value.
        case json
        case text
        case binary
    }

    init(topic: String, payload: ByteBuffer, retained: Bool, at: Int64, number: Int64) {
        self.topic = topic
        self.payload = payload
        self.retained = retained
        self.at = at
        self.number = number
        if (try? JSON(validating: payload)) != nil {
            self.form = .json
        } else {
            self.form = payload.readableBytes > 0 && payload.isValidUTF8 ? .text : .binary
        }
    }

    /// An empty retained message removes what the broker keeps for the topic (MQTT 5 §3.3.1.3).
    var isDelete: Bool { self.payload.readableBytes == 0 }

    /// What the update counts for in a queue or the store.
    var byteCount: Int { self.topic.utf8.count + self.payload.readableBytes + 64 }
}
