import NIOConcurrencyHelpers

/// The Chrome DevTools protocol over its WebSocket: commands with answers, and the errors that pages report.
final class DevTools: Sendable {
    /// The browser refused a command.
    struct Refused: Error { let method: String, message: String }

    private struct State {
        var lastID = 0
        var waiting: [Int: Mailbox<JSONValue>] = [:]
        var errors: [String: [String]] = [:]
    }

    private let socket: RawWebSocket
    private let state = NIOLockedValueBox(State())
    private let reader = NIOLockedValueBox<Task<Void, Never>?>(nil)

    init(port: Int, path: String) async throws {
        self.socket = try await RawWebSocket(port: port, path)
        self.reader.withLockedValue { [socket] reader in
            reader = Task { [weak self] in
                while let message = try? await socket.receive(within: .seconds(86_400)) { self?.take(message) }
                self?.end()
            }
        }
    }

    deinit { self.reader.withLockedValue { $0?.cancel() } }

    /// Sends a command and waits for its result.
    func call(
        _ method: String, _ parameters: JSONValue = [:], session: String? = nil, within limit: Duration = .seconds(30)
    ) async throws -> JSONValue {
        let answer = Mailbox<JSONValue>()
        let id = self.state.withLockedValue { state in
            state.lastID += 1
            state.waiting[state.lastID] = answer
            return state.lastID
        }
        defer { _ = self.state.withLockedValue { $0.waiting.removeValue(forKey: id) } }
        var command: [String: JSONValue] = [
            "id": .number(Double(id)), "method": .string(method), "params": parameters,
        ]
        if let session { command["sessionId"] = .string(session) }
        try await self.socket.send(JSONValue.object(command).text)
        guard let message = try await answer.next(within: limit, method) else { throw ConnectionEnded() }
        if let refusal = message["error"]["message"].string { throw Refused(method: method, message: refusal) }
        return message["result"]
    }

    /// What the pages of a session complained of, in order.
    func errors(of session: String) -> [String] { self.state.withLockedValue { $0.errors[session] ?? [] } }

    private func take(_ message: RawWebSocket.Message) {
        guard case .text(let text) = message, let json = JSONValue(parsing: text) else { return }
        if let id = json["id"].int {
            self.state.withLockedValue { $0.waiting[id] }?.put(json)
        } else if let session = json["sessionId"].string, let complaint = Self.complaint(in: json) {
            self.state.withLockedValue { $0.errors[session, default: []].append(complaint) }
        }
    }

    private func end() {
        for waiting in self.state.withLockedValue({ $0.waiting.values }) { waiting.finish() }
    }

    private static func complaint(in event: JSONValue) -> String? {
        let parameters = event["params"]
        switch event["method"].string {
        case "Runtime.exceptionThrown":
            let details = parameters["exceptionDetails"]
            return details["exception"]["description"].string ?? details["text"].string
        case "Runtime.consoleAPICalled" where parameters["type"] == "error":
            let words = (parameters["args"].array ?? []).map { $0["value"].string ?? $0["description"].string ?? "" }
            return words.joined(separator: " ")
        case "Log.entryAdded" where parameters["entry"]["level"] == "error":
            return "\(parameters["entry"]["text"].string ?? "") \(parameters["entry"]["url"].string ?? "")"
        default: return nil
        }
    }
}
