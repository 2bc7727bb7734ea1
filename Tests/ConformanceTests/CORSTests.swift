import Testing
import TestSupport

extension Conformance {
    /// `configs/echo-app.yaml` allows http://allowed.example and any port of localhost and 127.0.0.1, with
    /// credentials; `configs/echo.yaml` allows anyone.
    @Suite("CORS")
    struct CORS {
        static let allowed = [
            "http://allowed.example", "http://localhost", "http://localhost:5173", "http://127.0.0.1:8080",
        ]
        static let foreign = [
            "http://evil.example", "http://allowed.example.evil.example", "http://notallowed.example",
            "https://allowed.example", "http://allowed.example:8080", "http://localhost.evil.example",
            "http://evil.example/http://allowed.example", "http://127.0.0.1.evil.example:80", "null", "",
        ]

        @Test("an allowed origin reads answers and errors", arguments: allowed)
        func allowedOrigin(origin: String) async throws {
            try await withEchoApp { relay in
                let endpoint = EngineEndpoint.socketIO(relay)
                for (query, status) in [("", 200), ("&sid=AAAAAAAAAAAAAAAAAAAA", 400)] {
                    let answer = try await RawHTTP.get(
                        port: relay.port, endpoint.target(transport: "polling") + query, headers: ["Origin": origin])
                    #expect(answer.status == status)
                    self.expectGrant(in: answer, to: origin)
                }
                let session = try await PollingSession(endpoint, headers: ["Origin": origin])
                self.expectGrant(in: try await session.post("40"), to: origin)
                self.expectGrant(in: try await session.poll(), to: origin)
            }
        }

        private func expectGrant(in answer: HTTPAnswer, to origin: String) {
            #expect(answer["access-control-allow-origin"] == origin)
            #expect(answer["access-control-allow-credentials"] == "true")
            #expect(answer["vary"]?.lowercased().contains("origin") == true)
        }

        @Test("a foreign origin gets no grant", arguments: foreign)
        func foreignOrigin(origin: String) async throws {
            try await withEchoApp { relay in
                let target = EngineEndpoint.socketIO(relay).target(transport: "polling")
                for method in ["GET", "OPTIONS"] {
                    let answer = try await RawHTTP.request(
                        port: relay.port, method, target,
                        headers: ["Origin": origin, "Access-Control-Request-Method": "POST"])
                    #expect(answer["access-control-allow-origin"] == nil, "\(method)")
                    #expect(answer["access-control-allow-credentials"] == nil, "\(method)")
                }
            }
        }

        @Test("a preflight is answered for an allowed origin")
        func preflight() async throws {
            try await withEchoApp { relay in
                let answer = try await RawHTTP.request(
                    port: relay.port, "OPTIONS", EngineEndpoint.socketIO(relay).target(transport: "polling"),
                    headers: [
                        "Origin": "http://allowed.example", "Access-Control-Request-Method": "POST",
                        "Access-Control-Request-Headers": "x-test,content-type",
                    ])
                #expect(answer.status == 204)
                self.expectGrant(in: answer, to: "http://allowed.example")
                let methods = answer["access-control-allow-methods"] ?? ""
                #expect(methods.contains("GET") && methods.contains("POST"))
                let headers = answer["access-control-allow-headers"]?.lowercased() ?? ""
                #expect(headers.contains("x-test") && headers.contains("content-type"))
            }
        }

        @Test("where anyone is allowed, answers, errors and preflights say so")
        func anyone() async throws {
            try await withEcho { relay in
                let target = EngineEndpoint.socketIO(relay).target(transport: "polling")
                let requests = [("GET", target, 200), ("GET", target + "&sid=nobody", 400), ("OPTIONS", target, 204)]
                for (method, target, status) in requests {
                    let answer = try await RawHTTP.request(
                        port: relay.port, method, target,
                        headers: ["Origin": "http://anywhere.example", "Access-Control-Request-Method": "POST"])
                    #expect(answer.status == status)
                    #expect(answer["access-control-allow-origin"] == "*")
                    #expect(answer["access-control-allow-credentials"] == nil)
                }
                let (socket, _) = try await EngineEndpoint.socketIO(relay)
                    .openWebSocket(headers: ["Origin": "http://anywhere.example"])
                await socket.drop()
            }
        }

        @Test("a WebSocket opens for an allowed origin, and for a client that is no browser")
        func webSocketAllowed() async throws {
            try await withEchoApp { relay in
                for headers in [["Origin": "http://allowed.example"], ["Origin": "http://localhost:5173"], [:]] {
                    let (socket, _) = try await EngineEndpoint.socketIO(relay).openWebSocket(headers: headers)
                    await socket.drop()
                }
            }
        }

        @Test("a WebSocket is refused to a foreign origin", arguments: foreign)
        func webSocketForeign(origin: String) async throws {
            try await withEchoApp { relay in
                let target = EngineEndpoint.socketIO(relay).target(transport: "websocket")
                let answer = try await refusal {
                    try await RawWebSocket(port: relay.port, target, headers: ["Origin": origin])
                }
                #expect(answer.map { (400..<500).contains($0.status) } == true)
            }
        }

        @Test("a foreign origin cannot upgrade a session whose id it knows")
        func foreignUpgrade() async throws {
            try await withEchoApp { relay in
                let endpoint = EngineEndpoint.socketIO(relay)
                let session = try await PollingSession(endpoint)
                let target = endpoint.target(transport: "websocket", sid: session.sid)
                let answer = try await refusal {
                    try await RawWebSocket(port: relay.port, target, headers: ["Origin": "http://evil.example"])
                }
                #expect(answer.map { (400..<500).contains($0.status) } == true)
                // And the session is none the worse for it.
                #expect(try await session.post("40").status == 200)
                #expect(try await session.messages(1).first?.hasPrefix("40{") == true)
            }
        }
    }
}
