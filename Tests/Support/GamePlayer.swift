import Foundation
import NIOConcurrencyHelpers

/// A client of the namespace `/game`. Keeps all that it is told, in order; its commands are answered.
package final class GamePlayer: Sendable {
    /// A packet that has come, read once.
    package struct Packet: Sendable {
        package let type: Character
        package let id: Int?
        package let json: JSONValue
        package let attachments: [[UInt8]]

        /// The event's name; nil: the packet is something else.
        package var event: String? { self.type == "2" || self.type == "5" ? self.json[0].string : nil }

        package init(_ packet: WirePacket) {
            self.type = packet.type
            self.id = packet.id
            self.json = packet.json
            self.attachments = packet.attachments
        }
    }

    private struct State {
        var packets: [Packet] = []
        var calls: [Int: Mailbox<JSONValue>] = [:]
        var lastCall = 0
        var hasEnded = false
    }

    /// The relay said no to what a test takes for granted.
    package struct Refused: Error { package let answer: JSONValue }

    package let wire: SocketWire
    private let state = NIOLockedValueBox(State())

    /// Connects to the relay and is greeted.
    package init(_ relay: RelayProcess, auth: JSONValue = [:], receiveBuffer: Int? = nil) async throws {
        self.wire = try await SocketWire(.socketIO(relay), receiveBuffer: receiveBuffer)
        try await self.wire.connect("/game", auth: auth.text)
        self.read()
        try await eventually("hello") { !self.events("hello").isEmpty }
    }

    private func read() {
        Task { [wire, state] in
            while let packet = try? await wire.packet(within: .seconds(600)).map(Packet.init) {
                let call = state.withLockedValue { state in
                    state.packets.append(packet)
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

    package var hello: JSONValue { self.events("hello").first?[0] ?? .null }
    package var pid: String { self.hello["pid"].string ?? "" }
    /// What makes another connection the same player.
    package var identity: JSONValue { ["pid": self.hello["pid"], "key": self.hello["key"]] }

    /// Everything that has come, in order.
    package var packets: [Packet] { self.state.withLockedValue { $0.packets } }
    package var hasEnded: Bool { self.state.withLockedValue { $0.hasEnded } }

    // MARK: Sending

    /// Emits an event and waits for its answer.
    package func call(_ event: String, _ values: JSONValue..., within limit: Duration = .seconds(20)) async throws
        -> JSONValue
    {
        try await self.call(.array([.string(event)] + values), within: limit)
    }

    package func call(
        _ arguments: JSONValue, attachments: [[UInt8]] = [], within limit: Duration = .seconds(20)
    ) async throws -> JSONValue {
        let answer = Mailbox<JSONValue>()
        let id = self.state.withLockedValue { state in
            state.lastCall += 1
            state.calls[state.lastCall] = answer
            return state.lastCall
        }
        try await self.wire.send(
            Self.head(attachments) + "/game,\(id)" + arguments.text, attachments: attachments)
        guard let value = try await answer.next(within: limit, "the answer to \(arguments.text)") else {
            throw ConnectionEnded()
        }
        return value
    }

    /// Emits events in one write, so that they come at once however busy this machine is, and waits for their answers.
    package func callAtOnce(_ events: [JSONValue], within limit: Duration = .seconds(60)) async throws -> [JSONValue] {
        let answers = events.map { _ in Mailbox<JSONValue>() }
        let first = self.state.withLockedValue { state in
            let first = state.lastCall + 1
            for answer in answers {
                state.lastCall += 1
                state.calls[state.lastCall] = answer
            }
            return first
        }
        try await self.wire.send(packets: events.enumerated().map { "2/game,\(first + $0)\($1.text)" })
        var values: [JSONValue] = []
        for answer in answers {
            guard let value = try await answer.next(within: limit, "an answer") else { throw ConnectionEnded() }
            values.append(value)
        }
        return values
    }

    /// Emits events that ask for no answer, in one write.
    package func emitAtOnce(_ events: [JSONValue]) async throws {
        try await self.wire.send(packets: events.map { "2/game," + $0.text })
    }

    /// Emits an event that asks for no answer.
    package func emit(_ event: String, _ values: JSONValue..., attachments: [[UInt8]] = []) async throws {
        let arguments = JSONValue.array([.string(event)] + values)
        try await self.wire.send(Self.head(attachments) + "/game," + arguments.text, attachments: attachments)
    }

    private static func head(_ attachments: [[UInt8]]) -> String {
        attachments.isEmpty ? "2" : "5\(attachments.count)-"
    }

    /// A command that must succeed.
    @discardableResult
    package func must(_ event: String, _ payload: JSONValue) async throws -> JSONValue {
        let answer = try await self.call(event, payload)
        guard answer["ok"] == true else { throw Refused(answer: answer) }
        return answer
    }

    /// The code that a command is refused with; nil: it was not.
    package func refusal(_ event: String, _ payload: JSONValue) async throws -> String? {
        try await self.call(event, payload)["code"].string
    }

    // MARK: Rooms

    package func enter(_ event: String, _ payload: JSONValue) async throws -> GameSeat {
        GameSeat(player: self, answer: try await self.must(event, payload))
    }

    package func create(_ payload: JSONValue) async throws -> GameSeat { try await self.enter("room:create", payload) }
    package func join(_ seat: GameSeat) async throws -> GameSeat {
        try await self.enter("room:join", ["rid": seat.rid])
    }
    package func watch(_ seat: GameSeat) async throws -> GameSeat {
        try await self.enter("room:join", ["rid": seat.rid, "as": "spectator"])
    }

    /// Closes the TCP connection, as a client that loses its network.
    package func drop() async { await self.wire.drop() }

    /// Leaves the namespace with a word, as a client that is closed on purpose.
    package func sayGoodbye() async throws { try await self.wire.send("1/game,") }

    // MARK: What has come

    /// The arguments, without the name, of all events of a name so far.
    package func events(_ name: String) -> [JSONValue] {
        self.packets.filter { $0.event == name }.map { .array(Array(($0.json.array ?? []).dropFirst())) }
    }

    /// Waits for the next event of a name beyond so many.
    package func event(
        _ name: String, after count: Int = 0, within limit: Duration = .seconds(20)
    ) async throws -> JSONValue {
        try await eventually("event \(name)", within: limit) { self.events(name).count > count }
        return self.events(name)[count]
    }
}

/// Runs a test with a relay of its own that serves `/game` on four loops.
///
/// - Parameter queue: `limits.queue`.
package func withGames(queue: String = "1MB", _ body: (RelayProcess) async throws -> Void) async throws {
    let yaml = """
        server:
          threads: 4
          heartbeat: { interval: 60s, timeout: 60s }
          limits: { queue: \(queue) }
        namespaces:
          /game: { kind: game }
        """
    try await withRelay(.text(yaml), body)
}
