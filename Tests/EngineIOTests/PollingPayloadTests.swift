import EngineIO
import FuzzDrivers
import NIOCore
import Testing

@Suite struct PollingPayloadTests {
    static let wire: [(String, [EnginePacket])] = [
        ("4hello", [.text(ByteBuffer(string: "hello"))]),
        ("4a\u{1e}4b\u{1e}4c", ["a", "b", "c"].map { .text(ByteBuffer(string: $0)) }),
        ("2\u{1e}4€", [.ping(ByteBuffer()), .text(ByteBuffer(string: "€"))]),
        ("bAQIDBA==", [.binary(ByteBuffer(bytes: [1, 2, 3, 4]))]),
        (
            "4hello\u{1e}bAQID\u{1e}4x",
            [
                .text(ByteBuffer(string: "hello")), .binary(ByteBuffer(bytes: [1, 2, 3])),
                .text(ByteBuffer(string: "x")),
            ]
        ),
        ("b", [.binary(ByteBuffer())]),
        ("1", [.close]),
        ("6\u{1e}6", [.noop, .noop]),
        (
            #"451-["e",{"_placeholder":true,"num":0}]"# + "\u{1e}b/w==",
            [
                .text(ByteBuffer(string: #"51-["e",{"_placeholder":true,"num":0}]"#)),
                .binary(ByteBuffer(bytes: [255])),
            ]
        ),
    ]

    @Test(arguments: wire) func bodyIsReadAsItsPackets(_ body: String, _ packets: [EnginePacket]) throws {
        #expect(try PollingPayload.decode(ByteBuffer(string: body)) == packets)
    }

    @Test(arguments: wire) func packetsAreWrittenAsTheirBody(_ body: String, _ packets: [EnginePacket]) {
        var written = ByteBuffer()
        for packet in packets { PollingPayload.append(packet, to: &written) }
        #expect(String(buffer: written) == body)
    }

    static let refused: [(String, EngineError)] = [
        ("", .emptyPacket),
        ("\u{1e}", .emptyPacket),
        ("4a\u{1e}", .emptyPacket),
        ("\u{1e}4a", .emptyPacket),
        ("4a\u{1e}\u{1e}4b", .emptyPacket),
        ("abc", .unknownPacketType(UInt8(ascii: "a"))),
        ("4a\u{1e}9", .unknownPacketType(UInt8(ascii: "9"))),
        ("bAQ*D", .invalidBase64),
        ("bA", .invalidBase64),
        // Protocol 3 has the packet's length in front, and the type of a binary packet.
        ("9:4hello", .unknownPacketType(UInt8(ascii: "9"))),
        ("b4AQID", .invalidBase64),
    ]

    @Test(arguments: refused)
    func malformedBodyIsRefused(_ body: String, _ error: EngineError) {
        #expect(throws: error) { try PollingPayload.decode(ByteBuffer(string: body)) }
    }

    /// As Java's clients send it.
    @Test(arguments: ["\n", "\r\n", " "]) func base64MayBeWrappedInLines(_ lineBreak: String) throws {
        let bytes = ByteBuffer(bytes: (0..<200).map { UInt8($0) })
        var plain = ByteBuffer()
        Base64.encode(bytes, into: &plain)
        let characters = Array(String(buffer: plain))
        let lines = stride(from: 0, to: characters.count, by: 76).map {
            String(characters[$0..<min($0 + 76, characters.count)])
        }
        let body = "4first\u{1e}b" + lines.joined(separator: lineBreak) + lineBreak + "\u{1e}4last"
        let packets = try PollingPayload.decode(ByteBuffer(string: body))
        #expect(packets == [.text(ByteBuffer(string: "first")), .binary(bytes), .text(ByteBuffer(string: "last"))])
    }

    @Test(arguments: [[0x34, 0xff], [0x34, 0xc3], [0x34, 0xed, 0xa0, 0x80], [0x34, 0xc0, 0xaf]] as [[UInt8]])
    func bodyThatIsNotUTF8IsRefused(_ bytes: [UInt8]) {
        #expect(throws: EngineError.invalidUTF8) { try PollingPayload.decode(ByteBuffer(bytes: bytes)) }
    }

    @Test func packetsBeyondTheLimitAreRefused() throws {
        let body = { (count: Int) in ByteBuffer(string: Array(repeating: "6", count: count).joined(separator: "\u{1e}"))
        }
        #expect(try PollingPayload.decode(body(3), limit: 3).count == 3)
        #expect(throws: EngineError.tooManyPackets) { try PollingPayload.decode(body(4), limit: 3) }
        #expect(try PollingPayload.decode(body(16_384)).count == 16_384)
        #expect(throws: EngineError.tooManyPackets) { try PollingPayload.decode(body(16_385)) }
    }

    @Test func anyPacketsSurviveTheWayThroughABody() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            let packets = (0..<Int.random(in: 1...12, using: &random)).map { _ in Self.packet(&random) }
            var body = ByteBuffer()
            for packet in packets { PollingPayload.append(packet, to: &body) }
            #expect(try PollingPayload.decode(body) == packets, "seed \(seed)")
        }
    }

    private static func packet(_ random: inout SeededRandom) -> EnginePacket {
        let length = Int.random(in: 0...40, using: &random)
        let text = ByteBuffer(
            string: String((0..<length).map { _ in "aé€😀\"\\{}0".randomElement(using: &random) ?? "a" }))
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return .open(text)
        case 1: return .close
        case 2: return .ping(text)
        case 3: return .pong(text)
        case 4: return .text(text)
        case 5: return .binary(ByteBuffer(bytes: (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }))
        case 6: return .upgrade
        default: return .noop
        }
    }
}
