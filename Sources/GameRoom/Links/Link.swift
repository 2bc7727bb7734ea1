import Game
import NIOCore
import SocketIO

/// A player's way to the server: a Socket.IO connection, or a session with the broker that the relay listens to. On one
/// event loop.
protocol Link: AnyObject {
    /// Connects. The first thing to be received is `hello`.
    func open()

    /// Sends a command of the contract, and calls back once: with the acknowledgement, or nil when none came in time. Not
    /// at all when the link ends before.
    func send(_ event: String, _ payload: JSON, answer: @escaping (JSON?) -> Void)

    /// Sends a move.
    /// - Parameter answer: nil: no acknowledgement is asked for, a refusal comes as a message.
    func send(_ move: NumberedMove, to room: Membership, answer: ((JSON?) -> Void)?)

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
    var alternative: LinkKind {
        switch self {
        case .polling: .websocket
        case .websocket, .upgrade: .polling
        case .binary: .upgrade
        case .mqtt: .mqtt
        }
    }
}
