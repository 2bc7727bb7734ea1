import Game
import NIOCore
import SocketIO

/// Something that a player should not do, and the refusal that it must meet with.
enum Provocation: CaseIterable, Sendable {
    // Moves
    case systemKind, tooBig, unknownRoom, foreignToken, unknownMove, otherTurn, staleMove, skippedNumber
    case moveOutsideRound
    // Commands
    case unknownEvent, noPayload, unknownGame, noSuchRoom, secondSeat, roomOfOthers, startByGuest, kickOfNobody
    case readinessInRound, comparison, badToken, endlessChat, flood
    // A spectator's
    case moveOfSpectator, readinessOfSpectator

    /// How it is done.
    enum Attempt: Equatable, Sendable {
        /// - Parameters:
        ///   - reference: nil: the room's.
        ///   - token: nil: the seat's.
        case move(NumberedMove, reference: UInt16? = nil, token: String? = nil)
        case command(String, JSON)
        /// The same so many times: at least one is to be refused.
        case flood(String, JSON, count: Int)
    }

    /// Whether it means something now.
    func isPossible(in situation: Situation) -> Bool {
        let isBoard = situation.game.rules != nil
        switch self {
        case .systemKind, .tooBig: return situation.isLive
        case .unknownMove: return situation.isLive && situation.isTurn && (isBoard || situation.isRealTime)
        case .otherTurn: return situation.isLive && isBoard && !situation.isTurn
        case .staleMove: return situation.isLive && isBoard
        case .skippedNumber: return situation.isLive && situation.isStrict
        case .moveOutsideRound: return !situation.isLive && situation.state != "closed"
        case .readinessInRound: return situation.isLive
        case .readinessOfSpectator: return situation.seat == nil
        // A topic to move on has whoever has a seat.
        case .moveOfSpectator: return situation.seat == nil && situation.answersMoves
        case .unknownRoom: return situation.answersMoves
        case .foreignToken: return !situation.answersMoves
        case .secondSeat: return situation.ownsSeat
        case .unknownEvent, .noPayload, .unknownGame, .noSuchRoom, .roomOfOthers, .startByGuest,
            .kickOfNobody, .comparison, .badToken, .endlessChat, .flood:
            return true
        }
    }

    /// The codes that it may meet with. More than one where the room may have moved on before the attempt arrives.
    func refusals(in situation: Situation) -> [Refusal.Code] {
        switch self {
        case .systemKind, .noPayload: [.badInput]
        case .tooBig, .endlessChat: [.tooBig]
        case .unknownRoom: [.reference]
        case .foreignToken: [.token]
        case .unknownMove: [.illegal, .gameOver]
        case .otherTurn: [.notYourTurn, .illegal, .gameOver]
        case .staleMove: [.stale, .gameOver]
        case .skippedNumber: [.gap, .gameOver]
        case .moveOutsideRound: Self.outsideRound(situation.state)
        case .unknownEvent: [.unknownEvent]
        case .unknownGame: [.noKind]
        case .noSuchRoom: [.noRoom]
        case .secondSeat: [.alreadyIn]
        case .roomOfOthers: [.notIn]
        // Whoever is no host may be it by the time this arrives, and the other way round.
        case .startByGuest: [.wrongState, .notReady, .notHost]
        case .kickOfNobody: [.noSeat, .notHost]
        case .comparison: [.compareAndSet, .notHost]
        case .readinessInRound: [.wrongState]
        // Who has lost its connection often of late has resumed as often as it may.
        case .badToken: [.token, .rate]
        case .flood: [.rate]
        case .moveOfSpectator, .readinessOfSpectator: [.spectator]
        }
    }

    /// A round that is about to begin may have begun.
    private static func outsideRound(_ state: String) -> [Refusal.Code] {
        switch state {
        case "ended": [.gameOver, .wrongState]
        case "countdown": [.wrongState, .notYourTurn, .illegal]
        default: [.wrongState]
        }
    }

    func attempt(in situation: Situation) -> Attempt {
        let room: (String, JSON) = ("rid", JSON(situation.room))
        switch self {
        case .systemKind: return .move(situation.move(EventKind.chat, ["text": "not by a move"]))
        case .tooBig: return .move(situation.move(Self.anyKind, JSON(String(repeating: "x", count: 2_000))))
        case .unknownRoom: return .move(situation.move(Self.anyKind, 0), reference: situation.reference ^ 0x8000)
        case .foreignToken: return .move(situation.move(Self.anyKind, 0), token: Self.noToken)
        case .unknownMove, .otherTurn: return .move(situation.move(EventKind(rawValue: 255), ["c": 99]))
        case .staleMove:
            var move = situation.move(Self.anyKind, ["c": 0])
            move.options.version = 1_000_000
            return .move(move)
        case .skippedNumber:
            var move = situation.move(Self.anyKind, ["c": 0])
            move.number = situation.number &+ 5
            return .move(move)
        case .moveOutsideRound, .moveOfSpectator: return .move(situation.move(EventKind(rawValue: 255), ["c": 99]))
        case .unknownEvent: return .command("room:levitate", .object([room]))
        case .noPayload: return .command("room:ready", "please")
        case .unknownGame: return .command("room:create", ["game": "mornington-crescent"])
        case .noSuchRoom: return .command("room:join", ["rid": "nobody-was-ever-here"])
        case .secondSeat: return .command("room:join", .object([room]))
        case .roomOfOthers: return .command("room:ready", ["rid": "nobody-was-ever-here", "ready": true])
        case .startByGuest: return .command("room:start", .object([room]))
        case .kickOfNobody: return .command("room:kick", ["rid": JSON(situation.room), "seat": 254])
        case .comparison:
            return .command("room:set", ["rid": JSON(situation.room), "props": ["a": 1], "if": ["a": "never"]])
        case .readinessInRound, .readinessOfSpectator: return .command("room:ready", .object([room]))
        case .badToken:
            return .command("room:resume", .object([room, ("token", JSON(Self.noToken)), ("q", 0)]))
        case .endlessChat:
            return .command("room:chat", .object([room, ("text", JSON(String(repeating: "la", count: 300)))]))
        case .flood: return .flood("room:chat", .object([room, ("text", "and another thing")]), count: 8)
        }
    }

    private static let noToken = "AAAAAAAAAAAAAAAAAAAAAA"
    private static let anyKind = EventKind.firstOfGame
}

extension Situation {
    /// Whether the player may move now; in real time always.
    fileprivate var isTurn: Bool { self.game.rules.map { $0.turn == self.seat } ?? true }

    fileprivate var isRealTime: Bool { self.game.definition.description.hz > 0 }

    fileprivate func move(_ kind: EventKind, _ data: JSON) -> NumberedMove {
        NumberedMove(self.number, Move(kind, .json(data)))
    }
}
