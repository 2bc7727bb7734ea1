import TestSupport
import Testing

/// A command that must be refused, and the code it is refused with. `$` in the payload stands for the room's `rid`.
private struct Case: CustomTestStringConvertible, Sendable {
    let event: String
    let payload: JSONValue
    let code: String

    init(_ event: String, _ payload: JSONValue, _ code: String) {
        self.event = event
        self.payload = payload
        self.code = code
    }

    var testDescription: String { "\(self.event) \(self.payload.text): \(self.code)" }

    func payload(for room: JSONValue) -> JSONValue {
        guard var members = self.payload.object, members["rid"] == "$" else { return self.payload }
        members["rid"] = room
        return .object(members)
    }
}

/// Every code that a client can bring about, and that nothing has changed then.
@Suite("games: refusals", .timeLimit(.minutes(3)))
struct GameRefusalTests {
    private static let creations = [
        Case("room:create", nil, "BAD_INPUT"), Case("room:create", [], "BAD_INPUT"),
        Case("room:create", ["game": 1], "BAD_INPUT"), Case("room:create", ["game": "chess"], "NO_KIND"),
        Case("room:match", ["game": "chess"], "NO_KIND"), Case("room:match", [:], "BAD_INPUT"),
        Case("room:create", ["game": "relay", "mode": "authoritative"], "BAD_INPUT"),
        Case("room:create", ["game": "relay", "mode": "other"], "BAD_INPUT"),
        Case("room:create", ["game": "tictactoe", "max": 3], "BAD_INPUT"),
        Case("room:create", ["game": "relay", "max": 33], "BAD_INPUT"),
        Case("room:create", ["game": "relay", "max": 1.5], "BAD_INPUT"),
        Case("room:create", ["game": "relay", "options": ["hz": 61]], "BAD_INPUT"),
        Case("room:create", ["game": "relay", "options": ["hz": 10, "echo": false]], "BAD_INPUT"),
        Case("room:create", ["game": "relay", "options": ["graceMs": -1]], "BAD_INPUT"),
        Case("room:create", ["game": "arena", "options": ["hz": 0]], "BAD_INPUT"),
        Case("room:create", ["game": "relay", "name": ""], "BAD_INPUT"),
        Case("room:create", ["game": "relay", "meta": .string(String(repeating: "m", count: 2_100))], "TOO_BIG"),
    ]

    @Test("room:create and room:match", arguments: Self.creations)
    private func creation(case: Case) async throws {
        try await withGames { relay in
            let player = try await GamePlayer(relay)
            let answer = try await player.call(`case`.event, `case`.payload)
            #expect(answer["ok"] == false)
            #expect(answer["code"].string == `case`.code)
            #expect(answer["message"].string?.isEmpty == false)
            #expect(try await player.must("lobby:watch", [:])["rooms"] == [])
        }
    }

    private static let ofStrangers = [
        Case("room:join", [:], "BAD_INPUT"), Case("room:join", ["rid": 1], "BAD_INPUT"),
        Case("room:join", ["rid": "$", "code": "AAAAAA"], "BAD_INPUT"),
        Case("room:join", ["rid": "$", "as": "ghost"], "BAD_INPUT"),
        Case("room:join", ["rid": "nowhereA"], "NO_ROOM"), Case("room:join", ["rid": "nowhere9"], "NO_ROOM"),
        Case("room:join", ["rid": "cmd"], "NO_ROOM"), Case("room:join", ["rid": ""], "NO_ROOM"),
        Case("room:join", ["code": "00000U"], "NO_ROOM"), Case("room:join", ["code": "000000"], "NO_ROOM"),
        Case("room:resume", ["rid": "$", "token": "bad", "q": 0], "TOKEN"),
        Case("room:resume", ["rid": "$", "token": "AAAAAAAAAAAAAAAAAAAAAA", "q": 0], "TOKEN"),
        Case("room:resume", ["rid": "$", "q": 0], "BAD_INPUT"),
        Case("room:resume", ["rid": "nowhereA", "token": "AAAAAAAAAAAAAAAAAAAAAA", "q": 0], "NO_ROOM"),
        Case("room:leave", ["rid": "$"], "NOT_IN"), Case("room:ready", ["rid": "$"], "NOT_IN"),
        Case("room:start", ["rid": "$"], "NOT_IN"), Case("room:rematch", ["rid": "$"], "NOT_IN"),
        Case("room:kick", ["rid": "$", "seat": 0], "NOT_IN"), Case("room:host", ["rid": "$", "seat": 0], "NOT_IN"),
        Case("room:chat", ["rid": "$", "text": "hi"], "NOT_IN"), Case("room:set", ["rid": "$"], "NOT_IN"),
        Case("room:dance", ["rid": "$"], "UNKNOWN_EVENT"), Case("dance", nil, "UNKNOWN_EVENT"),
        Case("lobby:watch", ["open": 1], "BAD_INPUT"), Case("time", [:], "BAD_INPUT"),
    ]

    @Test("by somebody who is not in the room")
    func strangers() async throws {
        try await withGames { relay in
            let seat = try await GamePlayer(relay).create(["game": "tictactoe"])
            for `case` in Self.ofStrangers {
                let stranger = try await GamePlayer(relay)
                let answer = try await stranger.call(`case`.event, `case`.payload(for: seat.rid))
                #expect(answer["code"].string == `case`.code, "\(`case`.testDescription)")
            }
            #expect(try seat.log().events == [])
        }
    }

    private static let ofGuests = [
        Case("room:start", ["rid": "$"], "NOT_HOST"), Case("room:kick", ["rid": "$", "seat": 0], "NOT_HOST"),
        Case("room:host", ["rid": "$", "seat": 1], "NOT_HOST"),
        Case("room:set", ["rid": "$", "open": false], "NOT_HOST"),
        Case("room:rematch", ["rid": "$"], "NOT_HOST"), Case("room:join", ["rid": "$"], "ALREADY_IN"),
        Case("room:chat", ["rid": "$"], "BAD_INPUT"), Case("room:chat", ["rid": "$", "text": ""], "BAD_INPUT"),
        Case("room:chat", ["rid": "$", "text": "a", "to": [300]], "BAD_INPUT"),
        Case("room:ready", ["rid": "$", "ready": 1], "BAD_INPUT"),
    ]

    private static let ofHosts = [
        Case("room:rematch", ["rid": "$"], "WRONG_STATE"), Case("room:kick", ["rid": "$", "seat": 0], "BAD_INPUT"),
        Case("room:kick", ["rid": "$", "seat": 7], "NO_SEAT"), Case("room:kick", ["rid": "$"], "BAD_INPUT"),
        Case("room:host", ["rid": "$", "seat": 7], "NO_SEAT"),
        Case("room:set", ["rid": "$", "props": ["@a": 1]], "BAD_INPUT"),
        Case("room:set", ["rid": "$", "props": ["a": 2], "if": ["a": 1]], "CAS"),
        Case("room:set", ["rid": "$", "props": ["a": .string(String(repeating: "p", count: 17_000))]], "TOO_BIG"),
    ]

    @Test("by players who may not, or may not now")
    func members() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "tictactoe"])
            let guest = try await GamePlayer(relay).join(host)
            for `case` in Self.ofGuests {
                let answer = try await guest.player.call(`case`.event, `case`.payload(for: host.rid))
                #expect(answer["code"].string == `case`.code, "\(`case`.testDescription)")
            }
            for `case` in Self.ofHosts {
                let answer = try await host.player.call(`case`.event, `case`.payload(for: host.rid))
                #expect(answer["code"].string == `case`.code, "\(`case`.testDescription)")
            }
            let tooLong = String(repeating: "x", count: 501)
            #expect(try await guest.call("room:chat", ["text": .string(tooLong)])["code"] == "TOO_BIG")
            #expect(try await guest.player.call("room:join", ["rid": host.rid])["seat"] == 1)
            // Nothing but the guest's coming is in the log.
            #expect(try host.log().events.map(\.kind) == [1])
            #expect(try guest.log().events == [])
        }
    }

    @Test("too few to start: how many are needed")
    func notReady() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "tictactoe"])
            let answer = try await host.call("room:start")
            #expect(answer["code"] == "NOT_READY")
            #expect(answer["need"] == 2)
        }
    }

    @Test("spectators have no say")
    func spectators() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "relay"])
            let spectator = try await GamePlayer(relay).watch(host)
            #expect(spectator.seat == .null)
            #expect(try await spectator.move(1, 40, 1)["code"] == "SPECTATOR")
            for event in ["room:ready", "room:start", "room:rematch", "room:set"] {
                #expect(try await spectator.call(event)["code"] == "SPECTATOR", "\(event)")
            }
            #expect(try await spectator.call("room:chat", ["text": "hi"])["code"] == "SPECTATOR")
            #expect(try await spectator.call("room:kick", ["seat": 0])["code"] == "SPECTATOR")
        }
    }

    @Test("moves: with an answer by the answer, without one by `refused`; the number is not used up")
    func moves() async throws {
        try await withGames { relay in
            let seat = try await GamePlayer(relay).create(["game": "relay"])
            let big = JSONValue.string(String(repeating: "x", count: 1_023))
            let cases: [([JSONValue], String)] = [
                ([99, 1, 40, 1], "REF"), ([seat.ref], "BAD_INPUT"), ([seat.ref, 0, 40, 1], "BAD_INPUT"),
                ([seat.ref, 1, 31, 1], "BAD_INPUT"), ([seat.ref, 1, 256, 1], "BAD_INPUT"),
                ([seat.ref, 1, "unheard", 1], "BAD_INPUT"), ([seat.ref, 1, 40, big], "TOO_BIG"),
                ([seat.ref, 1, 40, 1, ["to": [999]]], "BAD_INPUT"), ([seat.ref, []], "BAD_INPUT"),
                ([seat.ref, 4_294_967_296, 40, 1], "BAD_INPUT"),
            ]
            for (move, code) in cases {
                #expect(try await seat.player.call("move", .array(move))["code"].string == code, "\(move)")
            }
            try await seat.play(7, 31, 1)
            let refused = try await seat.player.event("refused")[0]
            #expect(refused[0] == seat.ref)
            #expect(refused[1] == 7)
            #expect(refused[2] == "BAD_INPUT")
            #expect(try await seat.move(1, 40, 1)["n"] == 1)
            #expect(try await seat.log(through: seat.number + 1).events.map(\.kind) == [40])
        }
    }

    @Test("a batch takes what it can and says what it could not")
    func batch() async throws {
        try await withGames { relay in
            let seat = try await GamePlayer(relay).create(["game": "relay", "options": ["strict": true]])
            let answer = try await seat.player.call("move", [seat.ref, [[1, 40, "a"], [3, 40, "c"], [2, 40, "b"]]])
            #expect(answer["ok"] == true)
            #expect(answer["n"] == 2)
            #expect(answer["refused"].array?.count == 1)
            #expect(answer["refused"][0][0] == 3)
            #expect(answer["refused"][0][1] == "GAP")
            let gap = try await seat.move(9, 40, 1)
            #expect(gap["code"] == "GAP")
            #expect(gap["expect"] == 3)
            let log = try await seat.log(through: seat.number + 2)
            #expect(log.events.map(\.data) == ["a", "b"])
        }
    }

    @Test("guards of a relay room hold moves back")
    func guards() async throws {
        try await withGames { relay in
            let guards: JSONValue = ["kinds": ["40": ["bytes": 4]], "turn": "seat-order"]
            let first = try await GamePlayer(relay).create(["game": "relay", "options": ["guards": guards]])
            let second = try await GamePlayer(relay).join(first)
            #expect(try await first.move(1, 40, "too long")["code"] == "GUARD")
            #expect(try await first.move(1, 40, 1)["ok"] == true)
            #expect(try await first.move(2, 40, 1)["code"] == "NOT_YOUR_TURN")
            #expect(try await second.move(1, 40, 1)["ok"] == true)
        }
    }

    @Test("as many rooms as there may be: BUSY, with the time to wait, until one has gone")
    func busy() async throws {
        try await withRelay(.text("namespaces: { /game: { kind: game, rooms: 1 } }")) { relay in
            let options: JSONValue = ["emptyTtlMs": 0]
            let seat = try await GamePlayer(relay).create(["game": "relay", "options": options])
            let other = try await GamePlayer(relay)
            let answer = try await other.call("room:create", ["game": "relay"])
            #expect(answer["code"] == "BUSY")
            #expect((1...60_000).contains(answer["retry"].int ?? 0))
            try await seat.must("room:leave")
            try await eventually("room for another", within: .seconds(60)) {
                try await other.call("room:match", ["game": "relay"])["ok"] == true
            }
        }
    }
}
