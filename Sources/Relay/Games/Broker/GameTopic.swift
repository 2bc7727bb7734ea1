import Game
import MQTT

/// A topic that players publish to (game-rooms §2.11). None of them is one that the relay publishes to, so that nothing
/// that it says comes back to it.
enum GameTopic: Hashable, Sendable {
    /// `game/cmd/<client>`: a command.
    case command(client: String)
    /// `game/<rid>/in/<seat>`: moves.
    case moves(room: String, Seat)
    /// `game/client/<client>/gone`: the client's Will.
    case gone(client: String)

    /// What brings all of them.
    static let filters = ["game/cmd/+", "game/+/in/+", "game/client/+/gone"].compactMap { try? TopicFilter($0) }

    /// Most bytes of a client's name: with the relay's prefix it is a `pid`.
    private static let maximumClient = 59

    /// Nil for any other topic.
    init?(_ topic: String) {
        let levels = topic.levels
        guard levels.first == "game" else { return nil }
        switch levels.count {
        case 3 where levels[1] == "cmd":
            guard let client = Self.client(levels[2]) else { return nil }
            self = .command(client: client)
        case 4 where levels[1] == "client" && levels[3] == "gone":
            guard let client = Self.client(levels[2]) else { return nil }
            self = .gone(client: client)
        case 4 where levels[2] == "in":
            guard RoomName.isID(String(levels[1])), let seat = UInt8(levels[3]), seat < Seat.limit else { return nil }
            self = .moves(room: String(levels[1]), Seat(rawValue: seat))
        default: return nil
        }
    }

    private static func client(_ level: Substring) -> String? {
        (1...Self.maximumClient).contains(level.utf8.count) ? String(level) : nil
    }

    /// `game/out/<client>`: what is for one client.
    static func answers(to client: String) -> TopicName? {
        try? TopicName("game/out/\(client)")
    }

    /// `game/<rid>/out/<seat>`: what is for one seat.
    static func privateEvents(of room: String, to seat: Seat) -> TopicName? {
        try? TopicName("game/\(room)/out/\(seat.rawValue)")
    }
}

/// The topics to which one room publishes.
struct RoomTopics: Sendable {
    let info: TopicName
    let events: TopicName
    let binary: TopicName
    let state: TopicName
    let result: TopicName
    /// The room's place in the lobby.
    let listing: TopicName
    private let room: String

    /// Nil for a name that is none of a room.
    init?(room: String, game: String) {
        func topic(_ last: String) -> TopicName? { try? TopicName("game/\(room)/\(last)") }
        guard let info = topic("info"), let events = topic("events"), let binary = topic("bin"),
            let state = topic("state"), let result = topic("result"),
            let listing = try? TopicName("game/lobby/\(game)/\(room)")
        else { return nil }
        self.room = room
        self.info = info
        self.events = events
        self.binary = binary
        self.state = state
        self.result = result
        self.listing = listing
    }

    func presence(of seat: Seat) -> TopicName? {
        try? TopicName("game/\(self.room)/presence/\(seat.rawValue)")
    }
}
