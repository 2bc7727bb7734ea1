import Foundation
import NIOConcurrencyHelpers

/// A Socket.IO packet as it stands on the wire, its attachments beside it.
package struct WirePacket: Sendable, Equatable {
    package let type: Character
    package let namespace: String
    package let id: Int?
    /// The JSON, as text to compare byte for byte; empty when there is none.
    package let body: String
    package let attachments: [[UInt8]]

    package var json: JSONValue { JSONValue(parsing: self.body) ?? .null }

    /// Not a Socket.IO packet.
    package struct Malformed: Error { package let text: String }

    /// Reads `<type>[<attachments>-][<namespace>,][<id>][JSON]`; also says how many attachments must follow.
    fileprivate static func parse(_ text: String) throws -> (Self, attachments: Int) {
        var rest = Substring(text)
        guard let type = rest.popFirst(), "0123456".contains(type) else { throw Malformed(text: text) }
        var attachments = 0
        if type == "5" || type == "6" {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let count = Int(digits), rest.dropFirst(digits.count).first == "-" else {
                throw Malformed(text: text)
            }
            attachments = count
            rest = rest.dropFirst(digits.count + 1)
        }
        var namespace = "/"
        if rest.first == "/" {
            guard let comma = rest.firstIndex(of: ",") else { throw Malformed(text: text) }
            namespace = String(rest[..<comma])
            rest = rest[rest.index(after: comma)...]
        }
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        let packet = WirePacket(
            type: type, namespace: namespace, id: Int(digits), body: String(rest.dropFirst(digits.count)),
            attachments: [])
        return (packet, attachments)
    }

    fileprivate func with(_ attachments: [[UInt8]]) -> Self {
        WirePacket(type: self.type, namespace: self.namespace, id: self.id, body: self.body, attachments: attachments)
    }
}

/// A Socket.IO client over one WebSocket, close to the wire. Engine.IO pings are answered by themselves.
package final class SocketWire: Sendable {
    package let socket: RawWebSocket
    package let handshake: EngineHandshake
    private let lastAck = NIOLockedValueBox(0)

    package init(
        _ endpoint: EngineEndpoint, query: String = "", headers: [String: String] = [:], receiveBuffer: Int? = nil
    ) async throws {
        (self.socket, self.handshake) = try await endpoint.openWebSocket(
            headers: headers, query: query, receiveBuffer: receiveBuffer)
    }

    /// Wraps a WebSocket whose session was opened otherwise.
    package init(_ socket: RawWebSocket, handshake: EngineHandshake) {
        self.socket = socket
        self.handshake = handshake
    }

    /// Opens a connection and joins one namespace of kind echo, past its `auth` event.
    package static func connected(
        _ endpoint: EngineEndpoint, to namespace: String = "/", auth: String = "", query: String = "",
        headers: [String: String] = [:], receiveBuffer: Int? = nil
    ) async throws -> SocketWire {
        let wire = try await SocketWire(endpoint, query: query, headers: headers, receiveBuffer: receiveBuffer)
        try await wire.connect(namespace, auth: auth)
        _ = try await wire.event("auth", in: namespace)
        return wire
    }

    /// Joins a namespace; returns the Socket.IO session id.
    @discardableResult
    package func connect(_ namespace: String = "/", auth: String = "") async throws -> String {
        try await self.send("0" + Self.prefix(namespace) + auth)
        let packet = try await self.packet()
        guard packet?.type == "0", packet?.namespace == namespace, let sid = packet?.json["sid"].string
        else { throw Unexpected(packet: packet) }
        return sid
    }

    /// Sends a Socket.IO packet as it is, then its attachments.
    package func send(_ packet: String, attachments: [[UInt8]] = []) async throws {
        try await self.socket.send(
            [WebSocketFrame(WebSocketFrame.text, "4" + packet)]
                + attachments.map { WebSocketFrame(WebSocketFrame.binary, $0) })
    }

    /// Sends several packets in one write.
    package func send(packets: [String]) async throws {
        try await self.socket.send(packets.map { WebSocketFrame(WebSocketFrame.text, "4" + $0) })
    }

    /// Emits an event.
    package func emit(_ arguments: JSONValue..., in namespace: String = "/") async throws {
        try await self.send("2" + Self.prefix(namespace) + JSONValue.array(arguments).text)
    }

    /// Emits an event and waits for its ack, past whatever else arrives; returns what the ack carries.
    package func call(
        _ arguments: JSONValue..., in namespace: String = "/", within limit: Duration = .seconds(20)
    ) async throws -> JSONValue {
        let id = self.lastAck.withLockedValue { last in
            last += 1
            return last
        }
        try await self.send("2" + Self.prefix(namespace) + "\(id)" + JSONValue.array(arguments).text)
        return try await self.ack(id, in: namespace, within: limit).json
    }

    /// The next packet with its attachments, nil when the connection has ended.
    package func packet(within limit: Duration = .seconds(20), _ awaited: String = "a packet") async throws
        -> WirePacket?
    {
        let message = try await self.socket.receive(within: limit, awaited)
        if message == nil { return nil }
        if case .close = message { return nil }
        guard case .text(let text) = message, text.first == "4" else {
            throw RawWebSocket.Unexpected(message: message)
        }
        let (packet, count) = try WirePacket.parse(String(text.dropFirst()))
        var attachments: [[UInt8]] = []
        for _ in 0..<count { attachments.append(try await self.socket.binary(within: limit)) }
        return packet.with(attachments)
    }

    /// The next event of that name, past whatever else arrives.
    package func event(
        _ name: String, in namespace: String = "/", within limit: Duration = .seconds(20)
    ) async throws -> WirePacket {
        try await self.first("event \(name)", within: limit) { packet in
            (packet.type == "2" || packet.type == "5") && packet.namespace == namespace
                && packet.json[0].string == name
        }
    }

    /// The ack of that id, past whatever else arrives.
    package func ack(
        _ id: Int, in namespace: String = "/", within limit: Duration = .seconds(20)
    ) async throws -> WirePacket {
        try await self.first("ack \(id)", within: limit) { packet in
            (packet.type == "3" || packet.type == "6") && packet.namespace == namespace && packet.id == id
        }
    }

    /// The first packet that fits, past all others.
    package func first(
        _ awaited: String, within limit: Duration = .seconds(20), where fits: (WirePacket) -> Bool
    ) async throws -> WirePacket {
        let deadline = ContinuousClock.now + limit
        while let packet = try await self.packet(within: deadline - .now, awaited) {
            if fits(packet) { return packet }
        }
        throw ConnectionEnded()
    }

    /// What arrived in place of what a test awaited; nil is the end of the connection.
    package struct Unexpected: Error { package let packet: WirePacket? }

    package func drop() async { await self.socket.drop() }

    private static func prefix(_ namespace: String) -> String { namespace == "/" ? "" : "\(namespace)," }
}
