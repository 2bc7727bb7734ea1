import NIOCore
import SocketIO
import SocketIOServer

/// Takes the answer to what a client asked for, once, on the client's loop.
typealias ChatReply = NIOLoopBound<(ChatAnswer) -> Void>

/// What a client is answered.
enum ChatAnswer: Sendable {
    case ok(JSON)
    case refused(ChatRefusal)

    var json: JSON {
        switch self {
        case .ok(let json): json
        case .refused(let refusal): refusal.json
        }
    }
}

/// Something for the clients of one loop, from a room; what is in one list, and in one list after another, comes in the
/// room's order.
enum ChatDelivery: Sendable {
    /// The client is a member from here on, or goes on being one by another name.
    case admitted(ChatMemberKey, ChatReply?, JSON)
    case refused(ChatMemberKey, ChatReply?, ChatRefusal)
    /// The client is no member any more.
    /// - Parameter event: what it is told, where it was put out.
    case departed(ChatMemberKey, ChatReply?, ChatEvent?)
    case answer(ChatReply, ChatAnswer)
    /// For all members here but one.
    case event(ChatEvent, in: ChatAddress, except: ChatMemberKey?)

    /// What it holds in memory.
    var byteCount: Int {
        if case .event(let event, _, _) = self { event.byteCount } else { 0 }
    }
}

/// What a room tells its members, encoded once in each form that one of them reads.
struct ChatEvent: Sendable {
    /// A Socket.IO event; nil: no member takes those.
    let message: OutboundMessage?
    /// A frame with what was said; nil: it is not that, or no member reads it.
    let frame: ByteBuffer?

    init(_ notice: ChatNotice, of room: ChatRoom) {
        let address = room.address
        self.message =
            room.hasSocketMembers
            ? OutboundMessage(
                SocketPacket(namespace: address.namespace, .event(notice.arguments(in: address.room), id: nil))) : nil
        if case .said(let message) = notice, room.hasPlainMembers {
            self.frame = WebSocketHandler.frame(isText: true, ByteBuffer(string: message.text.text))
        } else {
            self.frame = nil
        }
    }

    /// For a member that is in the room no more.
    init(_ notice: ChatNotice, to member: ChatMember, of address: ChatAddress) {
        self.frame = nil
        self.message =
            member.form == .events
            ? OutboundMessage(
                SocketPacket(namespace: address.namespace, .event(notice.arguments(in: address.room), id: nil))) : nil
    }

    var byteCount: Int { (self.message?.byteCount ?? 0) + (self.frame?.readableBytes ?? 0) }
}
