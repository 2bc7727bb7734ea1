import Game
import MQTT
import NIOCore
import SocketIO

/// What one room's events say to devices: `emit` of the configuration. On the room's loop.
struct DeviceSignals {
    private let emissions: [RelayConfiguration.DeviceEmission]
    private let bridge: Bridge

    /// Nil where nothing is to be said.
    init?(of room: Room, in surroundings: GameSurroundings) {
        let emissions = surroundings.games.emissions.filter { $0.room == room.settings.name }
        guard let bridge = surroundings.bridge, !emissions.isEmpty else { return nil }
        self.emissions = emissions
        self.bridge = bridge
    }

    func tell(_ output: RoomOutput, of room: Room) {
        for frame in output.frames {
            for event in frame.whole.events where event.kind == .end { self.roundEnded(event, in: room) }
        }
    }

    private func roundEnded(_ event: LogEvent, in room: Room) {
        let winner = event.data.json?["winner"]?.int.flatMap { UInt8(exactly: $0) }.flatMap { number in
            room.info.players.first { $0.seat == Seat(rawValue: number) }
        }
        for emission in self.emissions where emission.on == .end {
            let text = emission.to.topic { name in
                switch name {
                case .winnerName: winner?.player.name
                case .winnerPid: winner?.player.id
                case .winnerSeat: winner.map { "\($0.seat)" }
                case .room: room.settings.id
                }
            }
            guard let topic = text.flatMap({ try? TopicName($0) }) else { continue }
            let payload = emission.payload ?? event.data.json ?? .null
            self.bridge.offer(
                Publication(topic: topic, payload: payload.bytes, qos: .atLeastOnce, retain: false))
        }
    }
}
