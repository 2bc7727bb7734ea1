import Game
import MQTT
import NIOCore
import SocketIO

/// What carries a player who comes by MQTT: a topic for each seat, and one for the rest. What everybody may see it reads
/// where everybody does.
final class BrokerConnection: GameConnection {
    private let client: String
    private let answers: TopicName
    private let bridge: Bridge
    private unowned let players: BrokerPlayers

    init(_ client: String, answers: TopicName, bridge: Bridge, players: BrokerPlayers) {
        self.client = client
        self.answers = answers
        self.bridge = bridge
        self.players = players
    }

    /// An event is a JSON array with its name in front, as on a socket.
    func send(_ frame: EncodedFrame, from room: Admission?) {
        // Packets are made for sockets alone.
        guard case .event(let event) = frame else { return }
        let topic = room.flatMap { room in
            room.seat.flatMap { GameTopic.privateEvents(of: room.room, to: $0) }
        }
        self.bridge.offer(
            Publication(topic: topic ?? self.answers, payload: event.bytes, qos: .atLeastOnce, retain: false))
    }

    func entered(_ room: Admission) {
        self.players.entered(room, client: self.client)
    }

    func left(_ room: Admission) {
        self.players.left(room, client: self.client)
    }
}
