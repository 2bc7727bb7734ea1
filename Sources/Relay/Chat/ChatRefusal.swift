import SocketIO
import SocketIOServer

/// Why a chat room, or the way to it, said no.
struct ChatRefusal: Error, Hashable, Sendable {
    let code: RefusalCode
    let message: String
    /// Milliseconds after which to try again, where that helps.
    var retry: Int?

    init(_ code: RefusalCode, _ message: String, retry: Int? = nil) {
        self.code = code
        self.message = message
        self.retry = retry
    }

    static let notIn = ChatRefusal(.notIn, "you are not in that room")

    static func nameTaken(_ name: ChatName) -> ChatRefusal {
        ChatRefusal(.nameTaken, "somebody else in the room is called \(name.text)")
    }

    /// `{ok: false, code, message, retry?}`
    var json: JSON {
        let retry: [(String, JSON)] = self.retry.map { [("retry", JSON($0))] } ?? []
        return .object(
            [("ok", false), ("code", JSON(self.code.rawValue)), ("message", JSON(self.message))] + retry)
    }
}
