import Testing
import TestSupport

/// The endpoint a case of the published suites is tried at: the Engine.IO v4 suite uses the bare Engine.IO endpoint,
/// the Engine.IO part of the Socket.IO v5 suite uses the Socket.IO one.
enum Endpoint: String, CaseIterable, CustomTestStringConvertible {
    case engineIO = "Engine.IO v4 suite"
    case socketIO = "Socket.IO v5 suite"

    var testDescription: String { self.rawValue }

    func at(_ relay: RelayProcess) -> EngineEndpoint {
        switch self {
        case .engineIO: .engineEcho(relay)
        case .socketIO: .socketIO(relay)
        }
    }
}

extension Conformance {
    @Suite("handshake")
    struct Handshake {
        static let members: Set<String> = ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"]

        @Test("HTTP long-polling: successfully opens a session", arguments: Endpoint.allCases)
        func pollingOpens(endpoint: Endpoint) async throws {
            try await withEcho { relay in
                let session = try await PollingSession(endpoint.at(relay))
                #expect(session.handshake.members == Self.members)
                #expect(session.handshake.upgrades == ["websocket"])
                #expect(session.handshake.pingInterval == 300)
                #expect(session.handshake.pingTimeout == 200)
                #expect(session.handshake.maxPayload == 1_000_000)
                #expect(session.sid.utf8.count >= 20)
                #expect(session.opening["content-type"]?.lowercased() == "text/plain; charset=utf-8")
                #expect(session.opening["cache-control"] == "no-store")
            }
        }

        @Test("HTTP long-polling: fails with an invalid 'EIO' query parameter", arguments: Endpoint.allCases)
        func pollingRefusesVersion(endpoint: Endpoint) async throws {
            try await withEcho { relay in
                for query in ["transport=polling", "EIO=abc&transport=polling", "EIO=3&transport=polling"] {
                    let answer = try await RawHTTP.get(port: relay.port, "\(endpoint.at(relay).path)?\(query)")
                    #expect(answer.status == 400, "\(query)")
                    #expect(answer.json == ["code": 5, "message": "Unsupported protocol version"], "\(query)")
                    #expect(answer["content-type"]?.hasPrefix("application/json") == true)
                }
            }
        }

        @Test("HTTP long-polling: fails with an invalid 'transport' query parameter", arguments: Endpoint.allCases)
        func pollingRefusesTransport(endpoint: Endpoint) async throws {
            try await withEcho { relay in
                for query in ["EIO=4", "EIO=4&transport=abc", "EIO=4&transport=constructor", "EIO=4&transport="] {
                    let answer = try await RawHTTP.get(port: relay.port, "\(endpoint.at(relay).path)?\(query)")
                    #expect(answer.status == 400, "\(query)")
                    #expect(answer.json == ["code": 0, "message": "Transport unknown"], "\(query)")
                }
            }
        }

        @Test("HTTP long-polling: fails with an invalid request method", arguments: Endpoint.allCases)
        func pollingRefusesMethod(endpoint: Endpoint) async throws {
            try await withEcho { relay in
                for method in ["POST", "PUT", "DELETE"] {
                    let answer = try await RawHTTP.request(
                        port: relay.port, method, endpoint.at(relay).target(transport: "polling"), body: [])
                    #expect(answer.status == 400, "\(method)")
                    #expect(answer.json == ["code": 2, "message": "Bad handshake method"], "\(method)")
                }
            }
        }

        @Test("WebSocket: successfully opens a session", arguments: Endpoint.allCases)
        func webSocketOpens(endpoint: Endpoint) async throws {
            try await withEcho { relay in
                let (socket, handshake) = try await endpoint.at(relay).openWebSocket()
                #expect(handshake.members == Self.members)
                #expect(handshake.upgrades == [])
                #expect(handshake.pingInterval == 300)
                #expect(handshake.pingTimeout == 200)
                #expect(handshake.maxPayload == 1_000_000)
                await socket.drop()
            }
        }

        @Test("WebSocket: fails with an invalid 'EIO' query parameter", arguments: Endpoint.allCases)
        func webSocketRefusesVersion(endpoint: Endpoint) async throws {
            try await withEcho { relay in
                for query in ["transport=websocket", "EIO=abc&transport=websocket"] {
                    let answer = try await refusal {
                        try await RawWebSocket(port: relay.port, "\(endpoint.at(relay).path)?\(query)")
                    }
                    #expect(answer?.status == 400, "\(query)")
                }
            }
        }

        @Test("WebSocket: fails with an invalid 'transport' query parameter", arguments: Endpoint.allCases)
        func webSocketRefusesTransport(endpoint: Endpoint) async throws {
            try await withEcho { relay in
                for query in ["EIO=4", "EIO=4&transport=abc"] {
                    let answer = try await refusal {
                        try await RawWebSocket(port: relay.port, "\(endpoint.at(relay).path)?\(query)")
                    }
                    #expect(answer?.status == 400, "\(query)")
                }
            }
        }
    }

    @Suite("message")
    struct Message {
        @Test("HTTP long-polling: sends and receives a payload containing one plain text packet")
        func pollingOnePacket() async throws { try await self.pollingEchoes("4hello") }

        @Test("HTTP long-polling: sends and receives a payload containing several plain text packets")
        func pollingSeveralPackets() async throws {
            try await self.pollingEchoes("4test1\u{1e}4test2\u{1e}4test3")
        }

        @Test("HTTP long-polling: sends and receives a payload containing plain text and binary packets")
        func pollingBinaryPacket() async throws { try await self.pollingEchoes("4hello\u{1e}bAQIDBA==") }

        private func pollingEchoes(_ payload: String) async throws {
            try await withEcho { relay in
                let session = try await PollingSession(.engineEcho(relay))
                let post = try await session.post(payload)
                #expect(post.status == 200)
                #expect(post.text == "ok")
                let poll = try await session.poll()
                #expect(poll.status == 200)
                #expect(poll.text == payload)
                #expect(poll["cache-control"] == "no-store")
            }
        }

        @Test("HTTP long-polling: closes the session upon invalid packet format")
        func pollingInvalidPacket() async throws {
            try await withEcho { relay in
                let session = try await PollingSession(.engineEcho(relay))
                // Answered 400 or cut off: either will do.
                if let answer = try? await session.post("abc") { #expect(answer.status == 400) }
                #expect(try await session.poll().status == 400)
            }
        }

        @Test("HTTP long-polling: closes the session upon duplicate poll requests")
        func duplicatePolls() async throws {
            try await withEcho(interval: "25s") { relay in
                let session = try await PollingSession(.engineEcho(relay))
                let polls = [try await session.begin("GET"), try await session.begin("GET")]
                async let first = polls[0].answer()
                async let second = polls[1].answer()
                // They travel on two connections: either may arrive first.
                let answers = try await [first, second].sorted { $0.status < $1.status }
                #expect(answers.map(\.status) == [200, 400])
                #expect(answers[0].text == "1")
                #expect(try await session.poll().status == 400)
            }
        }

        @Test("HTTP long-polling: closes the session upon cancelled polling request")
        func cancelledPoll() async throws {
            try await withEcho(interval: "25s") { relay in
                let session = try await PollingSession(.engineEcho(relay))
                let poll = try await session.begin("GET")
                await poll.connection.close()
                try await expectGone(session)
                #expect(try await session.poll().status == 400)
            }
        }

        @Test("WebSocket: sends and receives a plain text packet")
        func webSocketText() async throws {
            try await withEcho { relay in
                let (socket, _) = try await EngineEndpoint.engineEcho(relay).openWebSocket()
                try await socket.send("4hello")
                #expect(try await socket.text() == "4hello")
            }
        }

        @Test("WebSocket: sends and receives a binary packet")
        func webSocketBinary() async throws {
            try await withEcho { relay in
                let (socket, _) = try await EngineEndpoint.engineEcho(relay).openWebSocket()
                try await socket.send(binary: [1, 2, 3, 4])
                #expect(try await socket.binary() == [1, 2, 3, 4])
            }
        }

        @Test("WebSocket: closes the session upon invalid packet format", arguments: ["abc", "", "7", "é"])
        func webSocketInvalidPacket(packet: String) async throws {
            try await withEcho { relay in
                let (socket, _) = try await EngineEndpoint.engineEcho(relay).openWebSocket()
                try await socket.send(packet)
                try await socket.closeCode()
            }
        }
    }

    @Suite("heartbeat")
    struct Heartbeat {
        @Test("HTTP long-polling: sends ping/pong packets", arguments: Endpoint.allCases)
        func pollingPings(endpoint: Endpoint) async throws {
            try await withEcho { relay in
                let session = try await PollingSession(endpoint.at(relay))
                for _ in 0..<3 {
                    #expect(try await session.packets() == ["2"])
                    #expect(try await session.post("3").status == 200)
                }
            }
        }

        @Test("HTTP long-polling: closes the session upon ping timeout", arguments: Endpoint.allCases)
        func pollingPingTimeout(endpoint: Endpoint) async throws {
            try await withEcho { relay in
                let session = try await PollingSession(endpoint.at(relay))
                try await Task.sleep(for: .milliseconds(500))
                try await expectGone(session)
                #expect(try await session.poll().status == 400)
            }
        }

        @Test("WebSocket: sends ping/pong packets", arguments: Endpoint.allCases)
        func webSocketPings(endpoint: Endpoint) async throws {
            try await withEcho { relay in
                let (socket, _) = try await endpoint.at(relay).openWebSocket(answersPings: false)
                for _ in 0..<3 {
                    #expect(try await socket.text() == "2")
                    try await socket.send("3")
                }
            }
        }

        @Test("WebSocket: closes the session upon ping timeout", arguments: Endpoint.allCases)
        func webSocketPingTimeout(endpoint: Endpoint) async throws {
            try await withEcho { relay in
                let (socket, _) = try await endpoint.at(relay).openWebSocket(answersPings: false)
                #expect(try await socket.text() == "2")
                try await socket.closeCode(within: .seconds(5))
            }
        }
    }

    @Suite("close")
    struct Close {
        @Test("HTTP long-polling: forcefully closes the session", arguments: Endpoint.allCases)
        func pollingCloses(endpoint: Endpoint) async throws {
            try await withEcho { relay in
                // The poll and the post travel on two connections; when the post wins, there is no poll to end.
                var answers: [HTTPAnswer] = []
                try await eventually("a poll that was pending when its session closed") {
                    let session = try await PollingSession(endpoint.at(relay))
                    let pending = try await session.begin("GET")
                    answers = [try await session.post("1"), try await pending.answer(), try await session.poll()]
                    return answers[1].status == 200
                }
                #expect(answers.map(\.status) == [200, 200, 400])
                #expect(answers.map(\.text).prefix(2) == ["ok", "6"])
            }
        }

        @Test("WebSocket: forcefully closes the session", arguments: Endpoint.allCases)
        func webSocketCloses(endpoint: Endpoint) async throws {
            try await withEcho(interval: "25s") { relay in
                let (socket, _) = try await endpoint.at(relay).openWebSocket()
                try await socket.send("1")
                // At once: the ping timeout would take 45 s.
                try await socket.closeCode(within: .seconds(10))
            }
        }
    }

    @Suite("upgrade")
    struct Upgrade {
        @Test("successfully upgrades from HTTP long-polling to WebSocket", arguments: Endpoint.allCases)
        func upgrades(endpoint: Endpoint) async throws {
            try await withEcho { relay in
                let session = try await PollingSession(endpoint.at(relay))
                let socket = try await session.upgrade()
                try await self.expectEcho(on: socket, of: endpoint)
            }
        }

        @Test("ignores HTTP requests with same sid after upgrade", arguments: Endpoint.allCases)
        func ignoresRequests(endpoint: Endpoint) async throws {
            try await withEcho { relay in
                let session = try await PollingSession(endpoint.at(relay))
                let socket = try await session.upgrade()
                try await self.expectEcho(on: socket, of: endpoint)
                let answers = [try await session.poll(), try await session.post("4hello")]
                for answer in answers {
                    #expect(answer.status == 400)
                    #expect(answer.json == ["code": 3, "message": "Bad request"])
                }
                try await self.expectEcho(on: socket, of: endpoint)
            }
        }

        @Test("ignores WebSocket connection with same sid after upgrade", arguments: Endpoint.allCases)
        func ignoresWebSocket(endpoint: Endpoint) async throws {
            try await withEcho { relay in
                let session = try await PollingSession(endpoint.at(relay))
                let socket = try await session.upgrade()
                try await self.expectEcho(on: socket, of: endpoint)
                do {
                    try await session.openWebSocket().closeCode()
                } catch is RawWebSocket.Refused {
                    // As good as opened and closed.
                }
                try await self.expectEcho(on: socket, of: endpoint)
            }
        }

        /// The session lives on this WebSocket: what it is sent is answered there.
        private func expectEcho(on socket: RawWebSocket, of endpoint: Endpoint) async throws {
            switch endpoint {
            case .engineIO:
                try await socket.send("4hello")
                #expect(try await socket.text() == "4hello")
            case .socketIO:
                try await socket.send("40/nowhere")
                #expect(try await socket.text() == #"44/nowhere,{"message":"Invalid namespace"}"#)
            }
        }
    }
}
