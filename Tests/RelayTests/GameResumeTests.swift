import TestSupport
import Testing

/// Coming back to a seat.
@Suite("games: resume", .timeLimit(.minutes(3)))
struct GameResumeTests {
    @Test("by replay: the answer, then what was missed from q + 1 on, then what goes on; moves are numbered on")
    func replay() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "relay"])
            let guest = try await GamePlayer(relay).join(host)
            #expect(try await guest.move(1, 40, "before")["ok"] == true)
            let seen = try await guest.log(through: guest.number + 1).events.last?.number ?? 0
            await guest.player.drop()
            try await host.event("away") { $0.kind == 3 && $0.seat == 1 }
            for number in 1...5 { _ = try await host.move(number, 40, .number(Double(number))) }
            let player = try await GamePlayer(relay, auth: guest.player.identity)
            let back = try await guest.resume(by: player, after: seen)
            #expect(back.answer["mode"] == "replay")
            #expect(back.answer["lastN"] == 1)
            #expect(back.seat == 1)
            #expect(back.token != guest.token)
            #expect(try await back.move(1, 40, "before")["dup"] == true)
            #expect(try await back.move(2, 40, "after")["ok"] == true)
            try await host.log(through: back.number + 1)
            try await eventually("the move") { player.events("tick").last?[0][3].int == back.number + 1 }
            let log = try GameLog(player.packets, reference: back.ref, after: seen)
            #expect(log.events.map(\.kind) == [3, 40, 40, 40, 40, 40, 4, 40])
            // Nothing of the room came before the answer.
            let answered = try #require(player.packets.firstIndex { $0.type == "3" })
            let first = try #require(player.packets.firstIndex { $0.event == "tick" })
            #expect(answered < first)
            #expect(try host.log().events.suffix(8) == log.events.suffix(8))
        }
    }

    @Test("who has resumed the seat of another pid is in the room, and gets no second one")
    func resumedByAnother() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "relay"])
            let guest = try await GamePlayer(relay).join(host)
            await guest.player.drop()
            try await host.event("away") { $0.kind == 3 && $0.seat == 1 }
            let player = try await GamePlayer(relay)
            let back = try await guest.resume(by: player, after: 0)
            #expect(back.seat == 1)
            let room = back.answer["room"]
            for target in [["rid": room["rid"]], ["code": room["code"]]] as [JSONValue] {
                let answer = try await player.call("room:join", target)
                #expect(answer["code"] == "ALREADY_IN")
                #expect(answer["seat"] == 1)
            }
            #expect(try await back.move(1, 40, "after")["ok"] == true)
        }
    }

    @Test("by snapshot where what was missed is not known: frames go on behind the answer")
    func snapshot() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "relay"])
            let guest = try await GamePlayer(relay).join(host)
            await guest.player.drop()
            try await host.event("away") { $0.kind == 3 && $0.seat == 1 }
            let player = try await GamePlayer(relay)
            let back = try await guest.resume(by: player, after: 1_000)
            #expect(back.answer["mode"] == "snapshot")
            let next = try await host.move(1, 40, "next")
            #expect(next["q"].int == back.number + 1)
            #expect(try await back.log(through: back.number + 1).events.map(\.data) == ["next"])
        }
    }

    @Test("from a socket that still looks alive: the old one is told, and is in the room no more")
    func takeover() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "relay"])
            let guest = try await GamePlayer(relay).join(host)
            let player = try await GamePlayer(relay, auth: guest.player.identity)
            let back = try await guest.resume(by: player, after: guest.number)
            #expect(try await guest.player.event("room:closed")[0] == ["rid": host.rid, "reason": "replaced"])
            #expect(try await guest.move(1, 40, 1)["code"] == "REF")
            #expect(try await back.move(1, 40, "mine")["ok"] == true)
            try await host.event("the move") { $0.data == "mine" }
            #expect(guest.player.events("tick").allSatisfy { $0[0][4][0][0] != 40 })
            // The old socket goes, the seat stays.
            await guest.player.drop()
            #expect(try await back.move(2, 40, 1)["ok"] == true)
            #expect(try host.log().events(ofKind: 3) == [])
        }
    }

    @Test("on the same socket: it is in the room still, and its loss is the room's to know")
    func sameSocket() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "relay"])
            let guest = try await GamePlayer(relay).join(host)
            let back = try await guest.resume(by: guest.player, after: guest.number)
            #expect(try await back.move(1, 40, "still here")["ok"] == true)
            #expect(guest.player.events("room:closed") == [])
            await guest.player.drop()
            try await host.event("away") { $0.kind == 3 && $0.seat == 1 }
            for number in 1...5 { #expect(try await host.move(number, 40, 1)["ok"] == true) }
            _ = try await GamePlayer(relay).join(host)
        }
    }

    @Test("the token before is good until the newer one was used: the answer may have been lost")
    func lostAnswer() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "relay"])
            let guest = try await GamePlayer(relay).join(host)
            let lost = try await guest.resume(by: try await GamePlayer(relay), after: guest.number)
            let back = try await guest.resume(by: try await GamePlayer(relay), after: guest.number)
            let stranger = try await GamePlayer(relay)
            #expect(
                try await stranger.refusal("room:resume", ["rid": host.rid, "token": lost.token, "q": 0]) == "TOKEN")
            _ = try await back.resume(by: try await GamePlayer(relay), after: guest.number)
            #expect(
                try await stranger.refusal("room:resume", ["rid": host.rid, "token": guest.token, "q": 0]) == "TOKEN")
        }
    }

    @Test("a token is dead after a leave")
    func deadAfterLeave() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "relay"])
            let guest = try await GamePlayer(relay).join(host)
            try await guest.must("room:leave")
            let refusal = try await guest.player.refusal(
                "room:resume", ["rid": host.rid, "token": guest.token, "q": 0])
            #expect(refusal == "TOKEN")
        }
    }

    @Test("after the grace the seat is given up and the token dead")
    func graceExpiry() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "relay", "options": ["graceMs": 300]])
            let guest = try await GamePlayer(relay).join(host)
            await guest.player.drop()
            try await host.event("timeout") { $0.kind == 2 && $0.seat == 1 && $0.data == ["why": "timeout"] }
            let player = try await GamePlayer(relay, auth: guest.player.identity)
            let refusal = try await player.refusal("room:resume", ["rid": host.rid, "token": guest.token, "q": 0])
            #expect(refusal == "TOKEN")
            #expect(try await player.join(host).seat == 2)
        }
    }

    @Test("a spectator comes back as one")
    func spectator() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "relay"])
            let spectator = try await GamePlayer(relay).watch(host)
            await spectator.player.drop()
            _ = try await host.move(1, 40, "meanwhile")
            let player = try await GamePlayer(relay)
            let back = try await spectator.resume(by: player, after: spectator.number)
            #expect(back.seat == .null)
            #expect(back.answer["mode"] == "replay")
            try await eventually("the move") { !player.events("tick").isEmpty }
            let log = try GameLog(player.packets, reference: back.ref, after: spectator.number)
            #expect(log.events.map(\.data) == ["meanwhile"])
        }
    }

    @Test("a number from a connection before is no room of this one: what was buffered is not played late")
    func staleReference() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "relay"])
            let player = try await GamePlayer(relay, auth: host.player.identity)
            let answer = try await player.call("move", [host.ref, 1, 40, "late"])
            #expect(answer["code"] == "REF")
            #expect(try host.log().events == [])
        }
    }
}
