import Game
import NIOCore
import SocketIO

extension TickFrame {
    /// The frame as topics have it: the array of the event `tick`, bytes in it as `{"base64": "…"}`, since a topic's message
    /// has no attachments.
    ///
    /// - Parameter reference: the room's number for whoever reads it; 0 where the topic says which room it is.
    func topicJSON(reference: UInt16 = 0) -> JSON {
        [
            JSON(reference), JSON(self.tick), JSON(self.time), JSON(self.firstNumber),
            .array(self.events.map(\.topicJSON)),
        ]
    }
}

extension LogEvent {
    /// `[kind, seat, n, data]`, or the hole `[0, seat, n]`.
    fileprivate var topicJSON: JSON {
        let head = [JSON(self.kind.rawValue), JSON(self.seat.rawValue), JSON(self.moveNumber)]
        return .array(self.kind == .hole ? head : head + [self.data.topicJSON])
    }
}

extension Payload {
    fileprivate var topicJSON: JSON {
        switch self {
        case .json(let json): return json
        case .binary(let bytes):
            var text = ByteBuffer()
            text.writeBase64Object(bytes)
            return JSON(unchecked: text)
        }
    }
}
