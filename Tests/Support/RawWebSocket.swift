import Foundation
import NIOConcurrencyHelpers

/// A WebSocket client that can misbehave: it sends any frame, sees every close code, and can stop reading.
package final class RawWebSocket: Sendable {
    /// What arrives.
    package enum Message: Sendable, Equatable {
        case text(String)
        case binary([UInt8])
        case ping([UInt8])
        case pong([UInt8])
        /// A close frame; nil when it carried no code.
        case close(code: Int?, reason: String)
        /// A masked or otherwise broken frame, which no server may send.
        case malformed(String)
    }

    /// The server did not switch protocols.
    package struct Refused: Error { package let answer: HTTPAnswer }

    /// The answer that switched protocols.
    package let handshake: HTTPAnswer
    package let connection: TCPConnection
    private let arrivals = Mailbox<Message>()

    /// Opens a WebSocket on 127.0.0.1.
    ///
    /// With `answersPings`, an Engine.IO ping ("2") is answered at once ("3") and not seen by the reader.
    package convenience init(
        port: Int, _ target: String, headers: [String: String] = [:], answersPings: Bool = false,
        receiveBuffer: Int? = nil
    ) async throws {
        let connection = try await TCPConnection(port: port, receiveBuffer: receiveBuffer)
        try await self.init(on: connection, port: port, target, headers: headers, answersPings: answersPings)
    }

    /// Opens a WebSocket on a connection that may have carried HTTP before.
    package init(
        on connection: TCPConnection, port: Int, _ target: String, headers: [String: String] = [:],
        answersPings: Bool = false
    ) async throws {
        self.connection = connection
        let key = Data((0..<16).map { _ in UInt8.random(in: 0...255) }).base64EncodedString()
        var head = "GET \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        head += "Sec-WebSocket-Key: \(key)\r\nSec-WebSocket-Version: 13\r\n"
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) { head += "\(name): \(value)\r\n" }
        try await connection.send(Array((head + "\r\n").utf8))
        self.handshake = try await RawHTTP(over: connection, port: port).answer()
        guard self.handshake.status == 101 else { throw Refused(answer: self.handshake) }
        let frames = FrameReader(answersPings: answersPings, to: self.arrivals, over: connection)
        connection.forward(to: { frames.take($0) }, onEnd: { [arrivals] in arrivals.finish() })
    }

    package func send(_ text: String) async throws { try await self.send(WebSocketFrame(WebSocketFrame.text, text)) }

    package func send(binary bytes: [UInt8]) async throws {
        try await self.send(WebSocketFrame(WebSocketFrame.binary, bytes))
    }

    package func send(_ frame: WebSocketFrame) async throws { try await self.connection.send(frame.bytes) }

    /// Sends several frames in one write.
    package func send(_ frames: [WebSocketFrame]) async throws {
        try await self.connection.send(frames.flatMap(\.bytes))
    }

    /// The next message, nil once the connection has ended.
    package func receive(within limit: Duration = .seconds(20), _ awaited: String = "a message") async throws
        -> Message?
    {
        try await self.arrivals.next(within: limit, awaited)
    }

    /// The next message, which must be text.
    package func text(within limit: Duration = .seconds(20)) async throws -> String {
        let message = try await self.receive(within: limit, "a text message")
        guard case .text(let text) = message else { throw Unexpected(message: message) }
        return text
    }

    /// The next message, which must be binary.
    package func binary(within limit: Duration = .seconds(20)) async throws -> [UInt8] {
        let message = try await self.receive(within: limit, "a binary message")
        guard case .binary(let bytes) = message else { throw Unexpected(message: message) }
        return bytes
    }

    /// Waits for the end, and returns the close code that came before it, if any did.
    @discardableResult
    package func closeCode(within limit: Duration = .seconds(20)) async throws -> Int? {
        var code: Int?
        let deadline = ContinuousClock.now + limit
        while let message = try await self.receive(within: deadline - .now, "the end of the connection") {
            if case .close(let sent, _) = message {
                code = sent
                // The close handshake is the client's to complete (RFC 6455 §5.5.1).
                try? await self.send(
                    WebSocketFrame(WebSocketFrame.close, sent.map { [UInt8($0 >> 8), UInt8($0 & 255)] } ?? []))
            }
        }
        return code
    }

    /// What arrived in place of what a test awaited.
    package struct Unexpected: Error { package let message: Message? }

    package func stopReading() async throws { try await self.connection.stopReading() }
    package func startReading() async throws { try await self.connection.startReading() }

    /// Closes the TCP connection without a close frame.
    package func drop() async { await self.connection.close() }
}

/// Cuts bytes into frames and joins fragments; runs on the connection's loop.
private final class FrameReader: Sendable {
    private let answersPings: Bool
    private let arrivals: Mailbox<RawWebSocket.Message>
    private let connection: TCPConnection
    private let unread = NIOLockedValueBox((bytes: [UInt8](), fragments: [WebSocketFrame]()))

    init(answersPings: Bool, to arrivals: Mailbox<RawWebSocket.Message>, over connection: TCPConnection) {
        self.answersPings = answersPings
        self.arrivals = arrivals
        self.connection = connection
    }

    func take(_ bytes: [UInt8]) {
        let messages = self.unread.withLockedValue { unread in
            unread.bytes += bytes
            var messages: [RawWebSocket.Message] = []
            var position = 0
            while let (frame, end) = WebSocketFrame.parse(unread.bytes, from: position) {
                position = end
                if let message = Self.message(of: frame, after: &unread.fragments) { messages.append(message) }
            }
            unread.bytes.removeFirst(position)
            return messages
        }
        for message in messages {
            if self.answersPings, message == .text("2") {
                self.connection.post(WebSocketFrame(WebSocketFrame.text, "3").bytes)
            } else {
                self.arrivals.put(message)
            }
        }
    }

    private static func message(
        of frame: WebSocketFrame, after fragments: inout [WebSocketFrame]
    ) -> RawWebSocket.Message? {
        if frame.isMasked || frame.reserved != 0 { return .malformed("\(frame)") }
        switch frame.opcode {
        case WebSocketFrame.close:
            guard frame.payload.count >= 2 else { return .close(code: nil, reason: "") }
            let code = Int(frame.payload[0]) << 8 | Int(frame.payload[1])
            return .close(code: code, reason: String(decoding: frame.payload.dropFirst(2), as: UTF8.self))
        case WebSocketFrame.ping: return .ping(frame.payload)
        case WebSocketFrame.pong: return .pong(frame.payload)
        case WebSocketFrame.continuation, WebSocketFrame.text, WebSocketFrame.binary:
            guard (frame.opcode == WebSocketFrame.continuation) != fragments.isEmpty else {
                return .malformed("\(frame)")
            }
            fragments.append(frame)
            guard frame.isFinal else { return nil }
            defer { fragments = [] }
            let payload = fragments.count == 1 ? frame.payload : fragments.flatMap(\.payload)
            guard fragments[0].opcode == WebSocketFrame.text else { return .binary(payload) }
            return String(validating: payload, as: UTF8.self).map { .text($0) } ?? .malformed("text that is not UTF-8")
        default: return .malformed("\(frame)")
        }
    }
}
