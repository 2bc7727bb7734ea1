import Game
import NIOCore
import SocketIO

/// A player's way to the server: a Socket.IO connection, or a session with the broker that the relay listens to. On one
/// event loop.
protocol Link: AnyObject {
    /// Connects. The first thing to be received is `hello`, or that the link is ready.
    func open()

    /// Sends a command of the contract, and calls back once: with the acknowledgement, or nil when none came in time. Not
    /// at all when the link ends before.
    func send(_ event: String, _ payload: JSON, answer: @escaping (JSON?) -> Void)

    /// Whether moves are acknowledged. Else the room's log tells which were taken, and only a refusal is told of.
    var answersMoves: Bool { get }

    /// Sends a move.
    /// - Parameter answer: called as for a command; where moves are not acknowledged, the move must be one that is refused.
    ///   Nil: no acknowledgement is asked for, a refusal comes as a message.
    func send(_ move: NumberedMove, to room: Membership, answer: ((JSON?) -> Void)?)

    /// Sends a move that was sent before, and asks for nothing.
    func sendAgain(_ move: NumberedMove, to room: Membership)

    /// The player is about to ask to be let into a room: what happens there is to be heard from then on.
    /// - Parameter seat: where the player has one already.
    func approach(_ room: String, seat: Seat?)

    /// The member is in a room now, on a seat where it plays: what is told there is to be heard.
    func entered(_ room: Membership)

    /// Whether to read what arrives.
    func setReading(_ isReading: Bool)

    /// Says goodbye and closes.
    func close()

    /// Breaks off without a goodbye, as if the machine had lost its network.
    func abandon()
}

/// Where a player is: what it needs to speak to its room.
struct Membership: Equatable, Sendable {
    let room: String
    let reference: UInt16
    let seat: Seat?
    var token: String
}

/// Whoever uses a link. Called on its event loop.
protocol LinkDelegate: AnyObject {
    /// - Parameter bytes: how many it took, without the transport's own.
    func received(_ message: ServerMessage, bytes: Int, by link: any Link)
    /// The last call. `refusal` is the code of a server that would not let the player in.
    func ended(_ link: any Link, _ why: String, refusal: String?)
}

/// By what way a player comes, as `--mix` names them.
enum LinkKind: String, CaseIterable, Sendable {
    /// HTTP long-polling, JSON.
    case polling
    /// WebSocket, JSON.
    case websocket
    /// WebSocket, frames in binary.
    case binary
    /// Polling first, then a WebSocket.
    case upgrade
    /// The broker's topics.
    case mqtt

    /// What a player comes back by that has lost its connection: another transport than before.
    /// - Parameter hasBroker: whether it may be the broker's topics.
    func alternative(hasBroker: Bool) -> LinkKind {
        switch self {
        case .polling, .mqtt: .websocket
        case .websocket: hasBroker ? .mqtt : .polling
        case .upgrade: .polling
        case .binary: .upgrade
        }
    }
}
