import TestSupport
import Testing

/// What is refused, and that it is said.
@Suite("chat: refusals and bounds", .timeLimit(.minutes(3)))
struct ChatRefusalTests {
    private static let cases: [(JSONValue, String)] = [
        (["join"], "BAD_INPUT"),
        (["join", "tea"], "BAD_INPUT"),
        (["join", ["name": "Ada"]], "BAD_INPUT"),
        (["join", ["room": "tea"]], "BAD_INPUT"),
        (["join", ["room": 1, "name": "Ada"]], "BAD_INPUT"),
        (["join", ["room": "tea", "name": 1]], "BAD_INPUT"),
        (["join", ["room": "", "name": "Ada"]], "BAD_INPUT"),
        (["join", ["room": .string(String(repeating: "r", count: 65)), "name": "Ada"]], "BAD_INPUT"),
        (["join", ["room": "a\nb", "name": "Ada"]], "BAD_INPUT"),
        (["join", ["room": "tea", "name": " \t "]], "BAD_INPUT"),
        (["join", ["room": "tea", "name": "a\u{7}b"]], "BAD_INPUT"),
        (["join", ["room": "tea", "name": "a\u{202E}b"]], "BAD_INPUT"),
        (["join", ["room": "tea", "name": .string(String(repeating: "n", count: 33))]], "BAD_INPUT"),
        (["join", ["room": "tea", "name": "\u{200B}"]], "BAD_INPUT"),
        (["join", ["room": "tea", "name": "\u{2800}"]], "BAD_INPUT"),
        (["join", ["room": "tea", "name": "\u{200D}\u{FE0F}"]], "BAD_INPUT"),
        (["join", ["room": "tea", "name": "Here\u{200E}"]], "BAD_INPUT"),
        (["join", ["room": "te\u{200B}a", "name": "Ada"]], "BAD_INPUT"),
        (["join", ["room": "tea", "name": "here"]], "NAME_TAKEN"),
        (["join", ["room": "tea", "name": "He\u{200D}re"]], "NAME_TAKEN"),
        (["join", ["room": " tea ", "name": "Ｈere"]], "NAME_TAKEN"),
        (["say", ["room": "elsewhere", "text": "a"]], "NOT_IN"),
        (["say", ["room": "mine", "text": ""]], "BAD_INPUT"),
        (["say", ["room": "mine"]], "BAD_INPUT"),
        (["say", ["room": "mine", "text": .string(String(repeating: "é", count: 2_001))]], "TOO_BIG"),
        (["leave", ["room": "elsewhere"]], "NOT_IN"),
        (["leave", "mine"], "BAD_INPUT"),
        (["shout", ["room": "mine"]], "UNKNOWN_EVENT"),
    ]

    @Test("each has its code and a sentence, and changes nothing")
    func refused() async throws {
        try await withChat("rate: 100") { relay in
            let other = try await ChatTalker(relay, in: "tea", as: "Here")
            let ada = try await ChatTalker(relay, in: "mine", as: "Ada")
            for (event, code) in Self.cases {
                let answer = try await ada.call([event])[0]
                #expect(answer["ok"] == false && answer["code"].string == code, "\(event.text): \(answer.text)")
                #expect(answer["message"].string?.isEmpty == false)
            }
            let longest = String(repeating: "é", count: 2_000)
            #expect(try await ada.say(longest, in: "mine")["ok"] == true)
            #expect(
                try await ada.join(String(repeating: "é", count: 64), as: String(repeating: "é", count: 32))["ok"]
                    == true)
            try await other.settle(relay, in: "tea")
            #expect(other.events("joined").count == 1)
        }
    }

    @Test("ten messages a second with twenty at once: beyond them RATE, with the time to wait; joins have their own")
    func rate() async throws {
        try await withChat("rate: 0.1, history: 1000") { relay in
            let ada = try await ChatTalker(relay, in: "tea", as: "Ada")
            let say: JSONValue = ["say", ["room": "tea", "text": "a"]]
            let answers = try await ada.call(Array(repeating: say, count: 5))
            #expect(answers[0]["ok"] == true)
            let refused = try #require(answers.last)
            #expect(refused["code"] == "RATE")
            #expect((1...10_000).contains(refused["retry"].int ?? 0))
            #expect(try await relay.metric(#"relay_chat_messages_total{result="refused"}"#) ?? 0 >= 3)
        }
        try await withChat { relay in
            let ada = try await ChatTalker(relay, in: "tea", as: "Ada")
            let say: JSONValue = ["say", ["room": "tea", "text": "a"]]
            let codes = try await ada.call(Array(repeating: say, count: 60)).map { $0["code"].string }
            #expect(codes[..<20].allSatisfy { $0 == nil })
            #expect(codes.contains("RATE"))
            #expect(try await ada.join("two", as: "Ada")["ok"] == true)
        }
    }

    @Test("who goes on and on is out of its rooms, told so, and still connected")
    func expelled() async throws {
        try await withChat("rate: 0.1") { relay in
            let bob = try await ChatTalker(relay, in: "tea", as: "Bob")
            let ada = try await ChatTalker(relay, in: "tea", as: "Ada")
            let say: JSONValue = ["say", ["room": "tea", "text": "a"]]
            let answers = try await ada.call(Array(repeating: say, count: 260))
            #expect(answers.allSatisfy { $0["ok"].bool != nil })
            let own = try await ada.event("left")
            #expect(own["id"] == 2 && own["reason"] == "RATE" && own["room"] == "tea")
            #expect(try await bob.event("left")["reason"] == "RATE")
            #expect(!ada.hasEnded)
            #expect(try await bob.say("quiet", in: "tea")["ok"] == true)
            // What was to come would be here by the time of an answer from the room's loop.
            _ = try await ada.call("say", ["room": "tea", "text": "a"])
            #expect(ada.heard == [])
        }
    }

    @Test("rooms of a client, members of a room, rooms of the namespace", arguments: [1, 4])
    func bounds(threads: Int) async throws {
        try await withChat(threads: threads, "rooms: 3, members: 2, roomsPerClient: 2") { relay in
            let ada = try await ChatTalker(relay, in: "a", as: "Ada")
            #expect(try await ada.join("b", as: "Ada")["ok"] == true)
            #expect(try await ada.join("c", as: "Ada")["code"] == "TOO_MANY")
            #expect(try await ada.join("b", as: "Ada")["ok"] == true)
            let bob = try await ChatTalker(relay, in: "a", as: "Bob")
            let carl = try await ChatTalker(relay)
            #expect(try await carl.join("a", as: "Carl")["code"] == "ROOM_FULL")
            #expect(try await carl.join("c", as: "Carl")["ok"] == true)
            let refused = try await bob.join("d", as: "Bob")
            #expect(refused["code"] == "BUSY" && refused["retry"].int != nil)
            // A room that was refused counts for nobody; one that is left makes room.
            _ = try await carl.leave("c")
            #expect(try await bob.join("d", as: "Bob")["ok"] == true)
            #expect(try await relay.metric("relay_chat_rooms") == 3)
            #expect(try await relay.metric("relay_chat_members") == 4)
            await bob.wire.drop()
            try await eventually("there is room again", within: .seconds(60)) {
                try await carl.join("e", as: "Carl")["ok"] == true
            }
        }
    }

    @Test("a namespace with a token wants it: connect_error, or 401 for a plain WebSocket")
    func token() async throws {
        let namespaces = ["/staff: { kind: chat, auth: { token: secret } }"]
        try await withChat(namespaces: namespaces) { relay in
            let wire = try await SocketWire(.socketIO(relay))
            try await wire.send("0/staff,")
            let packet = try #require(try await wire.packet())
            #expect(packet.type == "4" && packet.json["data"]["code"] == "UNAUTHORIZED")
            let ada = try await ChatTalker(relay, "/staff", auth: #"{"token":"secret"}"#)
            _ = try await ada.join("tea", as: "Ada")
            for (query, headers) in [("", [:]), ("token=wrong", [:]), ("", ["Authorization": "Bearer wrong"])] {
                await #expect(throws: (any Error).self) {
                    _ = try await RawWebSocket(relay, room: "tea", query, namespace: "staff", headers: headers)
                }
            }
            let answer = try await Self.refusal(relay, "/ws/staff/tea")
            #expect(answer.status == 401 && answer["www-authenticate"] == "Bearer")
            #expect(JSONValue(parsing: answer.text)?["code"] == "UNAUTHORIZED")
            let one = try await RawWebSocket(relay, room: "tea", "token=secret", namespace: "staff")
            let two = try await RawWebSocket(
                relay, room: "tea", namespace: "staff", headers: ["Authorization": "Bearer secret"])
            _ = try await ada.event("joined", after: 1)
            for webSocket in [one, two] { await webSocket.drop() }
        }
    }

    @Test("a plain WebSocket to nowhere is refused before it is one")
    func nowhere() async throws {
        try await withChat(namespaces: ["/other: { kind: game }"]) { relay in
            for (target, status) in [
                ("/ws/nowhere/tea", 404), ("/ws/other/tea", 404), ("/ws/chat", 404), ("/ws/chat/", 400),
                ("/ws/chat/a%0Ab", 400), ("/ws/chat/\(String(repeating: "r", count: 65))", 400),
                ("/ws/chat/tea?name=", 400), ("/ws/chat/tea?name=\(String(repeating: "n", count: 33))", 400),
            ] {
                let answer = try await Self.refusal(relay, target)
                #expect(answer.status == status, "\(target)")
            }
            let foreign = try await Self.refusal(relay, "/ws/chat/tea", headers: ["Origin": "http://evil.example"])
            #expect(foreign.status == 403)
        }
    }

    @Test("a plain request where a WebSocket may be is told what is missing")
    func withoutUpgrade() async throws {
        try await withChat(namespaces: ["/echo: { kind: echo }"]) { relay in
            for target in ["/ws/chat/tea", "/ws/echo/tea"] {
                let answer = try await RawHTTP.get(port: relay.port, target)
                #expect(answer.status == 426 && answer["upgrade"] == "websocket")
                #expect(answer["sec-websocket-version"] == "13" && answer.text.contains("proxy"))
            }
            let asked = [
                "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "8",
                "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            ]
            let old = try await RawHTTP.get(port: relay.port, "/ws/chat/tea", headers: asked)
            #expect(old.status == 426 && old["sec-websocket-version"] == "13")
        }
    }

    @Test("many rooms with long histories, joined at once: each is answered, and the client stays")
    func manyLongHistories() async throws {
        try await withChat("rate: 1000") { relay in
            let ada = try await ChatTalker(relay)
            let rooms = (0..<20).map { "room \($0)" }
            let text = String(repeating: "\u{1F600}", count: 2_000)
            for room in rooms {
                _ = try await ada.join(room, as: "Ada")
                let say: JSONValue = ["say", ["room": .string(room), "text": .string(text)]]
                let answers = try await ada.call(Array(repeating: say, count: 32))
                #expect(answers.allSatisfy { $0["ok"] == true })
            }
            let bob = try await ChatTalker(relay)
            let answers = try await bob.call(rooms.map { ["join", ["room": .string($0), "name": "Bob"]] })
            #expect(answers.allSatisfy { $0["ok"] == true })
            // The first on its own has all that a room keeps, the others the end of it.
            #expect((answers[0]["history"].array?.count ?? 0) > 20)
            #expect(answers.dropFirst().allSatisfy { ($0["history"].array?.last)?["id"] == 32 })
            #expect(try await bob.say("here", in: "room 19")["ok"] == true)
        }
    }

    private static func refusal(
        _ relay: RelayProcess, _ target: String, headers: [String: String] = [:]
    ) async throws -> HTTPAnswer {
        do {
            let webSocket = try await RawWebSocket(port: relay.port, target, headers: headers)
            await webSocket.drop()
            return webSocket.handshake
        } catch let refused as RawWebSocket.Refused {
            return refused.answer
        }
    }
}
