import TestSupport
import Testing

/// How a client introduces itself to a game namespace, and what it is told about itself.
@Suite("games: identity", .timeLimit(.minutes(2)))
struct GameIdentityTests {
    @Test("hello says who one is and what there is; pid and key make another connection the same player")
    func hello() async throws {
        try await withGames { relay in
            let player = try await GamePlayer(relay)
            let hello = player.hello
            #expect(hello["v"] == 1)
            #expect(hello["pid"].string?.isEmpty == false)
            #expect(hello["key"].string?.count == 22)
            #expect(hello["now"].number ?? 0 > 1_700_000_000_000)
            #expect(hello["games"] == ["relay", "tictactoe", "connect4", "arena"])
            #expect(hello["limits"] == ["moveBytes": 1024, "moves": [30, 60], "bytes": 131_072, "rooms": 4])
            let again = try await GamePlayer(relay, auth: player.identity)
            #expect(again.pid == player.pid)
            #expect(again.hello["key"] == hello["key"])
            let other = try await GamePlayer(relay)
            #expect(other.pid != player.pid)
        }
    }

    @Test("a name and an own pid are what the room shows")
    func name() async throws {
        try await withGames { relay in
            let player = try await GamePlayer(
                relay, auth: ["v": 1, "pid": "ann", "key": "0123456789abcdef", "name": "Ann"])
            #expect(player.pid == "ann")
            let seat = try await player.create(["game": "relay"])
            let shown = seat.answer["room"]["players"][0]
            #expect(shown["pid"] == "ann")
            #expect(shown["name"] == "Ann")
        }
    }

    @Test(
        "who does not introduce itself properly is refused with a code",
        arguments: [
            (#"{"v":2}"#, "VERSION"), (#"{"v":"1"}"#, "VERSION"),
            (#"{"pid":"ann"}"#, "AUTH"), (#"{"pid":"ann","key":"fedcba9876543210"}"#, "AUTH"),
            (#"{"enc":"xml"}"#, "BAD_INPUT"), (#"{"name":7}"#, "BAD_INPUT"), (#"{"name":""}"#, "BAD_INPUT"),
            (#"{"pid":"ann","key":"short"}"#, "BAD_INPUT"),
        ])
    func refused(auth: String, code: String) async throws {
        try await withGames { relay in
            _ = try await GamePlayer(relay, auth: ["pid": "ann", "key": "0123456789abcdef"])
            let wire = try await SocketWire(.socketIO(relay))
            try await wire.send("0/game,\(auth)")
            let answer = try #require(try await wire.packet())
            #expect(answer.type == "4")
            #expect(answer.json["data"]["code"].string == code)
            #expect(answer.json["message"].string?.isEmpty == false)
        }
    }

    @Test("of two who claim a new pid at once, on whatever loops, one has it")
    func claims() async throws {
        try await withGames { relay in
            for round in 0..<10 {
                let codes = try await withThrowingTaskGroup(of: String?.self) { group in
                    for key in 0..<4 {
                        group.addTask {
                            let wire = try await SocketWire(.socketIO(relay))
                            try await wire.send(#"0/game,{"pid":"p\#(round)","key":"0123456789abcde\#(key)"}"#)
                            return try await wire.packet()?.json["data"]["code"].string
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(codes.count { $0 == nil } == 1)
                #expect(codes.count { $0 == "AUTH" } == 3)
            }
        }
    }
}
