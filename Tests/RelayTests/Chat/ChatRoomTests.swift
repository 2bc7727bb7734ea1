import NIOCore
import SocketIO
import Testing

@testable import Relay

private let address = ChatAddress(namespace: "/chat", room: "tea")

private func key(_ number: UInt64, loop: Int = 0) -> ChatMemberKey { ChatMemberKey(loop: loop, number: number) }

extension ChatRoom {
    @discardableResult
    fileprivate mutating func join(_ number: UInt64, _ name: String?, at time: Int64 = 0) throws -> ChatMember {
        try self.join(
            key(number, loop: Int(number % 3)), as: name.map { try ChatName($0) }, reading: .events, limit: 10, at: time
        ).member
    }

    fileprivate mutating func say(_ text: String, _ number: UInt64, at time: Int64 = 0) throws -> ChatMessage {
        try self.say(ChatText(text), by: key(number, loop: Int(number % 3)), at: time)
    }

    fileprivate func history() -> [Int] {
        let someone = ChatMember(id: 0, name: ChatName(guest: 0), form: .events)
        return self.welcome(someone, historyWithin: .max)["history"]?.elements?.compactMap { $0["id"]?.int } ?? []
    }
}

@Suite("ChatRoom")
struct ChatRoomTests {
    @Test("messages have the numbers from 1, members too, and neither is given again")
    func numbers() throws {
        var room = ChatRoom(address, historyLength: 2)
        #expect(try room.join(1, "a").id == 1)
        #expect(try room.join(2, "b").id == 2)
        #expect(try (1...4).map { try room.say("\($0)", 1).id } == [1, 2, 3, 4])
        #expect(room.leave(key(2, loop: 2), at: 0) != nil)
        #expect(room.leave(key(2, loop: 2), at: 0) == nil)
        #expect(try room.join(2, "b").id == 3)
        #expect(room.history() == [3, 4])
        #expect(throws: ChatRefusal.notIn) { try room.say("x", 9) }
        #expect(try room.say("5", 2).id == 5)
    }

    @Test("a name is one member's, whatever its case and however its accents are encoded")
    func names() throws {
        var room = ChatRoom(address, historyLength: 0)
        try room.join(1, "Zoë")
        for taken in ["Zoë", "ZOË", "Zoe\u{308}"] {
            let refusal = #expect(throws: ChatRefusal.self) { try room.join(2, taken) }
            #expect(refusal?.code == .nameTaken)
        }
        // One's own is not taken; a name that was given up is free.
        #expect(try room.join(1, "ZOË").id == 1)
        try room.join(1, "Ann")
        #expect(try room.join(2, "Zoë").id == 2)
        #expect(room.memberCount == 2)
    }

    @Test("a guest has a name that nobody else has")
    func guests() throws {
        var room = ChatRoom(address, historyLength: 0)
        try room.join(1, "Guest2")
        #expect(try room.join(2, nil).name.text == "guest3")
        #expect(try room.join(3, nil).name.text == "guest4")
        #expect(try room.join(2, nil).name.text == "guest3")
    }

    @Test("who is full says so, and takes other names all the same")
    func full() throws {
        var room = ChatRoom(address, historyLength: 0)
        for number in 1...10 { try room.join(UInt64(number), nil) }
        let refusal = #expect(throws: ChatRefusal.self) { try room.join(11, "late") }
        #expect(refusal?.code == .roomFull)
        #expect(try room.join(10, "Ten").name.text == "Ten")
    }

    @Test("time does not go back in a room")
    func time() throws {
        var room = ChatRoom(address, historyLength: 9)
        try room.join(1, "a", at: 5)
        #expect(try [7, 3, 8].map { try room.say("x", 1, at: $0).at } == [7, 7, 8])
    }

    @Test("a history is bounded in bytes too, and its last message is always there")
    func historyBytes() throws {
        var room = ChatRoom(address, historyLength: 1_000)
        try room.join(1, "a")
        // Six bytes each as JSON has them.
        let long = String(repeating: "\u{1}", count: 2_000)
        for _ in 0..<100 { _ = try room.say(long, 1) }
        #expect(room.historyBytes <= ChatRoom.maximumHistoryBytes)
        #expect(room.history() == Array((101 - room.messageCount)...100))
        #expect(room.messageCount > 10)
        #expect(room.evictedCount == 100 - room.messageCount)
    }

    @Test("loops are told of as long as a member is on them")
    func loops() throws {
        var room = ChatRoom(address, historyLength: 0)
        for number in 1...4 { try room.join(UInt64(number), nil) }
        #expect(room.loops == [0: 1, 1: 2, 2: 1])
        _ = room.leave(key(1, loop: 1), at: 0)
        #expect(room.loops == [0: 1, 1: 1, 2: 1])
        _ = room.leave(key(4, loop: 1), at: 0)
        #expect(room.loops == [0: 1, 2: 1])
    }
}

@Suite("Chat input")
struct ChatInputTests {
    @Test(
        "names that pass, trimmed",
        arguments: [
            ("Ada", "Ada"), (" \tAda\n ", "Ada"), ("A d a", "A d a"), ("👩‍👩‍👧", "👩‍👩‍👧"), ("می‌خواهم", "می‌خواهم"),
        ])
    func names(text: String, name: String) throws {
        #expect(try ChatName(text).text == name)
    }

    @Test(
        "names that do not",
        arguments: [
            "", "  ", "a\u{0}", "a\nb", "a\u{85}b", "a\u{2028}b", "\u{2066}a", String(repeating: "a", count: 33),
            "a" + String(repeating: "\u{301}", count: 64), String(repeating: " ", count: 1_000) + "a",
        ])
    func badNames(text: String) {
        let refusal = #expect(throws: ChatRefusal.self) { try ChatName(text) }
        #expect(refusal?.code == .badInput)
    }

    @Test("texts are measured in characters and in bytes")
    func texts() throws {
        #expect(try ChatText(String(repeating: "\u{1F600}", count: 2_000)).text.count == 2_000)
        for (text, code) in [
            ("", RefusalCode.badInput), (String(repeating: "a", count: 2_001), .tooBig),
            (String(repeating: "é", count: 2_001), .tooBig), (String(repeating: "👩‍👩‍👧", count: 500), .tooBig),
        ] {
            let refusal = #expect(throws: ChatRefusal.self) { try ChatText(text) }
            #expect(refusal?.code == code)
        }
    }

    @Test("a budget refuses what is too much, fills again, and gives up on who never stops")
    func budget() {
        let start = NIODeadline.uptimeNanoseconds(1_000)
        var budget = ChatBudget(rate: 10)
        for _ in 0..<20 { #expect(budget.charge(isMessage: true, at: start) == .within) }
        guard case .over(let refusal) = budget.charge(isMessage: true, at: start) else {
            Issue.record("expected a refusal")
            return
        }
        #expect(refusal.code == .rate && refusal.retry == 100)
        #expect(budget.charge(isMessage: false, at: start) == .within)
        #expect(budget.charge(isMessage: true, at: start + .milliseconds(100)) == .within)
        var verdicts: [ChatBudget.Verdict] = []
        for _ in 0..<250 { verdicts.append(budget.charge(isMessage: true, at: start + .milliseconds(100))) }
        let expelled = verdicts.firstIndex { if case .expel = $0 { true } else { false } }
        #expect(expelled == 200)
        // Who has been quiet since is not held to what was before.
        let later = start + .seconds(10)
        for _ in 0..<20 { #expect(budget.charge(isMessage: true, at: later) == .within) }
        guard case .over = budget.charge(isMessage: true, at: later) else {
            Issue.record("expected a refusal and no more")
            return
        }
    }
}
