import Game
import Settings

/// Everything that a run of the simulated players can be told. `configs/game-room.yaml` shows every key; flags go over
/// the environment, the environment over the file, the file over the defaults here.
struct GameRoomConfiguration: Equatable, Sendable {
    var relay = Relay()
    var mqtt = MQTT()
    var rooms = Rooms()
    /// By which way players come.
    var mix = Shares<LinkKind>([(.websocket, 8), (.binary, 3), (.polling, 1)])
    var brains = Shares<BrainKind>([
        (.legal, 6), (.greedy, 2), (.cheater, 1), (.duper, 1), (.flapper, 1), (.slow, 1), (.late, 1), (.spectator, 1),
    ])
    var run = Run()
    var thresholds = Thresholds()

    struct Relay: Equatable, Sendable {
        /// The relay's address.
        var url = "http://127.0.0.1:3000"
        /// Where Socket.IO answers there.
        var path = Self.standardPath
        var namespace = "/game"

        static let standardPath = "/socket.io/"
    }

    /// The broker that the relay listens to, for players of the mix's `mqtt`.
    struct MQTT: Equatable, Sendable {
        var url = "mqtt://127.0.0.1:1883"
        var username: String?
        /// From the environment (`RELAY_MQTT_PASSWORD`) or a file; never a flag, which others could read.
        var password: Secret?
    }

    struct Rooms: Equatable, Sendable {
        var count = 10
        /// Members of each room, spectators among them.
        var players = 4
        /// Seats besides, for whoever else comes, as far as the game has so many.
        var free = 0
        var kind = Kind.arena
        /// Moves a second that each player means to make; on a board, looks at whether it is its turn.
        var rate = 10.0
        /// The time over which the rooms open, evenly.
        var ramp = Duration.seconds(1)
        /// Of all players, how many percent lose their connection in a second, besides the flappers.
        var flap = 0.0
        /// Whether the relay is to record the rooms.
        var isRecorded = false
    }

    enum Kind: String, CaseIterable, Sendable {
        case relay, tictactoe, connect4, arena

        var definition: GameDefinition? { Games.named(self.rawValue) }
    }

    struct Run: Equatable, Sendable {
        var seed: UInt64 = 1
        /// Nil: until it is stopped.
        var duration: Duration?
        /// The most time that the last events have to reach everybody.
        var drain = Duration.seconds(5)
        /// A move sent later than this after its time is an overrun.
        var tolerance = Duration.milliseconds(50)
        /// Where the JSON report goes; `-` is standard output.
        var report: String?
        /// Whether nothing is said on the way but of trouble.
        var isQuiet = false
    }
}
