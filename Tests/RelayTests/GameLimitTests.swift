import Foundation
import TestSupport
import Testing

/// Too much, too slow, and the end.
@Suite("games: limits", .timeLimit(.minutes(3)))
struct GameLimitTests {
    @Test("so many moves at once, chat messages, rooms, resumes: beyond it RATE, with the time to wait")
    func rates() async throws {
        try await withGames { relay in
            let seat = try await GamePlayer(relay).create(["game": "relay"])
            let player = seat.player
            func codes(_ count: Int, _ event: JSONValue...) async throws -> [String?] {
                try await player.callAtOnce(Array(repeating: .array(event), count: count)).map { $0["code"].string }
            }
            let batch = JSONValue.array((1...16).map { [.number(Double($0)), 40, 1] })
            let moves = try await codes(20, "move", [seat.ref, batch])
            #expect(moves[0] == nil && moves.contains("RATE"))
            let chat: JSONValue = ["room:chat", ["rid": seat.rid, "text": "a"]]
            let answers = try await player.callAtOnce(Array(repeating: chat, count: 20))
            #expect(answers[0]["ok"] == true)
            let refused = try #require(answers.first { $0["code"] == "RATE" })
            #expect((1...1_000).contains(refused["retry"].int ?? 0))
            for event in ["room:create", "room:resume", "lobby:watch"] {
                let codes = try await codes(20, .string(event), "nonsense")
                #expect(codes[0] == "BAD_INPUT" && codes.last == "RATE", "\(event)")
            }
        }
    }

    @Test("a player's connections on one loop share what it may send")
    func shared() async throws {
        try await withGames { relay in
            let player = try await GamePlayer(relay)
            _ = try await player.callAtOnce(Array(repeating: ["room:resume", "nonsense"], count: 40))
            var refused = 0
            // Four loops, connections dealt out in turn: one of the next four is on the loop of the first.
            for _ in 0..<4 {
                let again = try await GamePlayer(relay, auth: player.identity)
                if try await again.refusal("room:resume", "nonsense") == "RATE" { refused += 1 }
            }
            #expect(refused >= 1)
        }
    }

    @Test("two hundred more over budget than within: out of all rooms, with the connection left")
    func ladder() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "relay"])
            let flooder = try await GamePlayer(relay).join(host)
            try await flooder.player.emitAtOnce((1...700).map { ["move", [flooder.ref, .number(Double($0)), 40, 1]] })
            let closed = try await flooder.player.event("room:closed")[0]
            #expect(closed == ["rid": host.rid, "reason": "kicked"])
            try await host.event("leave") { $0.kind == 2 && $0.data == ["why": "kicked"] }
            #expect(!flooder.player.events("refused").isEmpty)
            try await eventually("the connection has not ended") {
                try await flooder.player.call("time", 1)[0] == 1
            }
        }
    }

    @Test("who does not read is told all at once when it reads again, and goes on behind it")
    func slowReader() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "relay", "max": 32])
            let slow = try await GamePlayer(relay, receiveBuffer: 16_384).join(host)
            try await slow.player.wire.socket.stopReading()
            try await self.flood(slow, of: relay)
            try await slow.player.wire.socket.startReading()
            let resync = try await slow.player.event("room:resync", within: .seconds(60))[0]
            #expect(resync["rid"] == host.rid)
            #expect(resync["ref"] == slow.ref)
            #expect(resync["room"]["players"].array?.count == 32)
            #expect(resync["token"] == slow.token)
            let number = resync["q"].int ?? 0
            let next = try await host.move(1, 40, "next")["q"].int ?? 0
            let packets = slow.player.packets
            let place = try #require(packets.firstIndex { $0.event == "room:resync" })
            // Up to where it lagged nothing is missing; behind the resync nothing either.
            _ = try GameLog(Array(packets[..<place]), reference: slow.ref, after: slow.number)
            try await eventually("the next move") {
                let log = try GameLog(Array(slow.player.packets[place...]), reference: slow.ref, after: number)
                return log.events.last?.number == next
            }
            #expect(slow.player.events("room:closed") == [])
        }
    }

    /// Has thirty players send megabytes that only one seat sees, for longer than a connection may stall.
    private func flood(_ seat: GameSeat, of relay: RelayProcess) async throws {
        var senders: [GameSeat] = []
        for _ in 0..<30 {
            let sender = try await GamePlayer(relay).join(seat)
            try await sender.player.wire.socket.stopReading()
            senders.append(sender)
        }
        let data = JSONValue.string(String(repeating: "x", count: 1_000))
        for round in 0..<10 {
            for sender in senders {
                let moves = (1...15).map { number -> JSONValue in
                    [.number(Double(round * 15 + number)), 40, data, ["to": [seat.seat]]]
                }
                try await sender.player.emit("move", [sender.ref, .array(moves)])
            }
            // Four at once are in the budget, then one each half second.
            if round > 3 { try await Task.sleep(for: .milliseconds(500)) }
        }
    }

    @Test("who polls while frames come faster than polls is no slow reader")
    func poller() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "relay", "options": ["hz": 30]])
            let poller = try await PollingSession(.socketIO(relay))
            try await poller.post("40/game,")
            _ = try await poller.messages(2)
            try await poller.post(#"42/game,1["room:join",{"rid":"\#(host.rid.string ?? "")"}]"#)
            let mover = Task {
                for number in 1...120 {
                    try await host.play(number, 40, .number(Double(number)))
                    try await Task.sleep(for: .milliseconds(45))
                }
            }
            var seen: [Int] = []
            while seen.last != 120 {
                for packet in try await poller.packets() {
                    #expect(!packet.contains("room:resync") && !packet.contains("room:closed"))
                    if packet == "2" { try await poller.post("3") }
                    guard let start = packet.firstIndex(of: "["), packet.hasPrefix("42"),
                        let json = JSONValue(parsing: packet[start...]), json[0] == "tick"
                    else { continue }
                    seen += (json[1][4].array ?? []).filter { $0[0] == 40 }.compactMap { $0[3].int }
                }
                // A far-away client: there is never a poll waiting when the next frame is ready.
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(seen == Array(1...120))
            try await mover.value
        }
    }

    @Test("at SIGTERM every member hears that its rooms are closed, and newcomers that it is too late")
    func draining() async throws {
        try await withGames { relay in
            var seats: [GameSeat] = []
            for _ in 0..<6 { seats.append(try await GamePlayer(relay).create(["game": "relay"])) }
            for seat in Array(seats) { seats.append(try await GamePlayer(relay).join(seat)) }
            let spectator = try await GamePlayer(relay).watch(seats[0])
            relay.child.signal(SIGTERM)
            for seat in seats + [spectator] {
                #expect(try await seat.player.event("room:closed")[0] == ["rid": seat.rid, "reason": "draining"])
            }
            if !seats[0].player.hasEnded {
                let answer = try? await seats[0].player.call("room:create", ["game": "relay"])
                #expect(answer == nil || answer?["code"] == "DRAINING")
            }
            #expect(try await relay.child.exitCode() == 0)
            for seat in seats { try await eventually("the end of the connection") { seat.player.hasEnded } }
        }
    }
}
