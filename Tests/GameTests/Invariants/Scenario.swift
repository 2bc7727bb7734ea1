import Game
import Seeding

/// A kind of room that the invariants are tried on.
enum Scenario: Int, CaseIterable {
    case turns
    case timedTurns
    case automatic
    case realTime
    case relay
    case relayWithoutEcho
    case relayTicks
    case relayTurns

    var game: GameDefinition {
        switch self {
        case .turns, .timedTurns, .automatic: .nim
        case .realTime: .race
        case .relay, .relayWithoutEcho, .relayTicks, .relayTurns: .relay
        }
    }

    private var options: String {
        switch self {
        case .turns: #""graceMs":4000,"emptyTtlMs":3000"#
        case .timedTurns: #""graceMs":8000,"emptyTtlMs":3000,"turnMs":700"#
        case .automatic: #""graceMs":2000,"emptyTtlMs":3000,"turnMs":900,"onAbsent":"auto""#
        case .realTime: #""graceMs":4000,"emptyTtlMs":3000,"record":true"#
        case .relay: #""graceMs":4000,"emptyTtlMs":3000"#
        case .relayWithoutEcho: #""graceMs":6000,"emptyTtlMs":3000,"echo":false"#
        case .relayTicks: #""graceMs":4000,"emptyTtlMs":3000,"hz":10"#
        case .relayTurns: #""graceMs":4000,"emptyTtlMs":3000,"hz":5,"turnMs":600,"guards":{"turn":"seat-order"}"#
        }
    }

    func settings(seed: UInt64) throws -> RoomSettings {
        var limits = GameLimits()
        limits.loggedEvents = seed % 3 == 0 ? 12 : 2_048
        let request = "{\"game\":\"\(self.game.description.name)\",\"max\":4,\"options\":{\(self.options)}}"
        return try RoomSettings(
            CreateRoom(json(request)), game: self.game, id: "ROOM", code: "ABC123", seed: seed, limits: limits)
    }

    /// A move that may be good.
    func move(_ random: inout SplitMix64) -> Move {
        switch self {
        case .turns, .timedTurns, .automatic: Nim.taking(random.index(below: 5))
        case .realTime: Race.running(random.index(below: 4))
        case .relay, .relayWithoutEcho, .relayTicks, .relayTurns: .say(random.index(below: 100))
        }
    }
}
