import Testing
import TestSupport

extension Conformance {
    /// What no well-meaning client sends. The relay may refuse the sender; it may not fall over, nor harm others.
    @Suite("hostile")
    struct Hostile {
        /// A neighbour that must not notice, connected before and asked after.
        private func withNeighbour(_ body: (RelayProcess) async throws -> Void) async throws {
            try await withEcho(interval: "25s") { relay in
                let neighbour = try await SocketWire.connected(.socketIO(relay))
                try await body(relay)
                #expect(relay.child.isRunning)
                #expect(try await neighbour.call("message-with-ack", "well") == ["well"])
            }
        }

        static let fatalPackets = [
            // Types, namespaces, ids
            "9", "", "-1", "5", "6", "2{}", "2[]", "2[", "2[\"a\"", "2[\"a\"]x", "2[null]", "2[true,1]", "2[{}]",
            "299999999999999999999999[\"a\"]", "2-1[\"a\"]",
            // Reserved names
            #"2["connect"]"#, #"2["connect_error"]"#, #"2["disconnect"]"#, #"2["disconnecting"]"#,
            #"2["newListener"]"#, #"2["removeListener"]"#, #"2["disc\u006fnnect"]"#,
            // Attachments
            #"511-["message"]"#, #"599999999999999999999-["message"]"#, #"5["message"]"#,
            #"51["message"]"#, #"5-1-["message"]"#, #"51-{}"#, #"51-"#,
            // JSON
            #"2["message",01]"#, #"2["message",NaN]"#, #"2["message",1,]"#, "2[\"message\",\"\u{1}\"]",
            #"2["message","\x"]"#,
        ]

        @Test("a malformed Socket.IO packet ends its sender's connection only", arguments: fatalPackets)
        func fatal(packet: String) async throws {
            try await self.withNeighbour { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                try await wire.send(packet)
                try await wire.socket.closeCode(within: .seconds(10))
            }
        }

        @Test(
            "a binary packet that does not keep its promise ends the connection",
            arguments: [
                (#"51-["message",{"_placeholder":true,"num":1}]"#, 1),
                (#"51-["message",{"_placeholder":true,"num":-1}]"#, 1),
                (#"51-["message",{"_placeholder":true,"num":0.5}]"#, 1),
                (#"51-["message",{"_placeholder":true,"num":99999999999999999999}]"#, 1),
                (#"51-["message",{"_placeholder":true}]"#, 1),
                (#"51-["message",{"_placeholder":true,"num":"0"}]"#, 1),
                (#"2["message"]"#, 1),
            ])
        func brokenPromise(packet: String, attachments: Int) async throws {
            try await self.withNeighbour { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                try await wire.send(packet, attachments: [[UInt8]](repeating: [1], count: attachments))
                try await wire.socket.closeCode(within: .seconds(10))
            }
        }

        @Test("text while attachments are awaited ends the connection")
        func interrupted() async throws {
            try await self.withNeighbour { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                try await wire.send(#"52-["message",{"_placeholder":true,"num":0}]"#, attachments: [[1]])
                try await wire.send(#"2["message",1]"#)
                try await wire.socket.closeCode(within: .seconds(10))
            }
        }

        @Test("JSON nested beyond reason is refused or carried, never a crash", arguments: ["[", #"{"a":"#])
        func deepJSON(opening: String) async throws {
            try await self.withNeighbour { relay in
                let depth = 100_000
                let closing = opening == "[" ? "]" : "}"
                let bodies = [
                    String(repeating: opening, count: depth) + "1" + String(repeating: closing, count: depth),
                    String(repeating: opening, count: depth),
                ]
                for body in bodies {
                    let wire = try await SocketWire.connected(.socketIO(relay))
                    try await wire.send(#"2["message",\#(body)]"#)
                    _ = try await wire.socket.receive()
                    await wire.drop()
                    let knocking = try await SocketWire(.socketIO(relay))
                    try await knocking.send(#"0{"a":\#(body)}"#)
                    _ = try await knocking.socket.receive()
                    await knocking.drop()
                }
            }
        }

        @Test("a thousand namespaces, a thousand rooms, long names: refused or borne")
        func manyNames() async throws {
            try await self.withNeighbour { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                let packets =
                    (0..<1_000).map { "0/no-\($0)," } + (0..<1_000).map { #"2["join","room \#($0)"]"# } + [
                        #"2["join","\#(String(repeating: "r", count: 100_000))"]"#,
                        "0/" + String(repeating: "n", count: 100_000) + ",", #"2999["message-with-ack","done"]"#,
                    ]
                for packet in packets {
                    wire.socket.connection.post(WebSocketFrame(WebSocketFrame.text, "4" + packet).bytes)
                }
                // Either it was borne to the end, or the connection was ended: both are answers.
                do { _ = try await wire.ack(999) } catch is ConnectionEnded {}
            }
        }

        static let framesByName: [(name: String, frames: [WebSocketFrame], code: Int)] = {
            func changed(_ frame: WebSocketFrame, _ change: (inout WebSocketFrame) -> Void) -> WebSocketFrame {
                var frame = frame
                change(&frame)
                return frame
            }
            let text = WebSocketFrame(WebSocketFrame.text, "4hello")
            return [
                ("unmasked", [changed(text) { $0.isMasked = false }], 1002),
                ("reserved bit", [changed(text) { $0.reserved = 4 }], 1002),
                ("reserved opcode", [WebSocketFrame(3, "4hello")], 1002),
                ("reserved control opcode", [WebSocketFrame(11)], 1002),
                ("continuation of nothing", [WebSocketFrame(WebSocketFrame.continuation, "x")], 1002),
                ("text inside a fragmented text", [changed(text) { $0.isFinal = false }, text], 1002),
                ("fragmented ping", [WebSocketFrame(WebSocketFrame.ping, "x", isFinal: false)], 1002),
                ("long ping", [WebSocketFrame(WebSocketFrame.ping, [UInt8](repeating: 0, count: 126))], 1002),
                ("close of one byte", [WebSocketFrame(WebSocketFrame.close, [3])], 1002),
                ("close with a code that may not be sent", [WebSocketFrame(WebSocketFrame.close, [3, 237])], 1002),
                ("text that is not UTF-8", [WebSocketFrame(WebSocketFrame.text, [0x34, 0xff, 0xfe])], 1007),
                ("text cut inside a character", [WebSocketFrame(WebSocketFrame.text, [0x34, 0xe2, 0x82])], 1007),
                ("overlong UTF-8", [WebSocketFrame(WebSocketFrame.text, [0x34, 0xc0, 0x80])], 1007),
                ("surrogate in UTF-8", [WebSocketFrame(WebSocketFrame.text, [0x34, 0xed, 0xa0, 0x80])], 1007),
            ]
        }()

        @Test("a frame against RFC 6455 closes with the code the RFC gives", arguments: framesByName.indices)
        func brokenFrames(index: Int) async throws {
            let (name, frames, code) = Self.framesByName[index]
            try await self.withNeighbour { relay in
                let (socket, _) = try await EngineEndpoint.engineEcho(relay).openWebSocket()
                socket.connection.post(frames.flatMap(\.bytes))
                #expect(try await socket.closeCode(within: .seconds(10)) == code, "\(name)")
            }
        }

        @Test("fragments are joined, with control frames between them, even cut inside a character")
        func fragments() async throws {
            try await self.withNeighbour { relay in
                let (socket, _) = try await EngineEndpoint.engineEcho(relay).openWebSocket()
                let bytes = Array("4grüße €😀".utf8)
                for (index, byte) in bytes.enumerated() {
                    let opcode = index == 0 ? WebSocketFrame.text : WebSocketFrame.continuation
                    try await socket.send(WebSocketFrame(opcode, [byte], isFinal: index == bytes.count - 1))
                    if index == 2 { try await socket.send(WebSocketFrame(WebSocketFrame.ping, "are you there")) }
                }
                #expect(try await socket.receive() == .pong(Array("are you there".utf8)))
                #expect(try await socket.text() == "4grüße €😀")
                var long = WebSocketFrame(WebSocketFrame.text, "4long length")
                long.hasLongLength = true
                try await socket.send(WebSocketFrame(WebSocketFrame.pong, "unasked"))
                // RFC 6455 §5.2 asks senders for the shortest form; readers take it or close.
                try await socket.send(long)
                let answer = try await socket.receive()
                #expect(answer == .text("4long length") || answer == .close(code: 1002, reason: "") || answer == nil)
            }
        }

        @Test("a close frame is answered with its code")
        func closeHandshake() async throws {
            try await self.withNeighbour { relay in
                let (socket, _) = try await EngineEndpoint.engineEcho(relay).openWebSocket()
                try await socket.send(WebSocketFrame(WebSocketFrame.close, [0x03, 0xe8]))
                #expect(try await socket.closeCode(within: .seconds(10)) == 1000)
            }
        }

        @Test("bytes that are no HTTP are answered or cut off")
        func noHTTP() async throws {
            try await self.withNeighbour { relay in
                let inputs: [[UInt8]] = [
                    [0x16, 3, 1, 0, 200, 1, 0, 0, 196], Array("\r\n\r\n\r\n\r\n".utf8),
                    [UInt8](repeating: 0, count: 1_000),
                    Array("GET / HTTP/9.9\r\n\r\n".utf8), Array("GET /socket.io/?EIO=4 HTTP/1.1\r\nHost".utf8),
                    Array("GET /\(String(repeating: "a", count: 200_000)) HTTP/1.1\r\n\r\n".utf8),
                    Array("GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: 200_000))\r\n\r\n".utf8),
                    Array("POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nContent-Length: -1\r\n\r\n".utf8),
                    Array("GET /%zz%00?%%% HTTP/1.1\r\nHost: x\r\n\r\n".utf8),
                ]
                for bytes in inputs {
                    let connection = try await TCPConnection(port: relay.port)
                    connection.post(bytes)
                    await connection.close()
                }
                #expect(try await RawHTTP.get(port: relay.port, "/healthz").status == 200)
            }
        }
    }
}
