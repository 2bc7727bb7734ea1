import Foundation

/// The five members of Engine.IO's open packet.
package struct EngineHandshake: Sendable {
    package let sid: String
    package let upgrades: [String]
    /// Milliseconds.
    package let pingInterval: Int
    /// Milliseconds.
    package let pingTimeout: Int
    /// Bytes.
    package let maxPayload: Int
    /// The members as they came, so that none too many goes unseen.
    package let members: Set<String>

    /// Not an open packet.
    package struct Malformed: Error { package let packet: String }

    package init(packet: String) throws {
        guard packet.hasPrefix("0"), let json = JSONValue(parsing: packet.dropFirst()), let members = json.object,
            let sid = json["sid"].string, let upgrades = json["upgrades"].array,
            let pingInterval = json["pingInterval"].int, let pingTimeout = json["pingTimeout"].int,
            let maxPayload = json["maxPayload"].int
        else { throw Malformed(packet: packet) }
        self.sid = sid
        self.upgrades = upgrades.compactMap(\.string)
        self.pingInterval = pingInterval
        self.pingTimeout = pingTimeout
        self.maxPayload = maxPayload
        self.members = Set(members.keys)
    }
}

/// Where an Engine.IO endpoint is: a port of 127.0.0.1 and a path.
package struct EngineEndpoint: Sendable {
    package let port: Int
    package let path: String

    /// The bare Engine.IO endpoint that plays every message back.
    package static func engineEcho(_ relay: RelayProcess) -> EngineEndpoint {
        EngineEndpoint(port: relay.port, path: "/engine.io/")
    }

    /// The Socket.IO endpoint.
    package static func socketIO(_ relay: RelayProcess) -> EngineEndpoint {
        EngineEndpoint(port: relay.port, path: "/socket.io/")
    }

    package init(port: Int, path: String) {
        self.port = port
        self.path = path
    }

    /// A request target for this endpoint, with more query if there is any.
    package func target(transport: String, sid: String? = nil, query: String = "") -> String {
        "\(self.path)?EIO=4&transport=\(transport)" + (sid.map { "&sid=\($0)" } ?? "")
            + (query.isEmpty ? "" : "&\(query)")
    }

    /// Opens a WebSocket session and reads its open packet.
    package func openWebSocket(
        headers: [String: String] = [:], query: String = "", answersPings: Bool = true, receiveBuffer: Int? = nil
    ) async throws -> (socket: RawWebSocket, handshake: EngineHandshake) {
        let socket = try await RawWebSocket(
            port: self.port, self.target(transport: "websocket", query: query), headers: headers,
            answersPings: answersPings, receiveBuffer: receiveBuffer)
        return (socket, try EngineHandshake(packet: try await socket.text()))
    }
}

/// An Engine.IO session over HTTP long-polling. Each request takes a connection of its own.
package final class PollingSession: Sendable {
    /// A request was not answered with 200.
    package struct Refused: Error { package let answer: HTTPAnswer }

    package let endpoint: EngineEndpoint
    package let handshake: EngineHandshake
    /// The answer that opened the session.
    package let opening: HTTPAnswer
    private let headers: [String: String]

    package init(_ endpoint: EngineEndpoint, query: String = "", headers: [String: String] = [:]) async throws {
        self.endpoint = endpoint
        self.headers = headers
        self.opening = try await RawHTTP.get(
            port: endpoint.port, endpoint.target(transport: "polling", query: query), headers: headers)
        guard self.opening.status == 200 else { throw Refused(answer: self.opening) }
        self.handshake = try EngineHandshake(packet: self.opening.text)
    }

    package var sid: String { self.handshake.sid }

    /// The target of this session's polls and posts.
    package var target: String { self.endpoint.target(transport: "polling", sid: self.sid) }

    /// One long poll.
    package func poll(within limit: Duration = .seconds(20)) async throws -> HTTPAnswer {
        try await RawHTTP.request(
            port: self.endpoint.port, "GET", self.target, headers: self.headers, within: limit)
    }

    /// One long poll, cut into packets.
    package func packets(within limit: Duration = .seconds(20)) async throws -> [String] {
        let answer = try await self.poll(within: limit)
        guard answer.status == 200 else { throw Refused(answer: answer) }
        return answer.text.split(separator: "\u{1e}", omittingEmptySubsequences: false).map(String.init)
    }

    /// Polls until `count` packets other than pings have come; answers the pings.
    package func messages(_ count: Int, within limit: Duration = .seconds(20)) async throws -> [String] {
        var messages: [String] = []
        while messages.count < count {
            for packet in try await self.packets(within: limit) {
                if packet == "2" { try await self.post("3") } else { messages.append(packet) }
            }
        }
        return messages
    }

    /// Posts a payload.
    @discardableResult
    package func post(_ payload: String, headers: [String: String] = [:]) async throws -> HTTPAnswer {
        try await RawHTTP.request(
            port: self.endpoint.port, "POST", self.target,
            headers: self.headers.merging(["Content-Type": "text/plain;charset=UTF-8"]) { $1 }.merging(headers) { $1 },
            body: Array(payload.utf8))
    }

    /// Sends a request on a connection of its own and leaves its answer to be read or abandoned.
    package func begin(_ method: String, body: [UInt8]? = nil, declaredLength: Int? = nil) async throws -> RawHTTP {
        let http = try await RawHTTP(port: self.endpoint.port)
        try await http.send(method, self.target, headers: self.headers, body: body, declaredLength: declaredLength)
        return http
    }

    /// Opens a WebSocket for this session, and no more.
    package func openWebSocket(answersPings: Bool = true) async throws -> RawWebSocket {
        try await RawWebSocket(
            port: self.endpoint.port, self.endpoint.target(transport: "websocket", sid: self.sid),
            headers: self.headers, answersPings: answersPings)
    }

    /// Moves the session to a WebSocket: probe, its answer, upgrade packet. No poll may be pending.
    package func upgrade(answersPings: Bool = true) async throws -> RawWebSocket {
        let socket = try await self.openWebSocket(answersPings: answersPings)
        try await socket.send("2probe")
        let answer = try await socket.text()
        guard answer == "3probe" else { throw RawWebSocket.Unexpected(message: .text(answer)) }
        try await socket.send("5")
        return socket
    }
}
