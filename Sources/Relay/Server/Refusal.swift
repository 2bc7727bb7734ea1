import Settings
import NIOCore
import SocketIO
import SocketIOServer

/// Why an event was refused: the `code` of its acknowledgement `{ok: false, code, message}`.
enum RefusalCode: String, CaseIterable {
    /// The arguments are not what the event takes.
    case badInput = "BAD_INPUT"
    /// The token is none that the configuration knows.
    case unauthorized = "UNAUTHORIZED"
    /// The namespace's rules and grants do not allow it.
    case forbidden = "FORBIDDEN"
    /// There is no such thing, or no value of it yet.
    case notFound = "NOT_FOUND"
    /// More than one client may have.
    case tooMany = "TOO_MANY"
    /// More bytes than allowed.
    case tooBig = "TOO_BIG"
    /// There is no link to the broker now.
    case brokerDown = "BROKER_DOWN"
    /// The broker took the connection away, or said no, before it acknowledged.
    case brokerFailed = "BROKER_FAILED"
    /// More waits for the broker than the relay keeps; try again later.
    case busy = "BUSY"
    /// The device has not answered in time.
    case timeout = "TIMEOUT"
    /// The broker is spoken to in a version of MQTT that cannot do that.
    case notSupported = "NOT_SUPPORTED"
    /// The namespace has no such event.
    case unknownEvent = "UNKNOWN_EVENT"
    /// More at once than the limits allow.
    case rate = "RATE"
    /// The client is not in that room.
    case notIn = "NOT_IN"
    /// Somebody else in the room has the name.
    case nameTaken = "NAME_TAKEN"
    /// There are as many members as there may be.
    case roomFull = "ROOM_FULL"
}

extension Event {
    /// Answers with a refusal, where the client asked for an answer.
    /// - Parameter retry: milliseconds after which trying again can help; nil: it cannot, or nobody knows when.
    func refuse(_ code: RefusalCode, _ message: String, retry: Int? = nil) {
        var members: [(String, JSON)] = [("ok", false), ("code", JSON(code.rawValue)), ("message", JSON(message))]
        if let retry { members.append(("retry", JSON(retry))) }
        self.reply(.object(members))
    }
}

extension Secret {
    /// What a client is told that does not bring this token as `auth.token`; nil when it does.
    func refusal(of handshake: SocketHandshake) -> ConnectRefusal? {
        if let token = handshake.auth?["token"]?.string, self.matches(token) { return nil }
        return ConnectRefusal("not authorized", data: ["code": JSON(RefusalCode.unauthorized.rawValue)])
    }
}
