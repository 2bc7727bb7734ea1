import Testing
import TestSupport

extension Conformance {
    /// The limit is in bytes, and the limit itself is allowed.
    @Suite("payload limit")
    struct PayloadLimit {
        static let limit = 20_000

        private func withLimit(_ body: (RelayProcess) async throws -> Void) async throws {
            try await withEcho(payload: Self.limit, body)
        }

        @Test("the configured 1,000,000 bytes pass both ways, over either transport")
        func configured() async throws {
            try await withEcho { relay in
                let message = "4" + String(repeating: "x", count: 999_999)
                let session = try await PollingSession(.engineEcho(relay))
                #expect(try await session.post(message).status == 200)
                #expect(try await session.messages(1) == [message])
                let (socket, _) = try await EngineEndpoint.engineEcho(relay).openWebSocket()
                try await socket.send(message)
                #expect(try await socket.text() == message)
                try await socket.send(message + "x")
                #expect(try await socket.closeCode() == 1009)
            }
        }

        @Test(
            "polling: exactly the limit passes, in one packet or several, however few characters they are",
            arguments: [
                "4" + String(repeating: "x", count: limit - 1),
                "4" + String(repeating: "€", count: limit / 3 - 1) + "xx",
                "4" + String(repeating: "x", count: limit / 2 - 1) + "\u{1e}4"
                    + String(repeating: "y", count: limit / 2 - 2),
            ])
        func pollingLimit(payload: String) async throws {
            try #require((Self.limit - 2...Self.limit).contains(payload.utf8.count))
            try await self.withLimit { relay in
                let session = try await PollingSession(.engineEcho(relay))
                #expect(session.handshake.maxPayload == Self.limit)
                #expect(try await session.post(payload).status == 200)
                let expected = payload.split(separator: "\u{1e}").map(String.init)
                #expect(try await session.messages(expected.count) == expected)
            }
        }

        @Test("polling: one byte more is answered 413 and the session lives on")
        func pollingOverLimit() async throws {
            try await self.withLimit { relay in
                let session = try await PollingSession(.engineEcho(relay))
                for payload in ["4" + String(repeating: "x", count: Self.limit), String(repeating: "€", count: 6_667)] {
                    try #require(payload.utf8.count == Self.limit + 1)
                    #expect(try await session.post(payload).status == 413)
                }
                #expect(try await session.post("4still here").status == 200)
                #expect(try await session.messages(1) == ["4still here"])
            }
        }

        @Test("polling: a length nobody would send is answered before it is sent")
        func pollingHugeLength() async throws {
            try await self.withLimit { relay in
                let session = try await PollingSession(.engineEcho(relay))
                let post = try await session.begin("POST", body: Array("4x".utf8), declaredLength: 4_000_000_000)
                #expect(try await post.answer().status == 413)
                #expect(try await session.post("4still here").status == 200)
                #expect(try await session.messages(1) == ["4still here"])
            }
        }

        @Test("polling: a chunked body is counted too")
        func pollingChunked() async throws {
            try await self.withLimit { relay in
                let session = try await PollingSession(.engineEcho(relay))
                let post = try await RawHTTP(port: relay.port)
                try await post.send("POST", session.target, headers: ["Transfer-Encoding": "chunked"])
                let chunk = "1000\r\n" + String(repeating: "x", count: 0x1000) + "\r\n"
                for _ in 0..<6 { post.connection.post(Array(chunk.utf8)) }
                #expect(try await post.answer().status == 413)
                #expect(try await session.post("4still here").status == 200)
                #expect(try await session.messages(1) == ["4still here"])
            }
        }

        @Test("WebSocket: exactly the limit passes as text, as binary, and in fragments")
        func webSocketLimit() async throws {
            try await self.withLimit { relay in
                let (socket, _) = try await EngineEndpoint.engineEcho(relay).openWebSocket()
                let text = "4" + String(repeating: "x", count: Self.limit - 1)
                try await socket.send(text)
                #expect(try await socket.text() == text)
                let bytes = [UInt8](repeating: 7, count: Self.limit)
                try await socket.send(binary: bytes)
                #expect(try await socket.binary() == bytes)
                try await socket.send([
                    WebSocketFrame(WebSocketFrame.binary, Array(bytes.prefix(100)), isFinal: false),
                    WebSocketFrame(WebSocketFrame.continuation, Array(bytes.dropFirst(100))),
                ])
                #expect(try await socket.binary() == bytes)
            }
        }

        @Test("WebSocket: one byte more closes with 1009, whole or in fragments", arguments: [1, 2, 300])
        func webSocketOverLimit(fragments: Int) async throws {
            try await self.withLimit { relay in
                let (socket, _) = try await EngineEndpoint.engineEcho(relay).openWebSocket()
                let bytes = [UInt8](repeating: 7, count: Self.limit + 1)
                let size = bytes.count / fragments + 1
                for start in stride(from: 0, to: bytes.count, by: size) {
                    let end = min(start + size, bytes.count)
                    let frame = WebSocketFrame(
                        start == 0 ? WebSocketFrame.binary : WebSocketFrame.continuation, Array(bytes[start..<end]),
                        isFinal: end == bytes.count)
                    socket.connection.post(frame.bytes)
                }
                #expect(try await socket.closeCode() == 1009)
            }
        }

        @Test("WebSocket: a frame that only claims to be huge is refused at once", arguments: [1 << 20, 1 << 62])
        func webSocketClaim(length: UInt64) async throws {
            try await self.withLimit { relay in
                let (socket, _) = try await EngineEndpoint.engineEcho(relay).openWebSocket()
                var frame = WebSocketFrame(WebSocketFrame.binary, [1, 2, 3])
                frame.declaredLength = length
                socket.connection.post(frame.bytes)
                #expect(try await socket.closeCode() == 1009)
            }
        }
    }
}
