import Game
import NIOCore
import SocketIO

/// The event `move`, in its JSON or its binary form.
struct GameMove {
    let reference: UInt16
    let moves: [NumberedMove]
    /// Whether the answer tells of each.
    let isBatch: Bool

    /// - Parameter kinds: the named kinds of the room with a reference; nil: the client is in no such room.
    /// - Throws: `REF`, `BAD_INPUT`.
    init(_ arguments: Arguments, kinds: (UInt16) -> [GameDescription.NamedKind]?) throws(Refusal) {
        guard let bytes = arguments.attachment(at: 1) else {
            let message = try MoveMessage(arguments, kinds: kinds)
            self.reference = message.reference
            self.moves = message.moves
            self.isBatch = message.isBatch
            return
        }
        guard let frame = try? BinaryFrame(decoding: bytes), case .moves(let batch) = frame.content else {
            throw Refusal(.badInput, "the bytes of a move are a MOVE frame")
        }
        guard kinds(frame.ref) != nil else { throw Refusal(.reference, "\(frame.ref) is no room of yours") }
        self.reference = frame.ref
        self.moves = batch.moves
        self.isBatch = batch.moves.count > 1
    }
}

extension RoomCommand {
    /// The room of a command for a room that the client is in.
    var room: String? {
        switch self {
        case .leave(let room), .ready(let room, _), .start(let room), .rematch(let room), .kick(let room, _, _),
            .say(let room, _, _), .set(let room, _), .appoint(let room, _):
            room
        case .create, .match, .join, .resume, .watchLobby, .unwatchLobby, .time: nil
        }
    }

    /// Does what the command says.
    /// - Returns: the acknowledgement.
    func perform(in room: inout Room, by member: MemberID, at now: NIODeadline) throws(Refusal) -> JSON {
        switch self {
        case .leave: try room.leave(member, at: now)
        case .ready(_, let isReady): try room.setReady(isReady, by: member, at: now)
        case .start: try room.start(by: member, at: now)
        case .rematch: try room.rematch(by: member, at: now)
        case .kick(_, let seat, let bans): try room.kick(seat, bans: bans, by: member, at: now)
        case .say(_, let text, let recipients):
            return ["ok": true, "q": JSON(try room.say(text, to: recipients, by: member, at: now))]
        case .set(_, let change): return ["ok": true, "ver": JSON(try room.set(change, by: member, at: now))]
        case .appoint(_, let seat): try room.appoint(seat, by: member, at: now)
        case .create, .match, .join, .resume, .watchLobby, .unwatchLobby, .time: break
        }
        switch self {
        case .start, .rematch: return ["ok": true, "state": JSON(room.info.state.rawValue)]
        default: return ["ok": true]
        }
    }
}
