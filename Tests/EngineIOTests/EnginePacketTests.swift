import EngineIO
import NIOCore
import Testing

@Suite struct EnginePacketTests {
    static let wire: [(String, EnginePacket)] = [
        (#"0{"sid":"abc"}"#, .open(ByteBuffer(string: #"{"sid":"abc"}"#))),
        ("1", .close),
        ("2", .ping(ByteBuffer())),
        ("2probe", .ping(ByteBuffer(string: "probe"))),
        ("3", .pong(ByteBuffer())),
        ("3probe", .pong(ByteBuffer(string: "probe"))),
        ("4", .text(ByteBuffer())),
        ("4hello", .text(ByteBuffer(string: "hello"))),
        ("4€ 😀 é", .text(ByteBuffer(string: "€ 😀 é"))),
        ("44", .text(ByteBuffer(string: "4"))),
        ("4b", .text(ByteBuffer(string: "b"))),
        ("5", .upgrade),
        ("6", .noop),
    ]

    @Test(arguments: wire) func textFrameIsReadAsItsPacket(_ text: String, _ packet: EnginePacket) throws {
        #expect(try EnginePacket(text: ByteBuffer(string: text)) == packet)
    }

    @Test(arguments: wire) func packetIsWrittenAsItsTextFrame(_ text: String, _ packet: EnginePacket) {
        var frame = ByteBuffer()
        packet.write(to: &frame)
        #expect(String(buffer: frame) == text)
        #expect(packet.isText)
    }

    @Test func binaryPacketIsWrittenWithoutPrefixInABinaryFrame() {
        let bytes = ByteBuffer(bytes: [0, 1, 2, 0x34, 0xff])
        var frame = ByteBuffer()
        EnginePacket.binary(bytes).write(to: &frame)
        #expect(frame == bytes)
        #expect(!EnginePacket.binary(bytes).isText)
    }

    /// Clients set to `forceBase64` send this over WebSocket too.
    @Test func base64IsABinaryMessageInATextFrame() throws {
        let packet = try EnginePacket(text: ByteBuffer(string: "bAQIDBA=="))
        #expect(packet == .binary(ByteBuffer(bytes: [1, 2, 3, 4])))
    }

    @Test(arguments: ["1 and more", "5 and more", "6 and more"])
    func whatFollowsAPacketWithoutDataIsPassedOver(_ text: String) throws {
        let packet = try EnginePacket(text: ByteBuffer(string: text))
        #expect([.close, .upgrade, .noop].contains(packet))
    }

    @Test func emptyFrameIsNoPacket() {
        #expect(throws: EngineError.emptyPacket) { try EnginePacket(text: ByteBuffer()) }
    }

    @Test(arguments: ["7", "9", "a", "B", " 4", "\u{0}", "-1", "é"])
    func unknownTypeIsRefused(_ text: String) throws {
        let first = try #require(text.utf8.first)
        #expect(throws: EngineError.unknownPacketType(first)) { try EnginePacket(text: ByteBuffer(string: text)) }
    }

    @Test func badBase64IsRefused() {
        #expect(throws: EngineError.invalidBase64) { try EnginePacket(text: ByteBuffer(string: "b*")) }
    }

    @Test func frameIsReadFromWhereTheBufferStands() throws {
        var buffer = ByteBuffer(string: "xx4hello")
        buffer.moveReaderIndex(forwardBy: 2)
        #expect(try EnginePacket(text: buffer) == .text(ByteBuffer(string: "hello")))
    }
}
