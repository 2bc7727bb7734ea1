import Game
import NIOCore
import SocketIO
import SocketIOServer

/// Something for clients of one loop, from a room or the lobby; what is in one list arrives in its order.
enum Delivery: Sendable {
    /// A room's frame. Members that have left meanwhile are passed over.
    case frame(OutboundMessage, to: [MemberID])
    /// The member is in the room no more.
    case departure(MemberID, DepartureReason)
    /// All there is to know of a room, for a member that reads too slowly.
    case resynchronisation(MemberID, JSON)
    /// For those who watch the lobby, by their clients' numbers.
    case notice(OutboundMessage, to: [MemberID])
}

/// Which form a member reads frames in: `enc` of its handshake.
enum FrameEncoding: String, CaseIterable, Sendable {
    case json
    case binary = "bin"
}

/// Encodes what a room tells, each form once for all who read it.
struct FrameEncoder {
    let namespace: String
    /// The room's number on all its members' connections.
    let reference: UInt16

    /// The packets of a log frame; several where it holds more byte payloads than one may have attachments.
    func messages(for frame: TickFrame, as encoding: FrameEncoding) -> [OutboundMessage] {
        if encoding == .binary, let message = self.binary("tick", .tick(frame)) { return [message] }
        return frame.packets.map { part in
            let size = part.events.reduce(64) { $0 + $1.data.byteCount + 24 }
            return OutboundMessage(
                namespace: self.namespace, sizeHint: size, attachments: part.attachments
            ) { part.writeJSON(reference: self.reference, to: &$0) }
        }
    }

    func message(for state: RoomOutput.State, as encoding: FrameEncoding) -> OutboundMessage {
        if encoding == .binary, let message = self.binary("state", .state(state.frame(as: .binary))) { return message }
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
