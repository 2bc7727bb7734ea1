import Foundation
import Testing
import TestSupport

extension Conformance {
    /// HTTP long-polling beyond the published suites.
    @Suite("polling")
    struct Polling {
        @Test("an unknown session id is answered 400 with code 1, over either transport")
        func unknownSession() async throws {
            try await withEcho { relay in
                let endpoint = EngineEndpoint.socketIO(relay)
                for sid in [
                    "AAAAAAAAAAAAAAAAAAAA", "", "%00", "../../etc/passwd", String(repeating: "x", count: 4_000),
                ] {
                    for method in ["GET", "POST"] {
                        let answer = try await RawHTTP.request(
                            port: relay.port, method, endpoint.target(transport: "polling", sid: sid),
                            body: method == "POST" ? Array("40".utf8) : nil)
                        // An empty id may as well count as none: then a GET opens a session.
                        if sid.isEmpty, answer.status == 200 { continue }
                        #expect(answer.status == 400, "\(method) \(sid)")
                        if !sid.isEmpty { #expect(answer.json == ["code": 1, "message": "Session ID unknown"]) }
                    }
                }
                let refused = try await refusal {
                    try await RawWebSocket(
                        port: relay.port, endpoint.target(transport: "websocket", sid: "AAAAAAAAAAAAAAAAAAAA"))
                }
                #expect(refused?.status == 400)
            }
        }

        @Test("session ids do not repeat, do not follow from each other, and do not serve the other endpoint")
        func sessionIDs() async throws {
            try await withEcho(interval: "25s") { relay in
                var sids: [String] = []
                for _ in 0..<50 { sids.append(try await PollingSession(.engineEcho(relay)).sid) }
                #expect(Set(sids).count == sids.count)
                #expect(sids.allSatisfy { $0.utf8.count >= 20 })
                // No two share a beginning or an end long enough to count on from one to the next.
                #expect(Set(sids.map { $0.prefix(8) }).count == sids.count)
                let session = try await PollingSession(.engineEcho(relay))
                let elsewhere = EngineEndpoint.socketIO(relay).target(transport: "polling", sid: session.sid)
                #expect(try await RawHTTP.get(port: relay.port, elsewhere).status == 400)
                #expect(try await session.post("4still here").status == 200)
                #expect(try await session.messages(1) == ["4still here"])
            }
        }

        @Test("one poll answer holds at most 16 packets, and they all come in order")
        func sixteenPackets() async throws {
            try await withEcho(interval: "25s") { relay in
                let session = try await PollingSession(.engineEcho(relay))
                let sent = (0..<50).map { "4message \($0)" }
                #expect(try await session.post(sent.joined(separator: "\u{1e}")).status == 200)
                var received: [String] = []
                while received.count < sent.count {
                    let packets = try await session.packets()
                    #expect(packets.count <= 16)
                    received += packets
                }
                #expect(received == sent)
            }
        }

        @Test("who is disconnected between two polls hears it, and what came before, at the next, the last")
        func farewell() async throws {
            try await withEchoApp { relay in
                let session = try await PollingSession(.socketIO(relay))
                try await session.post("40")
                _ = try await session.messages(2)
                try await session.post(#"42["message","last words"]"# + "\u{1e}" + #"42["kick",true]"#)
                #expect(try await session.messages(3) == [#"42["message-back","last words"]"#, "41", "1"])
                #expect(try await session.poll().status == 400)
            }
        }

        @Test("base64 wrapped into lines is read")
        func wrappedBase64() async throws {
            try await withEcho(interval: "25s") { relay in
                let session = try await PollingSession(.engineEcho(relay))
                let bytes = (0..<300).map { UInt8($0 % 251) }
                let wrapped = Data(bytes).base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed])
                try #require(wrapped.contains("\n"))
                #expect(try await session.post("b" + wrapped).status == 200)
                #expect(try await session.messages(1) == ["b" + Data(bytes).base64EncodedString()])
            }
        }

        @Test("broken base64 ends the session", arguments: ["b", "b%%%%", "bA", "bAQID BA==x", "b\u{e9}"])
        func brokenBase64(packet: String) async throws {
            try await withEcho(interval: "25s") { relay in
                let session = try await PollingSession(.engineEcho(relay))
                let answer = try? await session.post(packet)
                // An empty binary message is a message; whatever else is refused ends the session.
                if packet == "b", answer?.status == 200 { return }
                try await expectGone(session)
            }
        }

        @Test("a second POST while one is on its way is answered 400 and ends the session")
        func duplicatePosts() async throws {
            try await withEcho(interval: "25s") { relay in
                let session = try await PollingSession(.engineEcho(relay))
                let first = try await session.begin("POST", body: Array("4he".utf8), declaredLength: 6)
                // The two travel on two connections: until the first has arrived, the second is an ordinary one.
                try await eventually("a POST refused because another is on its way") {
                    try await session.post("6").status == 400
                }
                try await expectGone(session)
                await first.connection.close()
            }
        }

        @Test("a POST cut off half-way ends the session")
        func abortedPost() async throws {
            try await withEcho(interval: "25s") { relay in
                let session = try await PollingSession(.engineEcho(relay))
                let poll = try await session.begin("GET")
                let post = try await session.begin("POST", body: Array("4he".utf8), declaredLength: 6)
                await post.connection.close()
                // Seen from the poll that is parked; another POST would itself end the session.
                let answer = try await poll.answer(within: .seconds(10))
                #expect([200, 400].contains(answer.status))
                #expect(!answer.text.contains("4he"))
                #expect(try await session.poll().status == 400)
            }
        }

        @Test("a client's noop and pong are taken; its ping and open are not")
        func clientPackets() async throws {
            try await withEcho(interval: "25s") { relay in
                let session = try await PollingSession(.engineEcho(relay))
                #expect(try await session.post("6\u{1e}3\u{1e}4hello").status == 200)
                #expect(try await session.messages(1) == ["4hello"])
                for packet in ["2", "0{}"] {
                    let session = try await PollingSession(.engineEcho(relay))
                    _ = try? await session.post(packet)
                    try await expectGone(session)
                }
            }
        }

        @Test("unknown query members, a cache buster and a missing last slash do no harm")
        func lenientTarget() async throws {
            try await withEcho(interval: "25s") { relay in
                for target in [
                    "/socket.io/?EIO=4&transport=polling&t=abc.1&b64=1&colour=blue&x",
                    "/socket.io/?transport=polling&EIO=4", "/socket.io?EIO=4&transport=polling",
                ] {
                    let answer = try await RawHTTP.get(port: relay.port, target)
                    #expect(answer.status == 200, "\(target)")
                    _ = try EngineHandshake(packet: answer.text)
                }
            }
        }

        @Test("a polling request with transport=websocket, and one with the other transport's session, is refused")
        func transportMismatch() async throws {
            try await withEcho(interval: "25s") { relay in
                let endpoint = EngineEndpoint.engineEcho(relay)
                let plain = try await RawHTTP.get(port: relay.port, endpoint.target(transport: "websocket"))
                #expect(plain.status == 400)
                #expect(plain.json == ["code": 3, "message": "Bad request"])
                let (socket, handshake) = try await endpoint.openWebSocket()
                let target = endpoint.target(transport: "polling", sid: handshake.sid)
                let poll = try await RawHTTP.get(port: relay.port, target)
                #expect(poll.status == 400)
                #expect(poll.json == ["code": 3, "message": "Bad request"])
                try await socket.send("4hello")
                #expect(try await socket.text() == "4hello")
            }
        }

        @Test("one kept-alive connection serves a whole session, then becomes its WebSocket")
        func keptAliveConnection() async throws {
            try await withEcho(interval: "25s") { relay in
                let endpoint = EngineEndpoint.engineEcho(relay)
                let http = try await RawHTTP(port: relay.port)
                let opening = try await http.request("GET", endpoint.target(transport: "polling"))
                let sid = try EngineHandshake(packet: opening.text).sid
                let target = endpoint.target(transport: "polling", sid: sid)
                for round in 0..<5 {
                    let post = try await http.request("POST", target, body: Array("4round \(round)".utf8))
                    #expect(post.status == 200)
                    #expect(try await http.request("GET", target).text == "4round \(round)")
                }
                let socket = try await RawWebSocket(
                    on: http.connection, port: relay.port, endpoint.target(transport: "websocket", sid: sid))
                try await socket.send("2probe")
                #expect(try await socket.text() == "3probe")
                try await socket.send("5")
                try await socket.send("4upgraded")
                #expect(try await socket.text() == "4upgraded")
            }
        }
    }
}
