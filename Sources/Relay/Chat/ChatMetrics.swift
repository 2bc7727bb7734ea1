/// What the chat rooms and their clients on one loop have counted since its start; summed over the loops when asked.
struct ChatMetrics: Sendable {
    enum MessageResult: String, CaseIterable, Sendable {
        case said, refused
    }

    /// Why a plain WebSocket ended.
    enum WebSocketEnd: String, CaseIterable, Sendable {
        /// Its client left, or was gone.
        case left
        /// It sent what is refused.
        case refused
        /// More waited for it than the server keeps.
        case slowConsumer = "slow consumer"
        /// The server stops.
        case stopping = "server shutting down"
    }

    /// Rooms with members.
    var rooms = 0
    var members = 0
    var messages: [MessageResult: Int] = [:]
    var historyBytes = 0
    var historyEvicted = 0
    var webSockets = 0
    var webSocketsClosed: [WebSocketEnd: Int] = [:]

    static func + (left: Self, right: Self) -> Self {
        var sum = left
        sum.rooms += right.rooms
        sum.members += right.members
        sum.messages.merge(right.messages, uniquingKeysWith: +)
        sum.historyBytes += right.historyBytes
        sum.historyEvicted += right.historyEvicted
        sum.webSockets += right.webSockets
        sum.webSocketsClosed.merge(right.webSocketsClosed, uniquingKeysWith: +)
        return sum
    }
}
