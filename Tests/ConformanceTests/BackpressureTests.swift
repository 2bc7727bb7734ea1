import Testing
import TestSupport

extension Conformance {
    /// Clients that do not read, and floods.
    @Suite("backpressure")
    struct Backpressure {
        @Test("readers that never read cost a bounded number of bytes, and nobody else notices")
        func neverReading() async throws {
            try await withEcho(interval: "5s", timeout: "60s", queue: "1MB") { relay in
                let neighbour = try await SocketWire.connected(.socketIO(relay))
                let before = try #require(relay.child.memory).resident
                var sleepers: [SocketWire] = []
                for _ in 0..<4 {
                    let sleeper = try await SocketWire.connected(.socketIO(relay), receiveBuffer: 16_384)
                    try await sleeper.socket.stopReading()
                    sleepers.append(sleeper)
                }
                // 4 × 60 MB that nobody takes.
                for sleeper in sleepers { try await sleeper.emit("flood", 6_000, 10_000) }
                for round in 0..<50 {
                    #expect(
                        try await neighbour.call("message-with-ack", .number(Double(round))) == [.number(Double(round))]
                    )
                }
                // A queue of 1 MB each and what the floods took on their way; far below the 240 MB that were asked for.
                let memory = try #require(relay.child.memory)
                #expect(memory.peak - before < 60_000_000, "\(before) → \(memory)")
                for sleeper in sleepers { await sleeper.drop() }
            }
        }

        @Test("a room's broadcast to a reader that never reads is bounded too, and reaches the others whole")
        func neverReadingInARoom() async throws {
            try await withEcho(interval: "5s", timeout: "60s", queue: "1MB") { relay in
                let sleeper = try await SocketWire.connected(.socketIO(relay), receiveBuffer: 16_384)
                let reader = try await SocketWire.connected(.socketIO(relay))
                let sender = try await SocketWire.connected(.socketIO(relay))
                for wire in [sleeper, reader] { _ = try await wire.call("join", "news") }
                let before = try #require(relay.child.memory).resident
                try await sleeper.socket.stopReading()
                let page = JSONValue.string(String(repeating: "n", count: 100_000))
                for round in 0..<640 {
                    try await sender.emit("room", "news", "page", .number(Double(round)), page)
                    #expect(try await reader.event("page").json[1].int == round)
                }
                let memory = try #require(relay.child.memory)
                #expect(memory.peak - before < 40_000_000, "\(before) → \(memory)")
                await sleeper.drop()
            }
        }

        @Test("a ping does not wait behind a backlog")
        func pingsOvertake() async throws {
            try await withEcho(interval: "1s", timeout: "60s", queue: "64MB") { relay in
                let (socket, handshake) = try await EngineEndpoint.socketIO(relay)
                    .openWebSocket(answersPings: false, receiveBuffer: 16_384)
                let wire = SocketWire(socket, handshake: handshake)
                try await wire.connect()
                _ = try await wire.event("auth")
                try await socket.stopReading()
                try await wire.emit("flood", 600, 50_000)
                // Long enough for a ping to fall due while the backlog stands.
                try await Task.sleep(for: .seconds(3))
                try await socket.startReading()
                var chunks = 0
                while try await socket.text() != "2" { chunks += 1 }
                #expect(chunks < 600, "the ping came after the whole backlog")
            }
        }

        @Test("pings and their answers keep a connection alive through a flood that is read")
        func floodIsRead() async throws {
            try await withEcho(interval: "300ms", timeout: "5s", queue: "64MB") { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                try await wire.emit("flood", 2_000, 10_000)
                for index in 0..<2_000 { #expect(try await wire.packet()?.json[1].int == index) }
                #expect(try await wire.call("message-with-ack", "alive") == ["alive"])
            }
        }

        @Test("a poller that never polls is closed for its backlog, not fed for ever")
        func neverPolling() async throws {
            try await withEcho(interval: "5s", timeout: "60s", queue: "1MB") { relay in
                let session = try await PollingSession(.socketIO(relay))
                #expect(try await session.post("40").status == 200)
                _ = try await session.messages(2)
                let before = try #require(relay.child.memory).resident
                _ = try? await session.post(#"42["flood",6000,10000]"#)
                try await expectGone(session)
                let memory = try #require(relay.child.memory)
                #expect(memory.peak - before < 60_000_000, "\(before) → \(memory)")
            }
        }
    }
}
