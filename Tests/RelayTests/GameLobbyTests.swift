import TestSupport
import Testing

/// The list of public rooms, and what its watchers hear.
@Suite("games: lobby", .timeLimit(.minutes(2)))
struct GameLobbyTests {
    /// A watcher's list, kept up by what it hears, checked for gaps.
    private struct List {
        struct Gap: Error { let expected: Int, found: JSONValue }

        private(set) var rooms: [String: JSONValue] = [:]
        private(set) var revision: Int

        init(_ answer: JSONValue, _ packets: [GamePlayer.Packet]) throws {
            self.revision = answer["rev"].int ?? -1
            for room in answer["rooms"].array ?? [] { self.rooms[room["rid"].string ?? ""] = room }
            for packet in packets where packet.event?.hasPrefix("lobby:") == true {
                self.revision += 1
                guard packet.json[2].int == self.revision else {
                    throw Gap(expected: self.revision, found: packet.json[2])
                }
                self.apply(packet.event ?? "", packet.json[1])
            }
        }

        private mutating func apply(_ event: String, _ payload: JSONValue) {
            let rid = payload["rid"].string ?? ""
            switch event {
            case "lobby:add": self.rooms[rid] = payload
            case "lobby:update":
                self.rooms[rid] = .object(
                    (self.rooms[rid]?.object ?? [:]).merging(payload.object ?? [:]) { $1 })
            default: self.rooms[rid] = nil
            }
        }
    }

    @Test("rooms come, change and go, rev by rev, and the list is what a new watcher gets")
    func follows() async throws {
        try await withGames { relay in
            let watcher = try await GamePlayer(relay)
            let answer = try await watcher.must("lobby:watch", [:])
            #expect(answer["rooms"] == [])
            var seats: [GameSeat] = []
            for number in 0..<8 {
                let player = try await GamePlayer(relay)
                let game: JSONValue = number % 2 == 0 ? "relay" : "tictactoe"
                seats.append(
                    try await player.create(["game": game, "max": 2, "options": ["emptyTtlMs": 0]]))
            }
            for seat in seats.prefix(4) { _ = try await GamePlayer(relay).join(seat) }
            try await seats[1].must("room:set", ["meta": ["level": 3]])
            try await seats[6].must("room:leave")
            let wanted = try await eventualList(of: watcher, from: answer) { list in
                list.rooms.count == 7 && list.rooms[seats[1].rid.string ?? ""]?["meta"] == ["level": 3]
                    && list.rooms.values.count { $0["open"] == false } == 4
            }
            let fresh = try await GamePlayer(relay).must("lobby:watch", [:])
            let listed = (fresh["rooms"].array ?? []).map { ($0["rid"].string ?? "", $0) }
            #expect(Dictionary(uniqueKeysWithValues: listed) == wanted.rooms)
            let turns = try await GamePlayer(relay).must("lobby:watch", ["game": "tictactoe", "open": true])
            #expect(turns["rooms"].array?.map { $0["rid"] } == [seats[5].rid, seats[7].rid])
        }
    }

    @Test("a private room is not listed, is removed when it becomes private, and can be joined all the same")
    func privateRooms() async throws {
        try await withGames { relay in
            let hidden = try await GamePlayer(relay).create(["game": "relay", "private": true])
            let open = try await GamePlayer(relay).create(["game": "relay"])
            let watcher = try await GamePlayer(relay)
            let answer = try await watcher.must("lobby:watch", [:])
            #expect(answer["rooms"].array?.map { $0["rid"] } == [open.rid])
            try await open.must("room:set", ["private": true])
            #expect(try await watcher.event("lobby:remove") == [["rid": open.rid], 1])
            #expect(try await watcher.join(hidden).seat == 1)
            let matched = try await GamePlayer(relay).enter("room:match", ["game": "relay"])
            #expect(matched.rid != hidden.rid && matched.rid != open.rid)
        }
    }

    @Test("who watches no more hears no more")
    func unwatch() async throws {
        try await withGames { relay in
            let watcher = try await GamePlayer(relay)
            let other = try await GamePlayer(relay)
            try await watcher.must("lobby:watch", [:])
            try await other.must("lobby:watch", [:])
            try await watcher.must("lobby:unwatch", [:])
            _ = try await GamePlayer(relay).create(["game": "relay"])
            _ = try await other.event("lobby:add")
            // The same notice would have reached both.
            _ = try await watcher.call("time", 1)
            #expect(watcher.events("lobby:add") == [])
        }
    }

    private func eventualList(
        of watcher: GamePlayer, from answer: JSONValue, where fits: (List) -> Bool
    ) async throws -> List {
        try await eventually("the lobby as it should be") { fits(try List(answer, watcher.packets)) }
        return try List(answer, watcher.packets)
    }
}
