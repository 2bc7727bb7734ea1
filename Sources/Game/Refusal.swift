package import SocketIO

/// Why a command or a move was refused: `{ok: false, code, message, retry?, …}`. It changed nothing.
package struct Refusal: Error, Hashable, Sendable {
    package enum Code: String, CaseIterable, Sendable {
        /// The client speaks another version of this contract.
        case version = "VERSION"
        /// The client did not prove who it is.
        case auth = "AUTH"
        /// The arguments are not what the event takes.
        case badInput = "BAD_INPUT"
        case unknownEvent = "UNKNOWN_EVENT"
        /// There is no such game here.
        case noKind = "NO_KIND"
        case noRoom = "NO_ROOM"
        case roomFull = "ROOM_FULL"
        /// The room takes no more players.
        case locked = "LOCKED"
        case password = "PASSWORD"
        case banned = "BANNED"
        case alreadyIn = "ALREADY_IN"
        case notIn = "NOT_IN"
        case noSeat = "NO_SEAT"
        case notHost = "NOT_HOST"
        case notReady = "NOT_READY"
        case wrongState = "WRONG_STATE"
        /// Spectators have no say.
        case spectator = "SPECTATOR"
        case token = "TOKEN"
        /// A property was not what the caller thought it was.
        case compareAndSet = "CAS"
        case notYourTurn = "NOT_YOUR_TURN"
        case illegal = "ILLEGAL"
        /// The move was made for an older state.
        case stale = "STALE"
        /// A move's number is not the next one.
        case gap = "GAP"
        case gameOver = "GAME_OVER"
        /// The room's guards do not let this pass.
        case guarded = "GUARD"
        /// The room's number on this connection is not one.
        case reference = "REF"
        case tooBig = "TOO_BIG"
        case muted = "MUTED"
        case rate = "RATE"
        /// The server has no room for more; `retry` says when to ask again.
        case busy = "BUSY"
        case redirect = "REDIRECT"
        /// The server is about to stop.
        case draining = "DRAINING"
        case `internal` = "INTERNAL"
    }

    package let code: Code
    package let message: String
    /// Milliseconds after which trying again can help.
    package let retry: Int?
    /// Further members of the answer: `expect` of a `GAP`, `seat` of an `ALREADY_IN`.
    package let details: [Detail]

    package struct Detail: Hashable, Sendable {
        package let name: String
        package let value: JSON
    }

    package init(_ code: Code, _ message: String, retry: Int? = nil, details: [(String, JSON)] = []) {
        self.code = code
        self.message = message
        self.retry = retry
        self.details = details.map { Detail(name: $0.0, value: $0.1) }
    }
}
