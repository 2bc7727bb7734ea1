import Game
import NIOCore
import SocketIO
import SocketIOServer

/// Something for clients of one loop, from a room or the lobby; what is in one list arrives in its order.
enum Delivery: Sendable {
    /// A room's frame. Members that have left meanwhile are passed over.
    case frame(EncodedFrame, to: [MemberID])
    /// The member is in the room no more.
    case departure(MemberID, DepartureReason)
    /// All there is to know of a room, for a member that reads too slowly.
    case resynchronisation(MemberID, JSON)
    /// For those who watch the lobby, by their clients' numbers.
    case notice(OutboundMessage, to: [MemberID])
}

/// Which form a member reads frames in.
enum FrameEncoding: CaseIterable, Sendable {
    /// `enc: "json"` of a socket's handshake.
    case json
    /// `enc: "bin"`
    case binary
    /// The room's topics at the broker, which are for everybody: the member itself is sent only what is not.
    case topics
}

/// Something that a room tells, as those read it who get it.
enum EncodedFrame: Sendable {
    /// For sockets, encoded once for all of them.
    case packet(OutboundMessage)
    /// An event for few, encoded by whatever carries it.
    case event(Arguments)

    /// What it takes of a client's queue, about.
    var byteCount: Int {
        switch self {
        case .packet(let message): message.byteCount
        case .event(let arguments): arguments.bytes.readableBytes
        }
    }
}

/// Encodes what a room tells, each form once for all who read it.
struct FrameEncoder {
    let namespace: String
    /// The room's number on all its members' connections.
    let reference: UInt16

    /// A log frame for those who read it live.
    func live(_ frame: TickFrame, as encoding: FrameEncoding) -> [EncodedFrame] {
        guard encoding == .topics else { return self.whole(frame, as: encoding) }
        return frame.events.filter { $0.recipients != nil }.flatMap { event in
            let part = TickFrame(
                tick: frame.tick, time: frame.time, firstNumber: event.number, events: [event])
            return self.whole(part, as: .topics)
        }
    }

    /// All of a log frame; in several packets where it holds more byte payloads than one may have attachments.
    func whole(_ frame: TickFrame, as encoding: FrameEncoding) -> [EncodedFrame] {
        switch encoding {
        case .topics: return [.event(Arguments(["tick", frame.topicJSON(reference: self.reference)]))]
        case .binary: return self.binary("tick", .tick(frame)).map { [.packet($0)] } ?? self.packets(of: frame)
        case .json: return self.packets(of: frame)
        }
    }

    private func packets(of frame: TickFrame) -> [EncodedFrame] {
        frame.packets.map { part in
            let size = part.events.reduce(64) { $0 + $1.data.byteCount + 24 }
            let message = OutboundMessage(
                namespace: self.namespace, sizeHint: size, attachments: part.attachments
            ) { part.writeJSON(reference: self.reference, to: &$0) }
            return .packet(message)
        }
    }

    /// A state frame; nothing for those who read the state from its topic.
    func state(_ state: RoomOutput.State, as encoding: FrameEncoding) -> [EncodedFrame] {
        switch encoding {
        case .topics: []
        case .binary: [.packet(self.binary("state", .state(state.frame(as: .binary))) ?? self.packet(of: state))]
        case .json: [.packet(self.packet(of: state))]
        }
    }

    private func packet(of state: RoomOutput.State) -> OutboundMessage {
        let frame = state.frame(as: .json)
        return OutboundMessage(
            namespace: self.namespace, sizeHint: frame.payload.byteCount + 64, attachments: frame.attachments
        ) { frame.writeJSON(reference: self.reference, to: &$0) }
    }

    /// The event with the frame as its one attachment; nil: it does not fit the binary form.
    private func binary(_ event: String, _ content: BinaryFrame.Content) -> OutboundMessage? {
        var bytes = ByteBuffer()
        guard (try? BinaryFrame(ref: self.reference, content).write(to: &bytes, for: .recording)) != nil else {
            return nil
        }
        let arguments = Arguments([JSON(event), .placeholder(0)], attachments: [bytes])
        return OutboundMessage(SocketPacket(namespace: self.namespace, .event(arguments, id: nil)))
    }
}
