import TestSupport
import Testing

/// One order for all, and no gap between what was and what is.
@Suite("chat: order and history", .timeLimit(.minutes(3)))
struct ChatOrderTests {
    @Test("whoever joins while others talk has every message once: history first, then live", arguments: [1, 4])
    func noGap(threads: Int) async throws {
        try await withChat(threads: threads, "history: 1000, rate: 1000") { relay in
            let speakers = [
                try await ChatTalker(relay, in: "tea", as: "a"), try await ChatTalker(relay, in: "tea", as: "b"),
            ]
            let joiners = try await withThrowingTaskGroup(of: (ChatTalker, JSONValue).self) { group in
                for index in 0..<12 {
                    group.addTask {
                        let joiner = try await ChatTalker(relay)
                        return (joiner, try await joiner.join("tea", as: "joiner \(index)"))
                    }
                }
                for (index, speaker) in speakers.enumerated() {
                    for batch in 0..<20 {
                        let texts = (0..<10).map { "\(index) \(batch * 10 + $0)" }
                        let answers = try await speaker.call(
                            texts.map { ["say", ["room": "tea", "text": .string($0)]] })
                        #expect(answers.allSatisfy { $0["ok"] == true })
                    }
                }
                var joiners: [(ChatTalker, JSONValue)] = []
                for try await joiner in group { joiners.append(joiner) }
                return joiners
            }
            _ = try await speakers[0].say("end", in: "tea")
            var logs: [[JSONValue]] = []
            for (joiner, welcome) in joiners {
                try await eventually("the end", within: .seconds(60)) { joiner.heard.last == "end" }
                let live = joiner.events("said").map { Self.withoutRoom($0) }
                let log = (welcome["history"].array ?? []) + live
                #expect(log.map { $0["id"].int } == Array(1...401))
                logs.append(log)
            }
            #expect(logs.allSatisfy { $0 == logs[0] })
            // Each speaker's own messages are in its order.
            for index in 0..<2 {
                let own = logs[0].compactMap { $0["text"].string }.filter { $0.hasPrefix("\(index) ") }
                #expect(own == (0..<200).map { "\(index) \($0)" })
            }
        }
    }

    @Test("all readers have the same order, however many speak at once; plain WebSockets too", arguments: [1, 4])
    func oneOrder(threads: Int) async throws {
        try await withChat(threads: threads, "history: 0, rate: 1000") { relay in
            var readers: [ChatTalker] = []
            for index in 0..<4 { readers.append(try await ChatTalker(relay, in: "tea", as: "reader \(index)")) }
            let plain = try await RawWebSocket(relay, room: "tea")
            _ = try await readers[0].event("joined", after: 3)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<4 {
                    group.addTask {
                        let speaker = try await ChatTalker(relay, in: "tea", as: "speaker \(index)")
                        for batch in 0..<10 {
                            _ = try await speaker.call(
                                (0..<10).map { ["say", ["room": "tea", "text": .string("\(index) \(batch) \($0)")]] })
                        }
                    }
                }
                try await group.waitForAll()
            }
            for reader in readers {
                try await eventually("all was heard", within: .seconds(60)) { reader.heard.count == 400 }
                #expect(reader.events("said").map { $0["id"].int } == Array(1...400))
                #expect(reader.heard == readers[0].heard)
            }
            var texts: [String] = []
            while texts.count < 400 { texts.append(try await plain.text(within: .seconds(60))) }
            #expect(texts == readers[0].heard)
            await plain.drop()
        }
    }

    @Test("history has the last messages, who said them by the name of then, and outlives the members for a while")
    func history() async throws {
        try await withChat("history: 3") { relay in
            let ada = try await ChatTalker(relay, in: "tea", as: "Ada")
            for text in ["1", "2", "3"] { try await ada.say(text, in: "tea") }
            _ = try await ada.join("tea", as: "Countess")
            try await ada.say("4", in: "tea")
            _ = try await ada.leave("tea")
            let bob = try await ChatTalker(relay)
            let welcome = try await bob.join("tea", as: "Bob")
            #expect(welcome["you"] == 2)
            let history = welcome["history"].array ?? []
            #expect(history.map { $0["id"] } == [2, 3, 4])
            #expect(history.map { $0["text"] } == ["2", "3", "4"])
            #expect(history.map { $0["name"] } == ["Ada", "Ada", "Countess"])
            #expect(history.allSatisfy { $0["from"] == 1 && $0["at"].int != nil })
            #expect(try await bob.say("5", in: "tea")["id"] == 5)
        }
    }

    @Test("an empty room is forgotten when its time is up, and starts anew")
    func forgotten() async throws {
        try await withChat("keep: 100ms") { relay in
            let ada = try await ChatTalker(relay, in: "tea", as: "Ada")
            try await ada.say("hello", in: "tea")
            #expect(try await relay.metric("relay_chat_history_bytes") ?? 0 > 0)
            _ = try await ada.leave("tea")
            try await eventually("the room is forgotten", within: .seconds(60)) {
                try await relay.metric("relay_chat_history_bytes") == 0
            }
            let again = try await ada.join("tea", as: "Ada")
            #expect(again["history"] == [] && again["you"] == 1)
            #expect(try await ada.say("hello", in: "tea")["id"] == 1)
        }
    }

    private static func withoutRoom(_ said: JSONValue) -> JSONValue {
        var members = said.object ?? [:]
        members["room"] = nil
        return .object(members)
    }
}
