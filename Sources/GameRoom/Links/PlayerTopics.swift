import Game
import MQTT

/// The topics of one player who comes by MQTT (game-rooms §2.11).
struct PlayerTopics: Sendable {
    /// The name that the player has at the broker and at the relay.
    let client: String
    let commands: TopicName
    /// Published by the broker when the connection breaks.
    let gone: TopicName
    private let answers: TopicFilter

    /// - Throws: a client's name that topics cannot have.
    init(client: String) throws(TopicError) {
        self.client = client
        self.commands = try TopicName("game/cmd/\(client)")
        self.gone = try TopicName("game/client/\(client)/gone")
        self.answers = try TopicFilter("game/out/\(client)")
    }

    /// Where moves go; nil: a room whose name topics cannot have.
    static func moves(to room: String, from seat: Seat) -> TopicName? {
        try? TopicName("game/\(room)/in/\(seat.rawValue)")
    }

    /// What to be subscribed to.
    /// - Parameter room: the one to listen to, with the player's seat in it where it has one.
    func filters(listeningTo room: (id: String, seat: Seat?)?) -> [TopicFilter] {
        guard let room else { return [self.answers] }
        var topics = ["game/\(room.id)/events", "game/\(room.id)/state"]
        if let seat = room.seat { topics.append("game/\(room.id)/out/\(seat.rawValue)") }
        return [self.answers] + topics.compactMap { try? TopicFilter($0) }
    }

    /// What a topic is to the player.
    enum Meaning: Equatable, Sendable {
        /// What is for the player alone: answers, and events that are for nobody else.
        case personal
        /// A room's log.
        case log(room: String)
        /// A room's state, now and then.
        case state(room: String)
        /// What is for one seat alone.
        case seat(room: String)
    }

    /// Nil: none that the player asks for.
    func meaning(of topic: String) -> Meaning? {
        let levels = topic.split(separator: "/", omittingEmptySubsequences: false)
        guard levels.count >= 3, levels[0] == "game" else { return nil }
        if levels[1] == "out" { return levels[2] == self.client ? .personal : nil }
        let room = String(levels[1])
        switch (levels[2], levels.count) {
        case ("events", 3): return .log(room: room)
        case ("state", 3): return .state(room: room)
        case ("out", 4): return .seat(room: room)
        default: return nil
        }
    }
}
