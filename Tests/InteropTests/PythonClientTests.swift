import Testing
import TestSupport

extension Interop {
    @Suite("python-socketio")
    struct PythonClient {
        @Test(
            "text, binary, acks both ways, and again after the server has restarted",
            arguments: ["blocking_client.py", "asyncio_client.py"], Transport.allCases)
        func exercises(script: String, transport: Transport) async throws {
            var client: ChildProcess?
            do {
                try await withRestart(.file("configs/echo-app.yaml")) { relay in
                    client = try PythonScript.start(script, [relay.url, transport.rawValue])
                    try await self.expect("RESTART", from: client)
                } after: { _ in
                    try await self.expect("OK", from: client)
                    #expect(try await client?.exitCode() == 0)
                }
            } catch {
                try? await client?.kill()
                throw error
            }
            try? await client?.kill()
        }

        private func expect(_ line: String, from client: ChildProcess?) async throws {
            let client = try #require(client)
            let printed = try await client.lines.next(within: .seconds(90), "\(line): \(client.standardError)")
            if printed == nil { _ = try await client.exitCode() }
            try #require(printed == line, "\(client.standardError)")
        }
    }
}
