import Game
import NIOCore
import SocketIO
import TestSupport
import Testing

/// Whole games, and the forms in which moves travel.
@Suite("games: play", .timeLimit(.minutes(3)))
struct GamePlayTests {
    @Test(
        "tic-tac-toe: ready, countdown, moves in turn, refusals of the rules, the end, a rematch that swaps who begins")
    func ticTacToe() async throws {
        try await withGames { relay in
            let (first, second) = try await self.pair(relay, ["game": "tictactoe", "options": ["turnMs": 600_000]])
            #expect(try await first.move(1, "place", ["c": 0])["code"] == "WRONG_STATE")
            try await first.must("room:ready", ["ready": true])
            #expect(try first.log(skipping: true).events(ofKind: 7) == [])
            try await second.must("room:ready", ["ready": true])
            try await first.until("countdown")
            try await first.until("live")
            #expect(try await second.move(1, "place", ["c": 0])["code"] == "NOT_YOUR_TURN")
            #expect(try await first.move(1, "place", ["c": 9])["code"] == "ILLEGAL")
            #expect(try await first.move(1, 32, ["c": 4], ["v": 3])["code"] == "STALE")
            #expect(try await first.move(2, 32, ["c": 4])["code"] == "GAP")
            let taken = try await first.move(1, 32, ["c": 4])
            #expect(taken["ok"] == true)
            #expect(taken["n"] == 1)
            let again = try await first.move(1, 32, ["c": 4])
            #expect(again["dup"] == true)
            #expect(again["q"] == taken["q"])
            #expect(try await second.move(1, 32, ["c": 4])["code"] == "ILLEGAL")
            for (turn, cell) in [0, 1, 3, 7].enumerated() {
                let player = turn % 2 == 0 ? second : first
                #expect(
                    try await player.move(turn / 2 + (turn % 2 == 0 ? 1 : 2), 32, ["c": .number(Double(cell))])["ok"]
                        == true)
            }
            let end = try await second.event("end") { $0.kind == 11 }
            #expect(end.data["winner"] == 0)
            try await second.until("ended")
            #expect(try await second.move(3, 32, ["c": 8])["code"] == "GAME_OVER")
            #expect(try await second.call("room:rematch")["code"] == "NOT_HOST")
            #expect(try await first.must("room:rematch")["state"] == "lobby")
            #expect(try await first.must("room:start")["state"] == "countdown")
            for player in [first, second] { try await player.must("room:ready") }
            try await eventually("the second round") {
                try second.log().events.count { $0.kind == 7 && $0.data["to"] == "live" } == 2
            }
            #expect(try await first.move(4, 32, ["c": 0])["code"] == "NOT_YOUR_TURN")
            #expect(try await second.move(3, 32, ["c": 0])["ok"] == true)
            let third = try await GamePlayer(relay).watch(first)
            #expect(third.answer["snapshot"]["board"] == "X........")
            #expect(third.answer["snapshot"]["turn"] == 0)
            let (began, now) = (third.answer["began"].int ?? -1, third.answer["t"].int ?? -1)
            // The countdown of the first round, and of the second, went before.
            #expect(began > 6_000 && began < now, "\(began), \(now)")
            let timer = try second.log().events.last { $0.kind == 10 }
            #expect(third.answer["deadline"].int == timer?.data["deadline"].int && timer != nil)
            // Both were told the same from where both were there.
            let known = try await first.log(through: third.number).events.filter { $0.number > second.number }
            #expect(try await second.log(through: third.number).events == known)
        }
    }

    @Test("connect four: four in a column wins, a full column is illegal")
    func connect4() async throws {
        try await withGames { relay in
            let (first, second) = try await self.pair(relay, ["game": "connect4"])
            try await self.start(first, second)
            for number in 1...3 {
                #expect(try await first.move(number, "drop", ["col": 3])["ok"] == true)
                #expect(try await second.move(number, "drop", ["col": 4])["ok"] == true)
            }
            #expect(try await first.move(4, 33, ["col": 7])["code"] == "ILLEGAL")
            #expect(try await first.move(4, 33, ["col": 3])["ok"] == true)
            let end = try await second.event("end") { $0.kind == 11 }
            #expect(end.data["winner"] == 0)
            let late = try await GamePlayer(relay).watch(first)
            let board = try #require(late.answer["snapshot"]["board"].string)
            #expect(board.count == 42)
            #expect(board.hasSuffix("...XO.....XO.....XO.."))
        }
    }

    @Test("leaving a round of two leaves it to the other")
    func abandoned() async throws {
        try await withGames { relay in
            let (first, second) = try await self.pair(relay, ["game": "tictactoe"])
            try await self.start(first, second)
            try await first.must("room:leave")
            let end = try await second.event("end") { $0.kind == 11 }
            #expect(end.data["winner"] == 1)
            #expect(end.data["why"] == "abandoned")
        }
    }

    @Test("arena: readers of JSON and of bytes see one state, tick by tick")
    func arena() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).create(["game": "arena"])
            let binary = try await GamePlayer(relay, auth: ["enc": "bin"]).join(host)
            let watcher = try await GamePlayer(relay, auth: ["enc": "bin"]).watch(host)
            try await self.start(host, binary, watching: host)
            for number in 1...40 {
                let bits = JSONValue.number(Double([1, 4, 9, 16][number % 4]))
                let answer = try await host.move(number, "input", ["bits": bits])
                #expect(answer["ok"] == true)
                #expect(answer["q"] == .null)
                var frame = ByteBuffer()
                let move = NumberedMove(
                    UInt32(number), Move(Arena.input, .binary(ByteBuffer(bytes: [UInt8(2 + number % 8)]))))
                try BinaryFrame(ref: UInt16(binary.ref.int ?? 0), .moves(MoveFrame([move]))).write(to: &frame)
                try await binary.player.emit(
                    "move", ["_placeholder": true, "num": 0], attachments: [Array(frame.readableBytesView)])
            }
            #expect(try await host.move(41, "input", ["bits": 32])["code"] == "ILLEGAL")
            try await eventually("sixty states for each") {
                [host, binary, watcher].allSatisfy { $0.player.packets.count { $0.event == "state" } >= 60 }
            }
            let views = try [host, binary, watcher].map { try self.views(of: $0) }
            let common = Set(views[0].keys).intersection(views[1].keys).intersection(views[2].keys)
            #expect(common.count >= 50)
            for tick in common {
                #expect(views[0][tick] == views[1][tick])
                #expect(views[0][tick] == views[2][tick])
            }
            // How many depends on how the moves fall into ticks: few where this machine is busy.
            #expect(Set(common.compactMap { views[0][$0] }).count > 2)
            #expect(binary.player.events("refused") == [])
        }
    }

    /// The arena after each state frame, by tick, built up by the differences.
    private func views(of seat: GameSeat) throws -> [UInt32: ArenaView] {
        var follower = ArenaFollower()
        var views: [UInt32: ArenaView] = [:]
        for packet in seat.player.packets where packet.event == "state" {
            try follower.receive(try self.frame(in: packet))
            if let tick = follower.tick { views[tick] = follower.view }
        }
        return views
    }

    private func frame(in packet: GamePlayer.Packet) throws -> StateFrame {
        if let bytes = packet.attachments.first {
            let frame = try BinaryFrame(decoding: ByteBuffer(bytes: bytes))
            guard case .state(let state) = frame.content else { throw FrameError.notAFrame }
            return state
        }
        let (fields, payload) = (packet.json[1], packet.json[1][5])
        return StateFrame(
            tick: UInt32(fields[1].int ?? 0), time: 0, base: UInt32(fields[3].int ?? 0), progress: [],
            payload: .json(try JSON(validating: ByteBuffer(string: payload.text))))
    }

    @Test("without echo a move goes to everybody but its sender, who knows its number from the answer")
    func withoutEcho() async throws {
        try await withGames { relay in
            let (first, second) = try await self.pair(relay, ["game": "relay", "options": ["echo": false]])
            let mine = try await first.move(1, 40, "mine")
            let other = try await second.move(1, 40, "yours")
            let seen = try await first.log(skipping: true, through: other["q"].int ?? 0)
            #expect(seen.events(ofKind: 40).map(\.data) == ["yours"])
            let theirs = try await second.log(skipping: true, through: mine["q"].int ?? 0)
            #expect(theirs.events(ofKind: 40).map(\.data) == ["mine"])
        }
    }

    @Test("a targeted move is a hole to the others, in its place")
    func targeted() async throws {
        try await withGames { relay in
            let (first, second) = try await self.pair(relay, ["game": "relay"])
            let third = try await GamePlayer(relay).join(first)
            let spectator = try await GamePlayer(relay).watch(first)
            let binary = try await GamePlayer(relay, auth: ["enc": "bin"]).watch(first)
            _ = try await first.move(1, 40, "secret", ["to": [1]])
            let last = try await first.move(2, 40, "all")["q"].int ?? 0
            for (seat, sees) in [(first, true), (second, true), (third, false), (spectator, false)] {
                let events = try await seat.log(through: last).events.suffix(2)
                #expect(events.map(\.kind) == [sees ? 40 : 0, 40])
                #expect(events.first?.data == (sees ? "secret" : .null))
                #expect(events.map(\.moveNumber) == [1, 2])
            }
            try await eventually("two binary frames") { binary.player.packets.count { $0.event == "tick" } >= 2 }
            let bytes = binary.player.packets.filter { $0.event == "tick" }.flatMap(\.attachments)
            #expect(!bytes.contains { String(decoding: $0, as: UTF8.self).contains("secret") })
            #expect(bytes.contains { String(decoding: $0, as: UTF8.self).contains("all") })
        }
    }

    @Test("bytes pass as they are, also when more come in a tick than one packet may attach")
    func bytes() async throws {
        try await withGames { relay in
            let (first, second) = try await self.pair(relay, ["game": "relay", "options": ["hz": 2]])
            let blobs = (0..<25).map { number in (0...UInt8(number)).map { $0 &* 37 } }
            // In one write, so that they come within a tick however busy this machine is.
            let frames = blobs.enumerated().flatMap { index, blob in
                let move: JSONValue = [first.ref, .number(Double(index + 1)), 40, ["_placeholder": true, "num": 0]]
                return [
                    WebSocketFrame(WebSocketFrame.text, "451-/game," + JSONValue.array(["move", move]).text),
                    WebSocketFrame(WebSocketFrame.binary, blob),
                ]
            }
            try await first.player.wire.socket.send(frames)
            _ = try await first.move(26, 40, "last")
            for seat in [first, second] {
                let log = try await seat.log(through: first.number + 27)
                let moves = log.events(ofKind: 40)
                #expect(moves.prefix(25).map(\.bytes) == blobs)
                #expect(moves.last?.data == "last")
                // Twenty-five do not fit in two packets.
                #expect(log.frameSizes.contains { $0 > 1 })
                #expect(Set(log.ticks).count < log.ticks.count)
            }
            let late = try await GamePlayer(relay)
            let nested: JSONValue = [first.ref, 27, 40, ["deep": ["_placeholder": true, "num": 0]]]
            let refused = try await first.player.call(["move", nested], attachments: [[1]])
            #expect(refused["code"] == "BAD_INPUT")
            await late.drop()
        }
    }

    @Test("in ticks everybody gets the same events of the same ticks, in one frame each")
    func ticks() async throws {
        try await withGames { relay in
            let (first, second) = try await self.pair(relay, ["game": "relay", "options": ["hz": 10]])
            for number in 1...30 {
                try await first.play(number, 40, .number(Double(number)))
                try await second.play(number, 41, .number(Double(number)))
            }
            let last = second.number + 60
            let (one, other) = (try await first.log(through: last), try await second.log(through: last))
            #expect(one.events.suffix(60) == other.events.suffix(60))
            #expect(one.events(ofKind: 40).map(\.moveNumber) == Array(1...30))
            #expect(one.events(ofKind: 41).map(\.moveNumber) == Array(1...30))
            #expect(one.ticks == one.ticks.sorted() && Set(one.ticks).count == one.ticks.count)
        }
    }

    // MARK: Settings

    private func pair(_ relay: RelayProcess, _ request: JSONValue) async throws -> (GameSeat, GameSeat) {
        let first = try await GamePlayer(relay).create(request)
        return (first, try await GamePlayer(relay).join(first))
    }

    /// - Parameter watching: who reads JSON of the two.
    private func start(_ first: GameSeat, _ second: GameSeat, watching: GameSeat? = nil) async throws {
        for seat in [first, second] { try await seat.must("room:ready") }
        try await (watching ?? second).until("live")
    }
}
