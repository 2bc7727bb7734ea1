import Testing
import TestSupport

/// Unmodified clients against the relay, one after the other: each brings a browser or an interpreter.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct Interop {}

/// The three ways the official clients take to a server.
enum Transport: String, CaseIterable {
    case polling, websocket, upgrading
}

/// Runs `before` against a relay, then puts another one in its place, on the same port, and runs `after`.
func withRestart(
    _ configuration: RelayProcess.Configuration, before: (RelayProcess) async throws -> Void,
    after: (RelayProcess) async throws -> Void
) async throws {
    let port = try await withRelay(configuration) { relay in
        try await before(relay)
        return relay.port
    }
    try await withRelay(configuration, port: port, after)
}
