import Testing
import TestSupport

/// Everything here runs one test at a time: the relays have heartbeats of 300 ms, which a machine that runs
/// many of them at once could not keep.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct Conformance {}

/// A relay with `configs/echo.yaml`: every test its own.
func withEcho(_ body: (RelayProcess) async throws -> Void) async throws {
    try await withRelay(.file("configs/echo.yaml"), body)
}

/// A relay with `configs/echo-app.yaml`, whose heartbeat leaves time to think.
func withEchoApp(_ body: (RelayProcess) async throws -> Void) async throws {
    try await withRelay(.file("configs/echo-app.yaml"), body)
}

/// A relay that echoes, with other limits than the files have. Sizes and times as a configuration writes them.
func withEcho(
    interval: String = "25s", timeout: String = "20s", upgrade: String = "10s", payload: Int = 1_000_000,
    queue: String = "1MB", _ body: (RelayProcess) async throws -> Void
) async throws {
    let yaml = """
        server:
          port: 0
          cors: { origins: ["*"] }
          heartbeat: { interval: \(interval), timeout: \(timeout) }
          timeouts: { upgrade: \(upgrade), connect: 45s }
          limits: { payload: \(payload), queue: \(queue) }
          engineEcho: /engine.io/
          threads: 1
        namespaces:
          /: { kind: echo }
          /custom: { kind: echo }
        """
    try await withRelay(.text(yaml), body)
}

/// What a refused WebSocket was answered with; records an issue when it was not refused.
func refusal(_ open: () async throws -> RawWebSocket) async throws -> HTTPAnswer? {
    do {
        let socket = try await open()
        await socket.drop()
        Issue.record("the WebSocket was opened")
        return nil
    } catch let refused as RawWebSocket.Refused {
        return refused.answer
    }
}

/// Expects a session to be unknown soon. Asked by posting packets that mean nothing: a poll would itself be a second
/// one, and end the session that should have ended by itself.
func expectGone(
    _ session: PollingSession, within limit: Duration = .seconds(10), sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    do {
        try await eventually("the end of a polling session", within: limit) {
            try await session.post("6").status == 400
        }
    } catch let timeout as TimedOut {
        Issue.record("the session still answers: \(timeout)", sourceLocation: sourceLocation)
    }
}
