import Testing
import TestSupport

extension Conformance {
    /// The move from polling to WebSocket beyond the published suites.
    @Suite("upgrade, beyond the suites")
    struct UpgradeBeyond {
        @Test("a bare upgrade packet, without a probe, is enough")
        func bareUpgrade() async throws {
            try await withEcho(interval: "25s") { relay in
                let session = try await PollingSession(.socketIO(relay))
                #expect(try await session.post("40").status == 200)
                let socket = try await session.openWebSocket()
                try await socket.send("5")
                #expect(try await socket.text().hasPrefix(#"40{"sid":"#))
                #expect(try await socket.text() == #"42["auth",{}]"#)
            }
        }

        @Test("the probe is answered first, and the pending poll let go with a noop")
        func pendingPoll() async throws {
            try await withEcho(interval: "25s") { relay in
                let session = try await PollingSession(.engineEcho(relay))
                let pending = try await session.begin("GET")
                let socket = try await session.openWebSocket()
                try await socket.send("2probe")
                #expect(try await socket.text() == "3probe")
                #expect(try await pending.answer(within: .seconds(10)).text == "6")
                // The client that polls once more before it upgrades is let go again.
                #expect(try await session.poll(within: .seconds(10)).text == "6")
                try await socket.send("5")
                try await socket.send("4hello")
                #expect(try await socket.text() == "4hello")
            }
        }

        @Test("what a poll has not fetched arrives on the WebSocket, before anything newer")
        func queuedBeforeUpgrade() async throws {
            try await withEcho(interval: "25s") { relay in
                let session = try await PollingSession(.engineEcho(relay))
                let sent = (0..<40).map { "4queued \($0)" }
                #expect(try await session.post(sent.joined(separator: "\u{1e}")).status == 200)
                let socket = try await session.upgrade()
                try await socket.send("4after")
                var received: [String] = []
                for _ in 0...sent.count { received.append(try await socket.text()) }
                #expect(received == sent + ["4after"])
            }
        }

        @Test("an upgrade under traffic loses nothing and keeps the order", arguments: 0..<5)
        func underTraffic(round: Int) async throws {
            try await withEcho(interval: "25s") { relay in
                let session = try await PollingSession(.socketIO(relay))
                #expect(try await session.post("40").status == 200)
                let greeting = try await session.messages(2)
                #expect(greeting.last == #"42["auth",{}]"#)
                // One burst is under way when the probe comes, another when the upgrade does.
                #expect(try await session.post(#"42["burst",300,100]"#).status == 200)
                let poller = Task { try await Self.poll(session) }
                let socket = try await session.openWebSocket()
                try await socket.send("2probe")
                #expect(try await socket.text() == "3probe")
                #expect(try await session.post(#"42["burst",300,100]"#).status == 200)
                // The client stops polling before it upgrades, as every client does.
                let polled = try await poller.value
                try await socket.send("5")
                try await socket.send(#"42["message","end"]"#)
                var received = polled.filter { $0 != "6" }
                while received.last != #"42["message-back","end"]"# {
                    received.append(try await socket.text())
                }
                let expected = (0..<300).map { #"42["seq",\#($0),"\#(String(repeating: "x", count: 100))"]"# }
                #expect(received == expected + expected + [#"42["message-back","end"]"#])
            }
        }

        /// Polls until a poll is let go with a noop.
        private static func poll(_ session: PollingSession) async throws -> [String] {
            var packets: [String] = []
            while !packets.contains("6") { packets += try await session.packets() }
            return packets
        }

        @Test(
            "anything but a probe or an upgrade closes that WebSocket, and the polling session lives on",
            arguments: ["4hello", "3probe", "2", "2other", "abc", "", "6"])
        func wrongFirstPacket(packet: String) async throws {
            try await withEcho(interval: "25s") { relay in
                let session = try await PollingSession(.engineEcho(relay))
                let socket = try await session.openWebSocket(answersPings: false)
                try await socket.send(packet)
                try await socket.closeCode()
                #expect(try await session.post("4still polling").status == 200)
                #expect(try await session.messages(1).filter { $0 != "6" } == ["4still polling"])
                // And may try again.
                let again = try await session.upgrade()
                try await again.send("4hello")
                #expect(try await again.text() == "4hello")
            }
        }

        @Test("a WebSocket that never completes its upgrade is closed in time, and polling goes on")
        func upgradeTimeout() async throws {
            try await withEcho(interval: "25s", upgrade: "300ms") { relay in
                let session = try await PollingSession(.engineEcho(relay))
                let socket = try await session.openWebSocket()
                try await socket.send("2probe")
                #expect(try await socket.text() == "3probe")
                try await socket.closeCode(within: .seconds(10))
                #expect(try await session.post("4still polling").status == 200)
                #expect(try await session.messages(1).filter { $0 != "6" } == ["4still polling"])
            }
        }

        @Test("a probe that breaks off leaves polling as it was")
        func brokenProbe() async throws {
            try await withEcho(interval: "25s") { relay in
                let session = try await PollingSession(.engineEcho(relay))
                for _ in 0..<3 {
                    let socket = try await session.openWebSocket()
                    try await socket.send("2probe")
                    #expect(try await socket.text() == "3probe")
                    await socket.drop()
                }
                #expect(try await session.post("4still polling").status == 200)
                var packets: [String] = []
                while packets.last != "4still polling" { packets += try await session.messages(1) }
                #expect(packets.filter { $0 != "6" } == ["4still polling"])
            }
        }

        @Test("a second WebSocket for a session that is upgrading is turned away; the first completes")
        func secondProbe() async throws {
            try await withEcho(interval: "25s") { relay in
                let session = try await PollingSession(.engineEcho(relay))
                let first = try await session.openWebSocket()
                try await first.send("2probe")
                #expect(try await first.text() == "3probe")
                do { try await session.openWebSocket().closeCode() } catch is RawWebSocket.Refused {}
                try await first.send("5")
                try await first.send("4hello")
                #expect(try await first.text() == "4hello")
            }
        }
    }
}
