import Game
import MQTT
import NIOCore
import SocketIO

/// A command as it comes on `game/cmd/<client>`: `{ev, d?, cid?, reply?}`.
struct BrokerCommand {
    let event: String
    let payload: JSON?
    /// `cid`: the client's name for the command, 1 to 36 bytes.
    let name: String?

    /// Most bytes of a command, and of moves: the largest of them, a chat message, and what is around it.
    static let maximumBytes = 128 * 1_024

    /// - Throws: `TOO_BIG`, `BAD_INPUT`.
    init(_ payload: ByteBuffer) throws(Refusal) {
        guard payload.readableBytes <= Self.maximumBytes else {
            throw Refusal(.tooBig, "a command has at most \(Self.maximumBytes) bytes")
        }
        guard let json = try? JSON(validating: payload), let event = json["ev"]?.string else {
            throw Refusal(.badInput, "a command is {ev, d, cid}")
        }
        self.event = event
        self.payload = json["d"]
        self.name = try json["cid"].flatMap { $0.isNull ? nil : $0 }.map { (cid) throws(Refusal) in
            guard let name = cid.string, (1...36).contains(name.utf8.count) else {
                throw Refusal(.badInput, "cid: a string of 1 to 36 bytes")
            }
            return name
        }
    }

    /// As a socket would have sent it.
    var arguments: Arguments {
        // `time` is the one event with two arguments, and none with a list for its first.
        if self.event == "time", let elements = self.payload?.elements {
            return Arguments([JSON(self.event)] + elements)
        }
        return Arguments([JSON(self.event)] + (self.payload.map { [$0] } ?? []))
    }
}

/// Where a command's answer goes: the client's own topic, or one below it that the client names in MQTT 5's properties or as
/// `reply`. Not just any: the relay may publish where the client may not.
struct ReplyAddress {
    let topic: TopicName
    /// MQTT 5's correlation data, to come back with the answer.
    let correlation: [UInt8]?

    init(_ topic: TopicName, correlation: [UInt8]?) {
        self.topic = topic
        self.correlation = correlation
    }

    /// - Throws: `BAD_INPUT`, where the client names a topic that is not its own.
    init(of message: MQTTMessage, own: TopicName) throws(Refusal) {
        let named = (try? JSON(validating: message.payload))?["reply"]?.string ?? message.properties?.responseTopic
        let topic = named.flatMap { try? TopicName($0) }
        guard named == nil || named == own.string || topic?.string.hasPrefix("\(own.string)/") == true else {
            throw Refusal(.badInput, "reply: \(own.string), or a topic below it")
        }
        self.init(topic ?? own, correlation: message.properties?.correlationData)
    }

    func publication(of answer: JSON) -> Publication {
        Publication(
            topic: self.topic, payload: answer.bytes, qos: .atLeastOnce, retain: false,
            properties: self.correlation.map { MQTTProperties(correlationData: $0) })
    }
}

/// Moves as they come on `game/<rid>/in/<seat>`: `{tok, m}`, or the bytes of a MOVE frame with `tok` as a user property.
struct BrokerMoves {
    let token: ResumeToken?
    private let content: Content

    private enum Content {
        /// `[n, kind, data, options?]`, or a list of such.
        case json([JSON])
        case frame(ByteBuffer)
    }

    /// - Throws: `TOO_BIG`, `BAD_INPUT`.
    init(_ message: MQTTMessage) throws(Refusal) {
        guard message.payload.readableBytes <= BrokerCommand.maximumBytes else {
            throw Refusal(.tooBig, "moves have at most \(BrokerCommand.maximumBytes) bytes")
        }
        let property = message.properties?.user.first { $0.name == "tok" }?.value
        let bytes = message.payload
        if bytes.getInteger(at: bytes.readerIndex, as: UInt8.self) == BinaryFrame.magic {
            self.token = property.flatMap { ResumeToken($0) }
            self.content = .frame(bytes)
            return
        }
        guard let json = try? JSON(validating: bytes), let move = json["m"]?.elements else {
            throw Refusal(.badInput, "moves are {tok, m: [n, kind, data]}")
        }
        self.token = (json["tok"]?.string ?? property).flatMap { ResumeToken($0) }
        self.content = .json(move)
    }

    /// The number of the first move, as far as it can be read.
    var firstNumber: UInt32 { MoveMessage.firstNumber(of: self.arguments(reference: 0)) }

    /// As a socket would have sent them.
    /// - Parameter reference: the room's number.
    func arguments(reference: UInt16) -> Arguments {
        switch self.content {
        case .json(let move):
            let isBatch = move.first?.isArray ?? false
            let rest: [JSON] = isBatch ? [.array(move)] : move
            return Arguments(["move", .array([JSON(reference)] + rest)])
        case .frame(var bytes):
            // Which room it is for, the topic says.
            if bytes.readableBytes >= 4 {
                bytes.setInteger(reference, at: bytes.readerIndex + 2, endianness: .little)
            }
            return Arguments(["move", .placeholder(0)], attachments: [bytes])
        }
    }
}
