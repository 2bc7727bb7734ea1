import TestSupport
import Testing

/// Ways into a room, and what its host and its members do there.
@Suite("games: rooms", .timeLimit(.minutes(2)))
struct GameRoomTests {
    @Test("a room as its creator gets it")
    func created() async throws {
        try await withGames { relay in
            let player = try await GamePlayer(relay, auth: ["name": "Ann"])
            let seat = try await player.create([
                "game": "relay", "name": "Den", "max": 3, "meta": ["map": 2], "options": ["hz": 10],
            ])
            let room = seat.answer["room"]
            #expect(room["rid"].string?.count == 13)
            #expect(room["code"].string?.count == 6)
            #expect(room["game"] == "relay")
            #expect(room["mode"] == "relay")
            #expect(room["name"] == "Den")
            #expect(room["private"] == false)
            #expect(room["open"] == true)
            #expect(room["state"] == "live")
            #expect(room["hz"] == 10)
            #expect(room["max"] == 3)
            #expect(room["host"] == 0)
            #expect(room["meta"] == ["map": 2])
            #expect(room["spectators"] == 0)
            #expect(
                room["players"] == [
                    [
                        "seat": 0, "pid": .string(player.pid), "name": "Ann", "state": "on", "ready": false,
                        "rtt": nil,
                    ]
                ])
            #expect(seat.seat == 0)
            #expect(seat.token.string?.count == 22)
            #expect(seat.answer["grace"] == 15_000)
            #expect(seat.answer["props"] == [:])
            #expect(seat.answer["chat"] == [])
            #expect(seat.ref.int != nil)
        }
    }

    @Test("by rid, by code in any case, and past no full room")
    func joins() async throws {
        try await withGames { relay in
            let first = try await GamePlayer(relay).create(["game": "relay", "max": 2])
            let code = first.answer["room"]["code"].string ?? ""
            let second = try await GamePlayer(relay).enter("room:join", ["code": .string(code.lowercased())])
            #expect(second.rid == first.rid)
            #expect(second.seat == 1)
            let third = try await GamePlayer(relay)
            #expect(try await third.refusal("room:join", ["rid": first.rid]) == "ROOM_FULL")
            let spectator = try await third.watch(first)
            #expect(spectator.answer["room"]["spectators"] == 1)
            try await second.must("room:leave")
            // Seats are given once: the next one gets another.
            let fourth = try await GamePlayer(relay).join(first)
            #expect(fourth.seat == 2)
            #expect(fourth.answer["room"]["players"].array?.map { $0["seat"] } == [0, 2])
        }
    }

    @Test("a password lets in its creator and whoever knows it", arguments: ["room:create", "room:match"])
    func password(event: String) async throws {
        try await withGames { relay in
            let first = try await GamePlayer(relay).enter(event, ["game": "relay", "password": "sesame"])
            #expect(first.seat == 0)
            let other = try await GamePlayer(relay)
            #expect(try await other.refusal("room:join", ["rid": first.rid]) == "PASSWORD")
            #expect(try await other.refusal("room:join", ["rid": first.rid, "password": "wrong"]) == "PASSWORD")
            let second = try await other.enter("room:join", ["rid": first.rid, "password": "sesame"])
            #expect(second.seat == 1)
            #expect(try await other.must("lobby:watch", [:])["rooms"].array?.count == 1)
        }
    }

    @Test("a room that goes as soon as it is empty takes its creator", arguments: ["room:create", "room:match"])
    func goneWhenEmpty(event: String) async throws {
        try await withGames { relay in
            let seat = try await GamePlayer(relay).enter(event, ["game": "relay", "options": ["emptyTtlMs": 0]])
            try await seat.must("room:leave")
            let other = try await GamePlayer(relay)
            try await eventually("the end of the room") {
                try await other.call("room:leave", ["rid": seat.rid])["code"] == "NOT_IN"
            }
            #expect(try await other.refusal("room:join", ["rid": seat.rid]) == "NO_ROOM")
            #expect(try await other.must("lobby:watch", [:])["rooms"] == [])
        }
    }

    @Test("a room that was closed to newcomers is locked")
    func locked() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "relay"])
            try await host.must("room:set", ["open": false])
            #expect(try await GamePlayer(relay).refusal("room:join", ["rid": host.rid]) == "LOCKED")
            #expect(try await GamePlayer(relay).watch(host).seat == .null)
        }
    }

    @Test("kick: out, and back in; ban: out for good")
    func kick() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "relay"])
            let player = try await GamePlayer(relay)
            let guest = try await player.join(host)
            try await host.must("room:kick", ["seat": guest.seat])
            #expect(try await player.event("room:closed")[0] == ["rid": host.rid, "reason": "kicked"])
            #expect(try await guest.move(1, 40, 1)["code"] == "REF")
            #expect(
                try await player.refusal("room:resume", ["rid": host.rid, "token": guest.token, "q": 0]) == "TOKEN")
            let again = try await player.join(host)
            try await host.must("room:kick", ["seat": again.seat, "ban": true])
            #expect(try await player.event("room:closed", after: 1)[0]["reason"] == "banned")
            #expect(try await player.refusal("room:join", ["rid": host.rid]) == "BANNED")
            #expect(try await player.refusal("room:join", ["rid": host.rid, "as": "spectator"]) == "BANNED")
            let leaves = try await host.log(through: host.number + 4).events(ofKind: 2)
            #expect(leaves.map(\.data) == [["why": "kicked"], ["why": "kicked"]])
        }
    }

    @Test("the host hands over; who leaves is followed by the lowest seat, who is away too long as well")
    func hosts() async throws {
        try await withGames { relay in
            let first = try await GamePlayer(relay).create(["game": "relay"])
            let second = try await GamePlayer(relay).join(first)
            let third = try await GamePlayer(relay).join(first)
            try await first.must("room:host", ["seat": second.seat])
            #expect(try await first.call("room:set", ["open": true])["code"] == "NOT_HOST")
            try await second.must("room:set", ["open": true])
            try await second.must("room:leave")
            try await first.event("seat 0 is host again") { $0.kind == 5 && $0.data == ["seat": 0] }
            await first.player.drop()
            try await third.event("seat 2 is host") { $0.kind == 5 && $0.data == ["seat": 2] }
            try await third.must("room:set", ["open": false])
            // Away came first, and the patience of three seconds was between the two.
            let log = try third.log()
            let away = try #require(log.events.first { $0.kind == 3 })
            let host = try #require(log.events.last { $0.kind == 5 })
            #expect(away.number < host.number)
            #expect(away.seat == 0)
        }
    }

    @Test("properties are told to all, and change only from what the host thinks they are")
    func properties() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "relay"])
            let guest = try await GamePlayer(relay).join(host)
            let first = try await host.must("room:set", ["props": ["round": 1, "map": "den"], "if": ["round": nil]])
            let cas = try await host.call("room:set", ["props": ["round": 2], "if": ["round": 5]])
            #expect(cas["code"] == "CAS")
            let second = try await host.must("room:set", ["props": ["round": 2, "map": nil], "if": ["round": 1]])
            #expect((second["ver"].int ?? 0) == (first["ver"].int ?? 0) + 1)
            let log = try await guest.log(through: guest.number + 2)
            #expect(log.events.map(\.data) == [["round": 1, "map": "den"], ["round": 2, "map": nil]])
            let late = try await GamePlayer(relay).join(host)
            #expect(late.answer["props"] == ["round": 2])
        }
    }

    @Test("chat is in the log, and for those who come late in their answer; targeted chat is not")
    func chat() async throws {
        try await withGames { relay in
            let first = try await GamePlayer(relay, auth: ["name": "Ann"]).create(["game": "relay"])
            let second = try await GamePlayer(relay).join(first)
            let third = try await GamePlayer(relay).join(first)
            let answer = try await first.must("room:chat", ["text": "hi 🎲"])
            try await first.must("room:chat", ["text": "psst", "to": [2]])
            #expect(answer["q"].int == third.number + 1)
            let known = try await third.log(through: third.number + 2).events
            #expect(known.map(\.data) == [["text": "hi 🎲"], ["text": "psst", "to": [2]]])
            let unknown = try await second.log(through: third.number + 2).events
            #expect(unknown.suffix(2).map(\.kind) == [8, 0])
            #expect(unknown.last?.data == .null)
            let late = try await GamePlayer(relay).join(first)
            let chat = late.answer["chat"].array ?? []
            #expect(chat.map { $0["text"] } == ["hi 🎲"])
            #expect(chat.first?["name"] == "Ann")
            #expect(chat.first?["q"] == answer["q"])
        }
    }

    @Test("time: the client's value, the server's, and the tick of a room it is in")
    func time() async throws {
        try await withGames { relay in
            let seat = try await GamePlayer(relay).create(["game": "relay"])
            let answer = try await seat.player.call("time", 42, seat.rid)
            #expect(answer[0] == 42)
            #expect(answer[1].number ?? 0 > 1_700_000_000_000)
            #expect(answer[2].int == seat.number)
            #expect(try await seat.player.call("time", "c")[2] == .null)
            #expect(try await GamePlayer(relay).call("time", 1, seat.rid)[2] == .null)
        }
    }

    @Test("four rooms on one connection, each by its own number; a fifth is refused")
    func severalRooms() async throws {
        try await withGames { relay in
            let player = try await GamePlayer(relay)
            var seats: [GameSeat] = []
            for _ in 0..<4 { seats.append(try await player.create(["game": "relay"])) }
            #expect(try await player.refusal("room:create", ["game": "relay"]) == "RATE")
            let others = try await GamePlayer(relay)
            for (index, seat) in seats.enumerated() {
                let other = try await others.join(seat)
                #expect(try await other.move(1, 40, .number(Double(index)))["ok"] == true)
            }
            for (index, seat) in seats.enumerated() {
                let log = try await seat.log(through: seat.number + 2)
                #expect(log.events(ofKind: 40).map(\.data) == [.number(Double(index))])
            }
            #expect(Set(seats.compactMap(\.ref.int)).count == 4)
            // Rooms lie on the loops in turn, as their names say.
            #expect(Set(seats.compactMap { $0.rid.string?.last }) == ["A", "B", "C", "D"])
            try await seats[0].must("room:leave")
            _ = try await player.create(["game": "relay"])
        }
    }

    @Test("leaving the namespace leaves its rooms at once; losing the connection does not")
    func goodbye() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "relay"])
            let first = try await GamePlayer(relay).join(host)
            let second = try await GamePlayer(relay).join(host)
            try await first.player.sayGoodbye()
            try await host.event("leave") { $0.kind == 2 && $0.seat == 1 && $0.data == ["why": "left"] }
            await second.player.drop()
            try await host.event("away") { $0.kind == 3 && $0.seat == 2 }
        }
    }

    @Test("the seat of somebody who was gone before the answer came is free again")
    func goneBeforeTheAnswer() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "relay", "max": 2])
            for _ in 0..<20 {
                let player = try await GamePlayer(relay)
                try await player.emit("room:join", ["rid": host.rid])
                try await player.sayGoodbye()
            }
            // Whoever came in has left: all seats but the host's are free.
            try await eventually("a free seat") {
                try await GamePlayer(relay).call("room:join", ["rid": host.rid])["ok"] == true
            }
        }
    }
}
