import TestSupport
import Testing

/// What people in a chat room see of one another.
@Suite("chat: conversation", .timeLimit(.minutes(3)))
struct ChatConversationTests {
    @Test("what one says the others hear, with who, where and when; the answers say the same", arguments: [1, 4])
    func talk(threads: Int) async throws {
        try await withChat(threads: threads) { relay in
            let ada = try await ChatTalker(relay)
            let first = try await ada.join("tea", as: "  Ada ")
            #expect(first["ok"] == true && first["you"] == 1 && first["history"] == [])
            #expect(first["members"] == [["id": 1, "name": "Ada"]])
            let bob = try await ChatTalker(relay)
            let second = try await bob.join("tea", as: "Bob")
            #expect(second["you"] == 2)
            #expect(second["members"] == [["id": 1, "name": "Ada"], ["id": 2, "name": "Bob"]])
            let joined = try await ada.event("joined")
            #expect(joined["room"] == "tea" && joined["id"] == 2 && joined["name"] == "Bob")
            #expect(Set(joined.object?.keys.map { $0 } ?? []) == ["room", "id", "name", "at"])

            let answer = try await bob.say("two\nlines \"é\" 👩‍👩‍👧", in: "tea")
            #expect(answer["ok"] == true && answer["id"] == 1)
            let said = try await ada.event("said")
            #expect(
                said == [
                    "room": "tea", "id": 1, "from": 2, "name": "Bob", "text": "two\nlines \"é\" 👩‍👩‍👧",
                    "at": answer["at"],
                ])
            #expect(try await ada.say("second", in: "tea")["id"] == 2)
            #expect(try await bob.event("said")["text"] == "second")
            for talker in [ada, bob] {
                try await talker.settle(relay, in: "tea")
                #expect(talker.heard.count == 1)
            }
            try await eventually("the visitors are gone", within: .seconds(60)) { ada.events("left").count == 2 }

            #expect(try await bob.leave("tea") == ["ok": true])
            let left = try await ada.event("left", after: 2)
            #expect(left["room"] == "tea" && left["id"] == 2 && left["name"] == "Bob")
            #expect(Set(left.object?.keys.map { $0 } ?? []) == ["room", "id", "name", "at"])
            #expect(try await bob.say("gone", in: "tea")["code"] == "NOT_IN")
            #expect(try await bob.join("tea", as: "Bob")["you"] == 5)
        }
    }

    @Test("with echo: true the sender hears itself, with the number of the answer")
    func echo() async throws {
        try await withChat("echo: true") { relay in
            let ada = try await ChatTalker(relay, in: "tea", as: "Ada")
            let answer = try await ada.say("hello", in: "tea")
            let said = try await ada.event("said")
            #expect(said["id"] == answer["id"] && said["text"] == "hello" && said["from"] == 1)
        }
    }

    @Test("joining again is another name: the same member, the others told by what name before", arguments: [1, 4])
    func rename(threads: Int) async throws {
        try await withChat(threads: threads) { relay in
            let ada = try await ChatTalker(relay, in: "tea", as: "Ada")
            let bob = try await ChatTalker(relay, in: "tea", as: "Bob")
            #expect(try await bob.join("tea", as: "ADA")["code"] == "NAME_TAKEN")
            let again = try await bob.join("tea", as: "Robert")
            #expect(again["you"] == 2)
            #expect(again["members"] == [["id": 1, "name": "Ada"], ["id": 2, "name": "Robert"]])
            let told = try await ada.event("joined", after: 1)
            #expect(told["id"] == 2 && told["name"] == "Robert" && told["was"] == "Bob")
            try await bob.say("it is me", in: "tea")
            #expect(try await ada.event("said")["name"] == "Robert")
            // The name before is free, one's own in another case is no one else's.
            #expect(try await bob.join("tea", as: "robert")["ok"] == true)
            #expect(try await ChatTalker(relay).join("tea", as: "Bob")["ok"] == true)
            try await bob.settle(relay, in: "tea")
            #expect(bob.events("joined").allSatisfy { $0["id"] != 2 })
        }
    }

    @Test("who loses the connection has left; one client in many rooms has left them all", arguments: [1, 4])
    func disconnect(threads: Int) async throws {
        try await withChat(threads: threads) { relay in
            let ada = try await ChatTalker(relay, in: "one", as: "Ada")
            _ = try await ada.join("two", as: "Ada")
            let bob = try await ChatTalker(relay, in: "one", as: "Bob")
            _ = try await bob.join("two", as: "Bob")
            await bob.wire.drop()
            try await eventually("both left", within: .seconds(60)) { ada.events("left").count == 2 }
            #expect(Set(ada.events("left").compactMap { $0["room"].string }) == ["one", "two"])
            #expect(try await ada.join("one", as: "Ada")["members"] == [["id": 1, "name": "Ada"]])
            let carl = try await ChatTalker(relay, in: "one", as: "Carl")
            try await carl.wire.send("1/chat,")
            #expect(try await ada.event("left", after: 2)["name"] == "Carl")
        }
    }

    @Test("join and say may be sent at once, without waiting for the answer between")
    func atOnce() async throws {
        try await withChat { relay in
            let ada = try await ChatTalker(relay, in: "tea", as: "Ada")
            let bob = try await ChatTalker(relay)
            let answers = try await bob.call([
                ["join", ["room": "tea", "name": "Bob"]], ["say", ["room": "tea", "text": "hello"]],
                ["leave", ["room": "tea"]], ["join", ["room": "tea", "name": "Bob"]],
                ["say", ["room": "tea", "text": "again"]],
            ])
            #expect(answers.allSatisfy { $0["ok"] == true })
            #expect(answers[3]["you"] == 3)
            #expect(try await ada.event("said", after: 1)["text"] == "again")
        }
    }

    @Test("a room is one however accents are encoded and whatever space is around its name; the answer says which")
    func oneRoom() async throws {
        try await withChat { relay in
            let ada = try await ChatTalker(relay)
            #expect(try await ada.join(" ol\u{E9} ", as: "Ada")["room"] == "ol\u{E9}")
            let bob = try await ChatTalker(relay)
            let joined = try await bob.join("ole\u{301}", as: "Bob")
            #expect(joined["members"].array?.count == 2)
            #expect(Array((joined["room"].string ?? "").utf8) == Array("ol\u{E9}".utf8))
            try await bob.say("hello", in: "ole\u{301}")
            #expect(Array((try await ada.event("said")["room"].string ?? "").utf8) == Array("ol\u{E9}".utf8))
        }
    }

    @Test("the matches of a pattern are chats of their own")
    func pattern() async throws {
        try await withChat(namespaces: ["/team/{name}: { kind: chat }"]) { relay in
            let red = try await ChatTalker(relay, "/team/red")
            let blue = try await ChatTalker(relay, "/team/blue")
            _ = try await red.join("tea", as: "Ada")
            #expect(try await blue.join("tea", as: "Ada")["members"] == [["id": 1, "name": "Ada"]])
            let plain = try await RawWebSocket(relay, room: "tea", "name=Bob", namespace: "team/red")
            try await plain.send("hello")
            #expect(try await red.event("said")["text"] == "hello")
            #expect(try await red.say("from red", in: "tea")["ok"] == true)
            // Whatever came there by mistake would have come before the answer.
            #expect(try await blue.say("from blue", in: "tea")["id"] == 1)
            #expect(blue.events("joined") == [] && blue.heard == [])
            await plain.drop()
        }
    }
}
