import NIOCore
import SocketIO
import TestSupport
import Testing

@testable import SocketIOClient

/// Servers that are not there, or not what they should be.
@Suite struct BadServerTests {
    private func withServer(
        greeting: [ScriptedServer.Line], answer: @escaping @Sendable (String) -> [ScriptedServer.Line] = { _ in [] },
        configure: (inout ClientConfiguration) -> Void = { _ in },
        _ body: (ScriptedServer, SocketClient, Hearing) async throws -> Void
    ) async throws {
        let server = try await ScriptedServer(greeting: greeting, answer: answer)
        var configuration = try ClientConfiguration(url: server.url)
        configure(&configuration)
        do {
            try await withClient(configuration) { try await body(server, $0, $1) }
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    /// Lets the client into `/`, then says this.
    private func joining(then lines: ScriptedServer.Line...) -> @Sendable (String) -> [ScriptedServer.Line] {
        { $0 == "40" ? [.text(#"40{"sid":"s"}"#)] + lines : [] }
    }

    @Test("a ping is answered with its own data")
    func ping() async throws {
        try await self.withServer(
            greeting: [ScriptedServer.open(), .text("2"), .text("2data")], answer: self.joining()
        ) { (server, client, _) async throws in
            try await client.connect()
            var heard: [String] = []
            for _ in 0..<3 { heard.append(try #require(try await server.received.next())) }
            #expect(heard.sorted() == ["3", "3data", "40"])
        }
    }

    @Test("a server that falls silent is given up after interval and timeout")
    func silence() async throws {
        try await self.withServer(
            greeting: [ScriptedServer.open(interval: 200, timeout: 300)], answer: self.joining()
        ) { (_, client, hearing) async throws in
            let start = ContinuousClock.now
            // On a busy machine the time may be up before the namespace is joined.
            _ = try? await client.connect()
            #expect(try await hearing.end().ending == Ending(.pingTimeout))
            #expect(ContinuousClock.now - start >= .milliseconds(450))
        }
    }

    @Test("a server that does not open the session, or does not answer CONNECT, is given up in time")
    func neverOpens() async throws {
        for greeting in [[], [ScriptedServer.open()]] as [[ScriptedServer.Line]] {
            try await self.withServer(
                greeting: greeting, configure: { $0.connectTimeout = .milliseconds(200) }
            ) { (_, client, hearing) async throws in
                await #expect(throws: ClientError.connectTimeout) { try await client.connect() }
                #expect(try await hearing.end().ending.reason == .connectTimeout)
            }
        }
    }

    @Test(
        "what is no packet ends the connection as a parse error",
        arguments: ["", "x", "49", "42", "42{}", #"42["disconnect"]"#, "4", "42[\"a\"", "43[]"])
    func malformed(_ text: String) async throws {
        try await self.withServer(
            greeting: [ScriptedServer.open()], answer: self.joining(then: .text(text))
        ) { (_, client, hearing) async throws in
            try await client.connect()
            #expect(try await hearing.end().ending.reason == .parseError)
        }
    }

    @Test("binaries that nobody announced, and texts in their place, are parse errors")
    func attachments() async throws {
        let scripts: [[ScriptedServer.Line]] = [
            [.binary([1])], [.text(#"451-["a",{"_placeholder":true,"num":0}]"#), .text(#"42["b"]"#)],
            [.text(#"451-["a",{"_placeholder":true,"num":1}]"#), .binary([1])],
        ]
        for script in scripts {
            try await self.withServer(
                greeting: [ScriptedServer.open()],
                answer: { $0 == "40" ? [.text(#"40{"sid":"s"}"#)] + script : [] }
            ) { (_, client, hearing) async throws in
                try await client.connect()
                #expect(try await hearing.end().ending.reason == .parseError)
            }
        }
    }

    @Test("an open packet without sense is a parse error", arguments: ["0", "0[]", "0{}", "0nonsense"])
    func openPacket(_ text: String) async throws {
        try await self.withServer(greeting: [.text(text)]) { (_, client, _) async throws in
            await #expect(throws: ClientError.malformed("the open packet")) { try await client.connect() }
        }
    }

    @Test("a server that closes the session says so")
    func closePacket() async throws {
        try await self.withServer(
            greeting: [ScriptedServer.open()], answer: self.joining(then: .text("1"))
        ) { (_, client, hearing) async throws in
            try await client.connect()
            #expect(try await hearing.end().ending.reason == .transportClose)
        }
    }

    @Test("answers to what was not asked, and events of strange namespaces, are passed over")
    func strangers() async throws {
        let lines = [#"43777["late"]"#, #"42/other,["x"]"#, "41/other,", #"40{"sid":"again"}"#, "6", #"42["known"]"#]
        try await self.withServer(
            greeting: [ScriptedServer.open()],
            answer: { $0 == "40" ? ([#"40{"sid":"s"}"#] + lines).map { .text($0) } : [] }
        ) { (_, client, hearing) async throws in
            #expect(try await client.connect() == "s")
            #expect(try await hearing.event().name == "known")
        }
    }

    @Test("nobody listens: the error says so", arguments: Live.transports)
    func nobody(_ transport: ClientConfiguration.Transport) async throws {
        var configuration = try ClientConfiguration(url: "http://127.0.0.1:\(LoopbackPort.closed())")
        configuration.transport = transport
        try await withClient(configuration) { (client, hearing) async throws in
            let error = await #expect(throws: ClientError.self) { try await client.connect() }
            guard case .connectFailed = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try await hearing.end().ending.reason == .transportError)
        }
    }

    @Test("a server that has no Socket.IO there is quoted", arguments: Live.transports)
    func wrongPath(_ transport: ClientConfiguration.Transport) async throws {
        try await withEcho { relay in
            var configuration = try ClientConfiguration(url: relay.url)
            configuration.transport = transport
            configuration.path = "/not-here/"
            try await withClient(configuration) { (client, _) async throws in
                let error = await #expect(throws: ClientError.self) { try await client.connect() }
                guard case .httpStatus(404, _) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
        }
    }
}
