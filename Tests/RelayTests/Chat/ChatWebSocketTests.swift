import TestSupport
import Testing

/// Plain WebSockets in chat rooms.
@Suite("chat: plain WebSockets", .timeLimit(.minutes(3)))
struct ChatWebSocketTests {
    @Test("text in is said, what others say comes out, nothing else does and nothing comes back", arguments: [1, 4])
    func bothWays(threads: Int) async throws {
        try await withChat(threads: threads, "echo: true") { relay in
            let ada = try await ChatTalker(relay, in: "tea & cake/é", as: "Ada")
            try await ada.say("before", in: "tea & cake/é")
            let one = try await RawWebSocket(relay, room: "tea%20%26%20cake%2F%C3%A9", "name=Plain+Jane")
            let joined = try await ada.event("joined")
            #expect(joined["name"] == "Plain Jane" && joined["id"] == 2)
            let two = try await RawWebSocket(relay, room: "tea%20%26%20cake%2F%C3%A9")
            #expect(try await ada.event("joined", after: 1)["name"] == "guest3")

            try await one.send("from one")
            let said = try await ada.event("said", after: 1)
            #expect(said["text"] == "from one" && said["name"] == "Plain Jane" && said["from"] == 2 && said["id"] == 2)
            #expect(try await two.receive(within: .seconds(60)) == .text("from one"))
            try await ada.say("from Ada", in: "tea & cake/é")
            #expect(try await one.receive(within: .seconds(60)) == .text("from Ada"))
            #expect(try await two.receive(within: .seconds(60)) == .text("from Ada"))
            try await two.send("from two")
            #expect(try await one.receive(within: .seconds(60)) == .text("from two"))

            try await one.send(WebSocketFrame(WebSocketFrame.close, [3, 232]))
            #expect(try await ada.event("left")["name"] == "Plain Jane")
            await two.drop()
            #expect(try await ada.event("left", after: 1)["name"] == "guest3")
            let members = try await ada.join("tea & cake/é", as: "Ada")
            #expect(members["members"] == [["id": 1, "name": "Ada"]])
            #expect(members["history"].array?.map { $0["text"] } == ["before", "from one", "from Ada", "from two"])
            try await eventually("none is left", within: .seconds(60)) {
                try await relay.metric("relay_chat_websockets") == 0
            }
        }
    }

    @Test("binary, too long, empty, a name that is taken: closed with a code and a reason")
    func closed() async throws {
        try await withChat { relay in
            let ada = try await ChatTalker(relay, in: "tea", as: "Ada")
            let binary = try await RawWebSocket(relay, room: "tea")
            try await binary.send(binary: [1, 2, 3])
            #expect(try await binary.closing().code == 1003)
            _ = try await ada.event("left")
            for (text, reason) in [(String(repeating: "x", count: 2_001), "TOO_BIG"), ("", "BAD_INPUT")] {
                let webSocket = try await RawWebSocket(relay, room: "tea")
                try await webSocket.send(text)
                let closing = try await webSocket.closing()
                #expect(closing.code == 1008 && closing.reason.hasPrefix("\(reason): "), "\(closing)")
            }
            let taken = try await RawWebSocket(relay, room: "tea", "name=ada")
            let closing = try await taken.closing()
            #expect(closing.code == 1008 && closing.reason.hasPrefix("NAME_TAKEN: "))
            try await ada.settle(relay, in: "tea")
            #expect(ada.heard == [])
            try await eventually("all four are counted", within: .seconds(60)) {
                try await relay.metric(#"relay_chat_websockets_closed_total{reason="refused"}"#) == 4
            }
        }
    }

    @Test("too fast: closed with 1008, what was within the rate was said")
    func tooFast() async throws {
        try await withChat("rate: 2") { relay in
            let ada = try await ChatTalker(relay, in: "tea", as: "Ada")
            let plain = try await RawWebSocket(relay, room: "tea")
            try await plain.send((0..<60).map { WebSocketFrame(WebSocketFrame.text, "\($0)") })
            let closing = try await plain.closing()
            #expect(closing.code == 1008 && closing.reason.hasPrefix("RATE: "))
            _ = try await ada.event("left")
            #expect(ada.heard.count >= 4 && ada.heard.count < 60)
            #expect(ada.heard == (0..<ada.heard.count).map { "\($0)" })
        }
    }

    @Test("one that is dead is noticed and has left; one that answers pings stays")
    func heartbeat() async throws {
        let server = ["heartbeat: { interval: 500ms, timeout: 15s }"]
        try await withChat(server: server) { relay in
            let alive = try await RawWebSocket(relay, room: "tea", "name=alive")
            let answering = Task {
                while case .ping(let data)? = try await alive.receive(within: .seconds(60)) {
                    try await alive.send(WebSocketFrame(WebSocketFrame.pong, data))
                }
            }
            let dead = try await RawWebSocket(relay, room: "tea", "name=dead")
            #expect(try await dead.receive(within: .seconds(60)) == .ping([]))
            #expect(try await dead.receive(within: .seconds(60)) == nil)
            let ada = try await ChatTalker(relay)
            // Whoever stayed for so long has answered pings; the dead has left before.
            let members = try await ada.join("tea", as: "Ada")["members"].array ?? []
            #expect(members.map { $0["name"] } == ["alive", "Ada"])
            answering.cancel()
            await alive.drop()
            _ = try? await answering.value
        }
    }

    @Test("one that does not read is closed as slow, whoever reads goes on")
    func slowReader() async throws {
        try await withChat("rate: 10000, history: 0", server: ["limits: { queue: 256kB }"]) { relay in
            let ada = try await ChatTalker(relay, in: "tea", as: "Ada")
            let reader = try await ChatTalker(relay, in: "tea", as: "reader")
            let plain = try await RawWebSocket(relay, room: "tea", "name=plain", receiveBuffer: 4_096)
            let socket = try await ChatTalker(relay, receiveBuffer: 4_096)
            _ = try await socket.join("tea", as: "socket")
            try await plain.stopReading()
            try await socket.wire.socket.stopReading()
            let text = String(repeating: "\u{1F600}", count: 2_000)
            let say: JSONValue = ["say", ["room": "tea", "text": .string(text)]]
            var count = 0
            try await eventually("both are closed", within: .seconds(120)) {
                count += try await ada.call(Array(repeating: say, count: 50)).filter { $0["ok"] == true }.count
                return ada.events("left").count >= 2
            }
            #expect(Set(ada.events("left").compactMap { $0["name"].string }) == ["plain", "socket"])
            try await eventually("the reader has all", within: .seconds(60)) { reader.heard.count == count }
            try await eventually("counted", within: .seconds(60)) {
                try await relay.metric(#"relay_chat_websockets_closed_total{reason="slow consumer"}"#) == 1
            }
            #expect(try await relay.metric(#"relay_connections_closed_total{reason="slow consumer"}"#) == 1)
            await plain.drop()
        }
    }

    @Test("plain WebSockets count among the connections there may be")
    func full() async throws {
        try await withChat(server: ["limits: { connections: 1 }"]) { relay in
            let one = try await RawWebSocket(relay, room: "tea")
            // The second is refused once the first is in.
            try await eventually("a member", within: .seconds(60)) { try await relay.metric("relay_chat_members") == 1 }
            let two = try await RawWebSocket(relay, room: "tea")
            #expect(try await two.closing().code == 1013)
            await one.drop()
            try await eventually("room for another", within: .seconds(60)) {
                try await relay.metric("relay_chat_members") == 0
            }
            let ada = try await ChatTalker(relay, in: "tea", as: "Ada")
            #expect(!ada.hasEnded)
        }
    }

    @Test("what was begun and not ended is not kept once the WebSocket is gone")
    func unfinished() async throws {
        try await withChat { relay in
            let before = try #require(relay.child.memory).resident
            let part = [UInt8](repeating: 0x61, count: 900_000)
            for _ in 0..<150 {
                let plain = try await RawWebSocket(relay, room: "tea")
                try await plain.send(WebSocketFrame(WebSocketFrame.text, part, isFinal: false))
                await plain.drop()
            }
            try await eventually("all are gone", within: .seconds(60)) {
                try await relay.metric("relay_chat_websockets") == 0
            }
            #expect(try #require(relay.child.memory).resident - before < 60_000_000)
        }
    }

    @Test("a relay that stops says that it goes")
    func stopping() async throws {
        let relay = try await RelayProcess(.text("namespaces:\n  /chat: { kind: chat }\n"))
        do {
            let plain = try await RawWebSocket(relay, room: "tea")
            try await eventually("a member", within: .seconds(60)) { try await relay.metric("relay_chat_members") == 1 }
            async let code = relay.stop()
            #expect(try await plain.closing().code == 1001)
            #expect(try await code == 0)
        } catch {
            try? await relay.kill()
            throw error
        }
    }
}
