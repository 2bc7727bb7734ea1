import NIOCore
import NIOWebSocket
import Testing

@testable import SocketIOClient

/// The bytes of WebSocket frames, out and in.
@Suite struct FramesTests {
    /// Takes a masked frame apart byte by byte, as RFC 6455 §5.3 describes it.
    private func unmask(_ frame: ByteBuffer) throws -> (first: UInt8, payload: [UInt8]) {
        var bytes = Array(frame.readableBytesView)[...]
        func take(_ count: Int) throws -> [UInt8] {
            try #require(bytes.count >= count)
            defer { bytes = bytes.dropFirst(count) }
            return Array(bytes.prefix(count))
        }
        let first = try take(1)[0]
        let second = try take(1)[0]
        #expect(second & 0x80 == 0x80)
        let extended = try take(second & 0x7f == 126 ? 2 : second & 0x7f == 127 ? 8 : 0)
        let length = extended.isEmpty ? Int(second & 0x7f) : extended.reduce(0) { $0 << 8 | Int($1) }
        let key = try take(4)
        let masked = try take(length)
        #expect(bytes.isEmpty)
        return (first, masked.enumerated().map { $1 ^ key[$0 % 4] })
    }

    @Test(
        "a frame of any length has the shortest header and its payload masked",
        arguments: [0, 1, 3, 4, 7, 8, 9, 15, 17, 125, 126, 127, 1000, 65_535, 65_536, 70_001])
    func masking(count: Int) throws {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var buffer = ByteBuffer()
        buffer.writeMaskedFrame(.binary, key: 0x8142_c3f0) { $0.writeBytes(payload) }
        let header = count < 126 ? 6 : count < 65_536 ? 8 : 14
        #expect(buffer.readableBytes == header + count)
        let (first, unmasked) = try self.unmask(buffer)
        #expect(first == 0x82)
        #expect(unmasked == payload)
    }

    @Test("frames behind one another, and behind bytes already read, do not touch each other")
    func severalFrames() throws {
        var buffer = ByteBuffer(string: "read")
        buffer.moveReaderIndex(forwardBy: 4)
        buffer.writeMaskedFrame(.text, key: 0x0102_0304) { $0.writeString(String(repeating: "a", count: 300)) }
        let end = buffer.readableBytes
        buffer.writeMaskedFrame(.text, key: 0xfffe_fdfc) { $0.writeString("second") }
        let first = buffer.readSlice(length: end)
        #expect(try self.unmask(try #require(first)).payload == Array(repeating: UInt8(ascii: "a"), count: 300))
        #expect(try self.unmask(buffer).payload == Array("second".utf8))
    }

    // MARK: Messages

    private func frame(
        _ opcode: WebSocketOpcode, _ text: String, fin: Bool = true, rsv1: Bool = false,
        mask: WebSocketMaskingKey? = nil
    ) -> WebSocketFrame {
        WebSocketFrame(fin: fin, rsv1: rsv1, opcode: opcode, maskKey: mask, data: ByteBuffer(string: text))
    }

    @Test("fragments become one message, a ping between them does not disturb")
    func fragments() {
        var assembler = MessageAssembler(maximumBytes: 100)
        #expect(assembler.received(self.frame(.text, "", fin: false)) == .nothing)
        #expect(assembler.received(self.frame(.continuation, "one ", fin: false)) == .nothing)
        #expect(assembler.received(self.frame(.ping, "?")) == .ping(ByteBuffer(string: "?")))
        #expect(assembler.received(self.frame(.continuation, "two")) == .text(ByteBuffer(string: "one two")))
        #expect(assembler.received(self.frame(.binary, "three")) == .binary(ByteBuffer(string: "three")))
    }

    @Test("a message that grows beyond the limit by fragments is too large")
    func tooLarge() {
        var assembler = MessageAssembler(maximumBytes: 8)
        #expect(assembler.received(self.frame(.binary, "12345", fin: false)) == .nothing)
        #expect(assembler.received(self.frame(.continuation, "6789")) == .tooLarge)
    }

    @Test("text split within a character is whole again; text that is not UTF-8 is malformed")
    func text() {
        var assembler = MessageAssembler(maximumBytes: 100)
        let euro = Array("€".utf8)
        let start = WebSocketFrame(fin: false, opcode: .text, data: ByteBuffer(bytes: euro[..<1]))
        let end = WebSocketFrame(fin: true, opcode: .continuation, data: ByteBuffer(bytes: euro[1...]))
        #expect(assembler.received(start) == .nothing)
        #expect(assembler.received(end) == .text(ByteBuffer(string: "€")))
        guard
            case .malformed = assembler.received(
                WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: [0xff])))
        else {
            Issue.record("half a character was taken for text")
            return
        }
    }

    @Test("what a server must not send is malformed")
    func malformed() {
        let frames = [
            self.frame(.text, "x", mask: [1, 2, 3, 4]), self.frame(.text, "x", rsv1: true),
            self.frame(.continuation, "x"), self.frame(WebSocketOpcode(encodedWebSocketOpcode: 3) ?? .ping, "x"),
        ]
        for frame in frames {
            var assembler = MessageAssembler(maximumBytes: 100)
            guard case .malformed = assembler.received(frame) else {
                Issue.record("\(frame) was taken")
                continue
            }
        }
        var assembler = MessageAssembler(maximumBytes: 100)
        _ = assembler.received(self.frame(.text, "x", fin: false))
        guard case .malformed = assembler.received(self.frame(.text, "y")) else {
            Issue.record("a message within a message was taken")
            return
        }
    }
}
