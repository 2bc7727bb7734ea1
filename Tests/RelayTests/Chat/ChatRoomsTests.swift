import NIOCore
import Seeding
import SocketIO
import Testing

@testable import Relay

private func settings(history: Int = 50, keep: Duration = .seconds(600)) -> RelayConfiguration.Chat {
    var settings = RelayConfiguration.Chat()
    settings.history = history
    settings.keep = keep
    settings.maximumMembers = 4
    return settings
}

private func room(_ number: Int) -> ChatAddress { ChatAddress(namespace: "/chat", room: "room \(number)") }
private func key(_ number: Int) -> ChatMemberKey { ChatMemberKey(loop: number % 3, number: UInt64(number)) }
private let start = NIODeadline.uptimeNanoseconds(1_000_000)

extension ChatRooms {
    fileprivate mutating func talk(_ text: String, in number: Int, by member: Int) throws {
        if self[room(number)]?.member(key(member)) == nil {
            _ = try self.join(room(number), key(member), as: nil, reading: .events, at: 0)
        }
        _ = try self.say(ChatText(text), in: room(number), by: key(member), at: 0)
    }

    fileprivate func history(of number: Int) -> [Int] {
        let someone = ChatMember(id: 0, name: ChatName(guest: 0), form: .events)
        let welcome = self[room(number)]?.welcome(someone, historyWithin: .max)
        return welcome?["history"]?.elements?.compactMap { $0["id"]?.int } ?? []
    }
}

@Suite("ChatRooms")
struct ChatRoomsTests {
    @Test("a room that nobody is in is kept for its time, and no longer; one that somebody came back to stays")
    func keeping() throws {
        var rooms = ChatRooms(settings(), maximumHistoryBytes: 1_000_000)
        for number in 1...2 {
            try rooms.talk("a", in: number, by: number)
            #expect(rooms.leave(room(number), key(number), at: 0, now: start) != nil)
        }
        #expect(rooms.occupiedCount == 0)
        #expect(rooms.nextDeadline == start + .seconds(600))
        rooms.advance(to: start + .seconds(599))
        _ = try rooms.join(room(2), key(2), as: nil, reading: .events, at: 0)
        rooms.advance(to: start + .seconds(600))
        #expect(rooms[room(1)] == nil)
        #expect(rooms.history(of: 2) == [1])
        #expect(rooms.nextDeadline == nil)
    }

    @Test("a room in which nothing was said, or where nothing is kept, goes with its last member")
    func nothingToKeep() throws {
        for (history, keep) in [(0, Duration.seconds(600)), (50, .zero)] {
            var rooms = ChatRooms(settings(history: history, keep: keep), maximumHistoryBytes: 1_000_000)
            try rooms.talk("a", in: 1, by: 1)
            _ = rooms.leave(room(1), key(1), at: 0, now: start)
            #expect(rooms[room(1)] == nil && rooms.historyBytes == 0)
        }
        var rooms = ChatRooms(settings(), maximumHistoryBytes: 1_000_000)
        _ = try rooms.join(room(1), key(1), as: nil, reading: .events, at: 0)
        _ = rooms.leave(room(1), key(1), at: 0, now: start)
        #expect(rooms[room(1)] == nil && rooms.historyBytes == 0)
    }

    @Test("too many bytes: the rooms silent longest forget their oldest messages, and empty ones go")
    func eviction() throws {
        var rooms = ChatRooms(settings(), maximumHistoryBytes: 4_000)
        try rooms.talk(String(repeating: "a", count: 500), in: 1, by: 1)
        _ = rooms.leave(room(1), key(1), at: 0, now: start)
        for _ in 0..<2 { try rooms.talk(String(repeating: "b", count: 500), in: 2, by: 2) }
        for _ in 0..<3 { try rooms.talk(String(repeating: "c", count: 500), in: 3, by: 3) }
        #expect(rooms[room(1)] == nil)
        #expect(rooms.historyBytes <= 4_000)
        #expect(rooms.history(of: 2) == [1, 2] && rooms.history(of: 3) == [1, 2, 3])
        for _ in 0..<3 { try rooms.talk(String(repeating: "d", count: 500), in: 3, by: 3) }
        #expect(
            rooms.history(of: 2) == [] && rooms.history(of: 3) == [1, 2, 3, 4, 5, 6].suffix(rooms.history(of: 3).count))
        #expect(rooms.isOccupied(room(2)))
        #expect(rooms.evictedCount == 9 - rooms.history(of: 3).count)
        // Its numbers go on all the same.
        #expect(try rooms.say(ChatText("e"), in: room(2), by: key(2), at: 0).id == 3)
    }

    @Test(
        "whatever happens, counts are right, numbers have no gaps, and histories end with what was said last",
        arguments: 1...20)
    func properties(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let limit = seed % 2 == 0 ? 1_000_000 : 6_000
        var rooms = ChatRooms(settings(history: 5), maximumHistoryBytes: limit)
        var members: [Int: Set<Int>] = [:]
        var said: [Int: Int] = [:]
        var now = start
        for step in 0..<2_000 {
            let (number, member) = (random.index(below: 6), random.index(below: 8))
            now = now + .seconds(Int64(random.index(below: 60)))
            switch random.index(below: 10) {
            case 0..<3:
                let isKnown = rooms[room(number)] != nil
                let joined = try? rooms.join(room(number), key(member), as: nil, reading: .events, at: 0)
                let isIn = members[number, default: []].contains(member)
                #expect((joined != nil) == (isIn || members[number, default: []].count < 4))
                if joined != nil { members[number, default: []].insert(member) }
                if !isKnown { said[number] = 0 }
            case 3..<8:
                let text = try ChatText(String(repeating: "x", count: 1 + random.index(below: 300)))
                let message = try? rooms.say(text, in: room(number), by: key(member), at: 0)
                let isIn = members[number, default: []].contains(member)
                #expect((message != nil) == isIn)
                guard let message else { continue }
                said[number, default: 0] += 1
                #expect(message.id == said[number])
            case 8:
                let notice = rooms.leave(room(number), key(member), at: 0, now: now)
                #expect((notice != nil) == (members[number]?.remove(member) != nil))
            default: rooms.advance(to: now)
            }
            #expect(rooms.memberCount == members.values.reduce(0) { $0 + $1.count }, "step \(step)")
            #expect(rooms.occupiedCount == members.values.filter { !$0.isEmpty }.count)
            #expect((0...limit).contains(rooms.historyBytes))
            for number in 0..<6 where rooms[room(number)] != nil {
                let history = rooms.history(of: number)
                let last = said[number, default: 0]
                #expect(history == Array((last - history.count + 1)..<(last + 1)))
                #expect(limit == 6_000 || history.count == min(5, last))
            }
        }
        for (number, inside) in members {
            for member in inside { _ = rooms.leave(room(number), key(member), at: 0, now: now) }
        }
        rooms.advance(to: now + .seconds(600))
        #expect(rooms.historyBytes == 0 && rooms.memberCount == 0 && rooms.nextDeadline == nil)
        #expect((0..<6).allSatisfy { rooms[room($0)] == nil })
    }
}
