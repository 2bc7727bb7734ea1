import TestSupport
import Testing

/// `room:match`, by many at once.
@Suite("games: match", .timeLimit(.minutes(3)))
struct GameMatchTests {
    @Test("two hundred at once fill exactly fifty rooms of four")
    func exact() async throws {
        try await withGames { relay in
            let seats = try await self.match(try await self.players(200, relay))
            let rooms = Dictionary(grouping: seats) { $0.rid.string ?? "" }
            #expect(rooms.count == 50)
            #expect(rooms.values.allSatisfy { $0.count == 4 })
            #expect(seats.count { $0.answer["created"] == true } == 50)
            for room in rooms.values { #expect(Set(room.compactMap(\.seat.int)) == [0, 1, 2, 3]) }
        }
    }

    @Test("with players who leave meanwhile no room is ever over-full, and nobody is left without one")
    func withLeavers() async throws {
        try await withGames { relay in
            let players = try await self.players(120, relay)
            let early = try await self.match(Array(players.prefix(60)))
            async let left: Void = self.leave(early.enumerated().filter { $0.offset % 3 == 0 }.map(\.element))
            let late = try await self.match(Array(players.suffix(60)))
            try await left
            let stayed = early.enumerated().filter { $0.offset % 3 != 0 }.map(\.element)
            #expect(late.count == 60)
            let rooms = Dictionary(grouping: stayed + late) { $0.rid.string ?? "" }
            #expect(rooms.values.allSatisfy { $0.count <= 4 })
            // What the rooms' logs say: never more than four at once.
            for room in rooms.values {
                guard let first = room.min(by: { $0.number < $1.number }) else { continue }
                var seated = first.answer["room"]["players"].array?.count ?? 0
                for event in try await first.log(through: first.number).events where event.kind == 1 || event.kind == 2
                {
                    seated += event.kind == 1 ? 1 : -1
                    #expect(seated <= 4)
                }
            }
        }
    }

    @Test("by game and meta, whoever wrote it how; the oldest room first")
    func keys() async throws {
        try await withGames { relay in
            let first = try await GamePlayer(relay).enter("room:match", ["game": "relay", "meta": ["a": 1, "b": [2]]])
            #expect(first.answer["created"] == true)
            let other = try await GamePlayer(relay).enter("room:match", ["game": "relay", "meta": ["a": 2]])
            #expect(other.answer["created"] == true)
            let same = try await GamePlayer(relay)
            let answer = try await same.call(["room:match", ["game": "relay", "meta": ["b": [2], "a": 1]]])
            #expect(answer["created"] == false)
            #expect(answer["room"]["rid"] == first.rid)
        }
    }

    @Test("who is banned from the only open room gets another")
    func banned() async throws {
        try await withGames { relay in
            let host = try await GamePlayer(relay).enter("room:match", ["game": "relay"])
            let player = try await GamePlayer(relay)
            let guest = try await player.enter("room:match", ["game": "relay"])
            #expect(guest.rid == host.rid)
            try await host.must("room:kick", ["seat": guest.seat, "ban": true])
            let next = try await player.enter("room:match", ["game": "relay"])
            #expect(next.rid != host.rid)
            #expect(next.answer["created"] == true)
        }
    }

    private func players(_ count: Int, _ relay: RelayProcess) async throws -> [GamePlayer] {
        var players: [GamePlayer] = []
        for _ in 0..<count { players.append(try await GamePlayer(relay)) }
        return players
    }

    private func match(_ players: [GamePlayer]) async throws -> [GameSeat] {
        try await withThrowingTaskGroup(of: GameSeat.self) { group in
            for player in players {
                group.addTask { try await player.enter("room:match", ["game": "relay", "max": 4]) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    private func leave(_ seats: [GameSeat]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seat in seats { group.addTask { try await seat.must("room:leave") } }
            try await group.waitForAll()
        }
    }
}
