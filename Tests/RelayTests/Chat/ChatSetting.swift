import Foundation
import NIOConcurrencyHelpers
import TestSupport

/// A connection ended where a test awaits something of it.
struct Ended: Error {}

/// Runs a test with a relay of its own that serves `/chat`.
///
/// - Parameters:
///   - keys: more of the namespace, as `rooms: 2`.
///   - server: more of `server`, as `limits: { queue: 1MB }`.
///   - namespaces: more namespaces, each a line.
func withChat(
    threads: Int = 4, _ keys: String = "", server: [String] = [], namespaces: [String] = [],
    _ body: (RelayProcess) async throws -> Void
) async throws {
    let hasHeartbeat = server.contains { $0.hasPrefix("heartbeat") }
    let lines =
        ["server:", "  threads: \(threads)"]
        + (hasHeartbeat ? [] : ["  heartbeat: { interval: 60s, timeout: 60s }"]) + server.map { "  \($0)" }
        + ["namespaces:", "  /chat: { kind: chat\(keys.isEmpty ? "" : ", \(keys)") }"] + namespaces.map { "  \($0)" }
    try await withRelay(.text(lines.joined(separator: "\n") + "\n"), body)
}

/// A Socket.IO client in a chat namespace. Keeps all that it is told, in order; its events are answered.
final class ChatTalker: Sendable {
    private struct State {
        var events: [JSONValue] = []
        var calls: [Int: TestSupport.Mailbox<JSONValue>] = [:]
        var lastCall = 0
        var hasEnded = false
    }

    let wire: SocketWire
    private let namespace: String
    private let state = NIOLockedValueBox(State())

    init(
        _ relay: RelayProcess, _ namespace: String = "/chat", auth: String = "", receiveBuffer: Int? = nil
    ) async throws {
        self.namespace = namespace
        self.wire = try await SocketWire(.socketIO(relay), receiveBuffer: receiveBuffer)
        try await self.wire.connect(namespace, auth: auth)
        Task { [wire, state] in
            while let packet = try? await wire.packet(within: .seconds(600)) {
                let call = state.withLockedValue { state -> TestSupport.Mailbox<JSONValue>? in
                    if packet.type == "2" { state.events.append(packet.json) }
                    return packet.type == "3" ? packet.id.flatMap { state.calls.removeValue(forKey: $0) } : nil
                }
                call?.put(packet.json[0])
            }
            let calls = state.withLockedValue { state in
                state.hasEnded = true
                return state.calls.values
            }
            for call in calls { call.finish() }
        }
    }

    /// Connects and goes into a room.
    convenience init(_ relay: RelayProcess, in room: String, as name: String) async throws {
        try await self.init(relay)
        let answer = try await self.join(room, as: name)
        guard answer["ok"] == true else { throw Refused(answer: answer) }
    }

    /// The relay said no to what a test takes for granted.
    struct Refused: Error { let answer: JSONValue }

    var hasEnded: Bool { self.state.withLockedValue { $0.hasEnded } }

    // MARK: Asking

    /// Emits events in one write, and waits for their answers.
    func call(_ events: [JSONValue], within limit: Duration = .seconds(60)) async throws -> [JSONValue] {
        let answers = events.map { _ in TestSupport.Mailbox<JSONValue>() }
        let first = self.state.withLockedValue { state in
            for answer in answers {
                state.lastCall += 1
                state.calls[state.lastCall] = answer
            }
            return state.lastCall - answers.count + 1
        }
        try await self.wire.send(
            packets: events.enumerated().map { "2\(self.namespace),\(first + $0)\($1.text)" })
        var values: [JSONValue] = []
        for answer in answers {
            guard let value = try await answer.next(within: limit, "an answer") else { throw Ended() }
            values.append(value)
        }
        return values
    }

    func call(_ event: String, _ payload: JSONValue) async throws -> JSONValue {
        try await self.call([[.string(event), payload]])[0]
    }

    /// Emits an event that asks for no answer.
    func emit(_ event: String, _ payload: JSONValue) async throws {
        try await self.wire.emit(.string(event), payload, in: self.namespace)
    }

    func join(_ room: String, as name: String) async throws -> JSONValue {
        try await self.call("join", ["room": .string(room), "name": .string(name)])
    }

    @discardableResult
    func say(_ text: String, in room: String) async throws -> JSONValue {
        try await self.call("say", ["room": .string(room), "text": .string(text)])
    }

    func leave(_ room: String) async throws -> JSONValue { try await self.call("leave", ["room": .string(room)]) }

    // MARK: What has come

    /// The payloads of all events of a name so far.
    func events(_ name: String) -> [JSONValue] {
        self.state.withLockedValue { $0.events }.filter { $0[0].string == name }.map { $0[1] }
    }

    /// Waits for the next event of a name beyond so many.
    func event(_ name: String, after count: Int = 0) async throws -> JSONValue {
        try await eventually("event \(name)", within: .seconds(60)) { self.events(name).count > count }
        return self.events(name)[count]
    }

    /// The texts that others said, in order.
    var heard: [String] { self.events("said").compactMap { $0["text"].string } }

    /// Returns when this client has been told all that its rooms told before: another comes and goes in `room`.
    func settle(_ relay: RelayProcess, in room: String) async throws {
        let name = "settle \(UInt32.random(in: 0...UInt32.max))"
        let visitor = try await ChatTalker(relay, in: room, as: name)
        try await eventually("\(name) is seen", within: .seconds(60)) {
            self.events("joined").contains { $0["name"].string == name }
        }
        await visitor.wire.drop()
    }
}

extension RawWebSocket {
    /// A plain WebSocket in a chat room; answers no pings of itself.
    convenience init(
        _ relay: RelayProcess, room: String, _ query: String = "", namespace: String = "chat",
        headers: [String: String] = [:], receiveBuffer: Int? = nil
    ) async throws {
        try await self.init(
            port: relay.port, "/ws/\(namespace)/\(room)" + (query.isEmpty ? "" : "?\(query)"), headers: headers,
            receiveBuffer: receiveBuffer)
    }

    /// The close frame, past all else.
    func closing(within limit: Duration = .seconds(60)) async throws -> (code: Int?, reason: String) {
        while let message = try await self.receive(within: limit, "a close frame") {
            if case .close(let code, let reason) = message { return (code, reason) }
        }
        throw Ended()
    }
}
