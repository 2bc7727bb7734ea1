import Game
import NIOCore
import SocketIO

extension Doorstep {
    /// Few enough rooms, and few enough attempts to get into them, that no limit is met before the door is.
    static let script = Doorstep.commands + Doorstep.doors + Doorstep.round + Doorstep.excess

    private static let password = "open sesame"
    private static let options: JSON = ["emptyTtlMs": 1_000]
    private static let noToken = "AAAAAAAAAAAAAAAAAAAAAA"

    /// What needs no room, or any.
    private static let commands: [Step] = [
        .intruder("room:levitate", meets: .unknownEvent, in: [:]),
        .intruder("room:create", meets: .badInput) { _ in "a room, please" },
        .intruder("room:create", meets: .noKind) { _ in ["game": "mornington-crescent"] },
        .intruder("room:join", meets: .noRoom) { _ in ["rid": "nobody-was-ever-here"] },
        .host("room:create") { _ in ["game": "relay", "private": true, "options": Doorstep.options] },
        .host("room:join", meets: .alreadyIn, in: [:]),
        .host("room:kick", meets: .noSeat, in: ["seat": 254]),
        .host("room:set", meets: .compareAndSet, in: ["props": ["a": 1], "if": ["a": "never"]]),
        .host("room:chat", meets: .tooBig, in: ["text": JSON(String(repeating: "la", count: 300))]),
        .intruder("room:ready", meets: .notIn, in: ["ready": true]),
        .intruder("move", meets: .reference) { [$0.reference, 1, 40, 0] },
        .intruder("room:join", in: ["as": "spectator"]),
        .intruder("room:ready", meets: .spectator, in: ["ready": true]),
        .intruder("room:leave", in: [:]),
        .host("room:leave", in: [:]),
    ]

    /// Rooms that one does not get into, and what one may not do in them.
    private static let doors: [Step] = [
        .host("room:create") { _ in
            [
                "game": "relay", "private": true, "max": 1, "password": JSON(Doorstep.password),
                "options": Doorstep.options,
            ]
        },
        .intruder("room:join", meets: .password, in: [:]),
        .intruder("room:join", meets: .roomFull, in: ["password": JSON(Doorstep.password)]),
        .host("room:leave", in: [:]),
        .host("room:create") { _ in
            let guards: JSON = ["kinds": ["40": ["bytes": 4]]]
            return [
                "game": "relay", "private": true, "max": 4, "options": ["emptyTtlMs": 1_000, "guards": guards],
            ]
        },
        .host("room:set", in: ["open": false]),
        .intruder("room:join", meets: .locked, in: [:]),
        .host("room:set", in: ["open": true]),
        .intruder("room:join", in: [:]),
        .intruder("room:kick", meets: .notHost, in: ["seat": 0]),
        .intruder("move", meets: .guarded) { [$0.reference, 1, 40, "more than four bytes"] },
        .host("room:kick", in: ["seat": 1, "ban": true]),
        .intruder("room:join", meets: .banned, in: [:]),
        .host("room:leave", in: [:]),
    ]

    /// A round of tictactoe that the host wins.
    private static let round: [Step] = [
        .host("room:create") { _ in ["game": "tictactoe", "private": true, "options": Doorstep.options] },
        .host("room:start", meets: .notReady, in: [:]),
        .intruder("room:join", in: [:]),
        .host("room:ready", in: ["ready": true]),
        .intruder("room:ready", in: ["ready": true]),
        // The round begins some seconds later.
        .host("move", meets: .wrongState) { $0.placing(0, number: 1) },
        .host("move", retry: Retry(code: .wrongState, pause: .milliseconds(200), attempts: 100)) {
            $0.placing(0, number: 1)
        },
        .host("move", meets: .notYourTurn) { $0.placing(1, number: 2) },
        .intruder("move", meets: .illegal) { $0.placing(0, number: 1) },
        .intruder("move", meets: .stale) { $0.placing(3, number: 1, version: 1_000) },
        .intruder("move", meets: .gap) { $0.placing(3, number: 7) },
        .intruder("move") { $0.placing(3, number: 1) },
        .host("move") { $0.placing(1, number: 2) },
        .intruder("move") { $0.placing(4, number: 2) },
        .host("move") { $0.placing(2, number: 3) },
        .intruder("move", meets: .gameOver) { $0.placing(5, number: 3) },
    ]

    /// Tokens are tried until that is too much.
    private static let excess: [Step] = [
        .host("room:resume", meets: .token, in: ["token": JSON(Doorstep.noToken), "q": 0]),
        .host(
            "room:resume", meets: .rate, retry: Retry(code: .token, pause: .zero, attempts: 20),
            in: ["token": JSON(Doorstep.noToken), "q": 0]),
        .intruder("room:leave", in: [:]),
        .host("room:leave", in: [:]),
    ]
}

extension Doorstep.Place {
    /// A move of tictactoe.
    fileprivate func placing(_ cell: Int, number: Int, version: Int? = nil) -> JSON {
        let move: [JSON] = [
            self.reference, JSON(number), JSON(TicTacToe.place.rawValue), ["c": JSON(cell)],
        ]
        return .array(move + (version.map { [["v": JSON($0)]] } ?? []))
    }
}

extension Doorstep.Step {
    fileprivate static func host(
        _ event: String, meets refusal: Refusal.Code? = nil, retry: Doorstep.Retry? = nil,
        _ payload: @escaping @Sendable (Doorstep.Place) -> JSON
    ) -> Self {
        Self(person: .host, event: event, payload: payload, refusal: refusal, retry: retry)
    }

    fileprivate static func intruder(
        _ event: String, meets refusal: Refusal.Code? = nil,
        _ payload: @escaping @Sendable (Doorstep.Place) -> JSON
    ) -> Self {
        Self(person: .intruder, event: event, payload: payload, refusal: refusal)
    }

    /// - Parameter members: besides the room's name.
    fileprivate static func host(
        _ event: String, meets refusal: Refusal.Code? = nil, retry: Doorstep.Retry? = nil, in members: JSON
    ) -> Self {
        self.host(event, meets: refusal, retry: retry) { $0.naming(members) }
    }

    fileprivate static func intruder(_ event: String, meets refusal: Refusal.Code? = nil, in members: JSON) -> Self {
        self.intruder(event, meets: refusal) { $0.naming(members) }
    }
}

extension Doorstep.Place {
    /// A payload for this room.
    fileprivate func naming(_ members: JSON) -> JSON {
        .object([("rid", JSON(self.room))] + (members.members ?? []).map { ($0.key, $0.value) })
    }
}
