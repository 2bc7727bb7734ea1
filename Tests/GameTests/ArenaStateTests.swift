import Game
import NIOCore
import SocketIO
import Testing

struct ArenaStateTests {
    @Test func aWholeStateTellsEverybodyAndEveryCoin() throws {
        let arena = Arena(seats: [2, 7], round: 0, seed: 1)
        let state = arena.snapshot
        let player = try #require(arena.view.players.first)
        #expect(state["players"]?.elements?.count == 2)
        #expect(state["players"]?.elements?.first == [2, JSON(player.x), JSON(player.y), 0, 0])
        #expect(state["coins"]?.elements?.count == 12)
        #expect(state["left"] == nil)
    }

    @Test func theBinaryLayoutIsTheContracts() throws {
        let arena = Arena(seats: [2, 7], round: 0, seed: 1)
        var bytes = arena.state(since: nil, as: .binary).bytes
        #expect(bytes.readableBytes == 3 + 2 * 8 + 12 * 5)
        #expect(bytes.readBytes(length: 3) == [2, 12, 0])
        let player = try #require(arena.view.players.first)
        #expect(bytes.readInteger(as: UInt8.self) == 2)
        #expect(bytes.readInteger(endianness: .little) == player.x)
        #expect(bytes.readInteger(endianness: .little) == player.y)
    }

    @Test func aDifferenceHoldsOnlyWhatHasChanged() {
        var arena = Arena(seats: [0, 1, 2], round: 0, seed: 1)
        let base = arena
        #expect(arena.state(since: base, as: .json).json == ["players": [], "coins": []])
        #expect(arena.state(since: base, as: .binary).byteCount == 3)
        _ = arena.step([Input(1, .input(.left))])
        arena.left(2)
        let difference = arena.state(since: base, as: .json).json
        #expect(difference?["players"]?.elements?.compactMap { $0.elements?.first?.int } == [1])
        #expect(difference?["left"] == [2])
    }

    @Test func aBaseOfAnotherGameGivesTheWholeState() {
        let arena = Arena(seats: [0, 1], round: 0, seed: 1)
        let other = TicTacToe(seats: [0, 1], round: 0, seed: 0)
        #expect(arena.state(since: other, as: .json) == arena.state(since: nil, as: .json))
    }

    /// A follower that gets differences sees what one sees that gets whole states, whoever comes and goes.
    @Test(arguments: [StateForm.json, .binary]) func differencesOverTheBaseAreTheWholeState(_ form: StateForm) throws {
        for seed in 0..<20 as Range<UInt64> {
            var random = Randomness(seed: seed)
            var arena = Arena(seats: [0, 1, 2], round: 0, seed: seed)
            var follower = ArenaFollower()
            var base: Arena?
            for tick in 1...200 as ClosedRange<UInt32> {
                let seats = arena.view.players.map(\.seat)
                if random.chance(4), seats.count > 2 { arena.left(random.element(of: seats) ?? 0) }
                if random.chance(5) { arena.joined(Seat(rawValue: UInt8(10 + tick % 200))) }
                if random.chance(5) { arena.setAway(random.chance(50), random.element(of: seats) ?? 0) }
                _ = arena.step(
                    seats.compactMap { seat in random.element(of: arena.legalMoves(for: seat)).map { Input(seat, $0) } }
                )
                let isWhole = base == nil || random.chance(5)
                let payload = arena.state(since: isWhole ? nil : base, as: form)
                try follower.receive(
                    StateFrame(tick: tick, time: 0, base: isWhole ? 0 : tick - 1, progress: [], payload: payload))
                #expect(follower.view == arena.view, "seed \(seed), tick \(tick)")
                base = arena
            }
        }
    }

    @Test func aFollowerRefusesADifferenceFromWhatItDoesNotHave() throws {
        let arena = Arena(seats: [0, 1], round: 0, seed: 1)
        let payload = arena.state(since: nil, as: .json)
        var follower = ArenaFollower()
        let frame = { StateFrame(tick: $0, time: 0, base: $1, progress: [], payload: payload) }
        #expect(throws: ArenaUpdate.Unreadable.wrongBase) { try follower.receive(frame(9, 8)) }
        try follower.receive(frame(9, 0))
        #expect(throws: ArenaUpdate.Unreadable.wrongBase) { try follower.receive(frame(12, 10)) }
        #expect(follower.tick == 9)
    }

    @Test(arguments: [
        "null", "[]", "{}", #"{"players":[],"coins":7}"#, #"{"players":[[0,1,2,3]],"coins":[]}"#,
        #"{"players":[[0,1,2,3,256]],"coins":[]}"#, #"{"players":[[0,1,2,-3,4]],"coins":[]}"#,
        #"{"players":[],"coins":[[1,2,70000]]}"#, #"{"players":[],"coins":[],"left":[300]}"#,
        #"{"players":[],"coins":[],"left":{}}"#, #"{"players":[[0,1,2,3,"4"]],"coins":[]}"#,
    ])
    func jsonOfAnotherShapeIsUnreadable(_ text: String) throws {
        let json = try JSON(validating: ByteBuffer(string: text))
        #expect(throws: ArenaUpdate.Unreadable.notAnUpdate) { try ArenaUpdate(.json(json)) }
    }

    @Test func everyTruncationIsUnreadable() {
        let bytes = Arena(seats: [0, 1], round: 0, seed: 1).state(since: nil, as: .binary).bytes
        for length in 0..<bytes.readableBytes {
            let part = bytes.getSlice(at: 0, length: length) ?? bytes
            #expect(throws: ArenaUpdate.Unreadable.truncated) { try ArenaUpdate(.binary(part)) }
        }
        var longer = bytes
        longer.writeInteger(0 as UInt8)
        #expect(throws: ArenaUpdate.Unreadable.trailingBytes) { try ArenaUpdate(.binary(longer)) }
    }
}
