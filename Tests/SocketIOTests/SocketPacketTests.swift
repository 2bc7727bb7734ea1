import NIOCore
import SocketIO
import Testing

@Suite struct SocketPacketTests {
    /// The text, the namespace, what kind of packet it is, the ack id, the JSON.
    struct Row: Sendable, CustomTestStringConvertible {
        enum Kind: Sendable { case connect, disconnect, event, ack, connectError }

        let text: String
        let kind: Kind
        var namespace = "/"
        var id: UInt64?
        var json: String?

        var testDescription: String { self.text }

        func packet() throws -> SocketPacket {
            let content: SocketPacket.Content =
                switch self.kind {
                case .connect: .connect(try self.json.map(SocketIOTests.json))
                case .disconnect: .disconnect
                case .event: .event(try arguments(#require(self.json)), id: self.id)
                case .ack: .ack(try arguments(#require(self.json)), id: try #require(self.id))
                case .connectError: .connectError(try SocketIOTests.json(#require(self.json)))
                }
            return SocketPacket(namespace: self.namespace, content)
        }
    }

    static let canonical: [Row] = [
        Row(text: "0", kind: .connect),
        Row(text: #"0{"token":"123"}"#, kind: .connect, json: #"{"token":"123"}"#),
        Row(text: "0{}", kind: .connect, json: "{}"),
        Row(text: "0/custom,", kind: .connect, namespace: "/custom"),
        Row(text: #"0/custom,{"a":1}"#, kind: .connect, namespace: "/custom", json: #"{"a":1}"#),
        Row(text: #"0/a/b-c?d=é,{"a":1}"#, kind: .connect, namespace: "/a/b-c?d=é", json: #"{"a":1}"#),
        Row(text: "1", kind: .disconnect),
        Row(text: "1/custom,", kind: .disconnect, namespace: "/custom"),
        Row(text: #"2["message"]"#, kind: .event, json: #"["message"]"#),
        Row(text: #"2["message",1,"2",{"3":[false]}]"#, kind: .event, json: #"["message",1,"2",{"3":[false]}]"#),
        Row(text: #"2456["message",null]"#, kind: .event, id: 456, json: #"["message",null]"#),
        Row(text: #"20["message"]"#, kind: .event, id: 0, json: #"["message"]"#),
        Row(text: #"2/custom,["message"]"#, kind: .event, namespace: "/custom", json: #"["message"]"#),
        Row(text: #"2/custom,7["message"]"#, kind: .event, namespace: "/custom", id: 7, json: #"["message"]"#),
        Row(text: #"2/12,7["message"]"#, kind: .event, namespace: "/12", id: 7, json: #"["message"]"#),
        Row(text: "2[1,2]", kind: .event, json: "[1,2]"),
        Row(text: "2[-1.5e3]", kind: .event, json: "[-1.5e3]"),
        Row(text: #"2[""]"#, kind: .event, json: #"[""]"#),
        Row(text: #"2["Connect"]"#, kind: .event, json: #"["Connect"]"#),
        Row(text: #"2["error"]"#, kind: .event, json: #"["error"]"#),
        Row(
            text: "2[\"e\",1.0,12345678901234567890,1e400,\"\\/\\u00e9\"]", kind: .event,
            json: "[\"e\",1.0,12345678901234567890,1e400,\"\\/\\u00e9\"]"),
        Row(text: "218446744073709551615[\"e\"]", kind: .event, id: .max, json: #"["e"]"#),
        Row(text: "3456[]", kind: .ack, id: 456, json: "[]"),
        Row(text: #"30["ok",1]"#, kind: .ack, id: 0, json: #"["ok",1]"#),
        Row(text: #"3/custom,12["connect"]"#, kind: .ack, namespace: "/custom", id: 12, json: #"["connect"]"#),
        Row(text: #"4{"message":"Not authorized"}"#, kind: .connectError, json: #"{"message":"Not authorized"}"#),
        Row(
            text: #"4/x,{"message":"no","data":{"code":1}}"#, kind: .connectError, namespace: "/x",
            json: #"{"message":"no","data":{"code":1}}"#),
    ]

    @Test(arguments: canonical) func textIsReadAsItsPacket(_ row: Row) throws {
        #expect(try decode(row.text) == row.packet())
    }

    @Test(arguments: canonical) func packetIsWrittenAsItsText(_ row: Row) throws {
        #expect(try encode(row.packet()) == row.text)
    }

    /// Read, but written otherwise.
    static let lenient: [(String, String)] = [
        ("0/custom", "0/custom,"),
        ("1/custom", "1/custom,"),
        ("0/,", "0"),
        (#"2/,["e"]"#, #"2["e"]"#),
        (#"2007["e"]"#, #"27["e"]"#),
        (#"50-["e"]"#, #"2["e"]"#),
        (#"5-["e"]"#, #"2["e"]"#),
        (#"60-3["e"]"#, #"33["e"]"#),
        ("4", "4{}"),
    ]

    @Test(arguments: lenient) func deviationIsReadAsWhatItMeans(_ text: String, _ canonical: String) throws {
        let packet = try #require(try decode(text))
        #expect(encode(packet) == canonical)
        #expect(try decode(canonical) == packet)
    }

    @Test func whitespaceAroundThePayloadIsNoPartOfItsValues() throws {
        let packet = try #require(try decode("2 [ \"e\" , 1 ]\n"))
        guard case .event(let arguments, id: nil) = packet.content else {
            Issue.record("not an event")
            return
        }
        #expect(arguments[0] == "e")
        #expect(arguments[1] == 1)
        #expect(arguments.count == 2)
    }

    static let refused: [(String, PacketError)] = [
        ("", .empty),
        ("7", .unknownType(UInt8(ascii: "7"))),
        ("abc", .unknownType(UInt8(ascii: "a"))),
        (" 0", .unknownType(UInt8(ascii: " "))),
        ("\u{1e}", .unknownType(0x1e)),
        // CONNECT takes an object or nothing.
        ("0[]", .invalidPayload),
        ("012{}", .invalidPayload),
        ("00", .invalidPayload),
        ("0\"x\"", .invalidPayload),
        ("0null", .invalidPayload),
        ("0true", .invalidPayload),
        ("0/custom,[]", .invalidPayload),
        ("0{", .invalidJSON(.malformed(at: 1))),
        ("0{}{}", .invalidJSON(.malformed(at: 2))),
        // DISCONNECT takes nothing.
        ("1{}", .invalidPayload),
        ("1[]", .invalidPayload),
        ("1 ", .invalidPayload),
        // EVENT takes an array with a name.
        ("2", .invalidJSON(.malformed(at: 0))),
        ("2{}", .invalidJSON(.malformed(at: 0))),
        ("2\"x\"", .invalidJSON(.malformed(at: 0))),
        ("2[]", .invalidPayload),
        ("2[null]", .invalidPayload),
        ("2[{}]", .invalidPayload),
        ("2[[\"e\"]]", .invalidPayload),
        ("2[true,1]", .invalidPayload),
        ("2[\"e\"", .invalidJSON(.malformed(at: 4))),
        ("2[\"e\",]", .invalidJSON(.malformed(at: 5))),
        ("2[\"e\"]x", .invalidJSON(.malformed(at: 5))),
        ("2[\"e\u{1}\"]", .invalidJSON(.malformed(at: 3))),
        ("2abc[\"e\"]", .invalidJSON(.malformed(at: 0))),
        ("2-1[\"e\"]", .invalidJSON(.malformed(at: 0))),
        ("21.5[\"e\"]", .invalidJSON(.malformed(at: 0))),
        ("2/custom,abc[\"e\"]", .invalidJSON(.malformed(at: 0))),
        ("218446744073709551616[\"e\"]", .invalidAckID),
        ("299999999999999999999999[\"e\"]", .invalidAckID),
        // ACK takes an id and an array.
        ("3[]", .invalidAckID),
        ("3", .invalidAckID),
        ("31", .invalidJSON(.malformed(at: 0))),
        ("31{}", .invalidJSON(.malformed(at: 0))),
        ("318446744073709551616[]", .invalidAckID),
        // CONNECT_ERROR takes an object.
        ("4\"Unable to connect\"", .invalidPayload),
        ("4[]", .invalidPayload),
        // Binary packets count their attachments.
        ("5[\"e\"]", .invalidAttachmentCount),
        ("51[\"e\"]", .invalidAttachmentCount),
        ("5", .invalidAttachmentCount),
        ("51", .invalidAttachmentCount),
        ("5x-[\"e\"]", .invalidAttachmentCount),
        ("5-1-[\"e\"]", .invalidJSON(.malformed(at: 0))),
        ("5 1-[\"e\"]", .invalidAttachmentCount),
        ("51.5-[\"e\"]", .invalidAttachmentCount),
        ("511-[\"e\"]", .tooManyAttachments),
        ("599999999999999999999-[\"e\"]", .tooManyAttachments),
        ("61-[\"e\"]", .invalidAckID),
        ("61-1{}", .invalidJSON(.malformed(at: 0))),
    ]

    @Test(arguments: refused) func malformedTextIsRefused(_ text: String, _ error: PacketError) {
        #expect(throws: error) { try decode(text) }
    }

    @Test(arguments: ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"])
    func reservedNameIsRefused(_ name: String) {
        #expect(throws: PacketError.reservedEvent) { try decode("2[\"\(name)\",1]") }
        #expect(throws: PacketError.reservedEvent) { try decode("2/custom,12[\"\(name)\"]") }
        #expect(throws: PacketError.reservedEvent) { try decode("51-[\"\(name)\",{\"_placeholder\":true,\"num\":0}]") }
    }

    @Test func reservedNameIsSeenThroughItsEscapes() {
        #expect(throws: PacketError.reservedEvent) { try decode(#"2["\u0063onnect"]"#) }
        #expect(throws: PacketError.reservedEvent) { try decode(#"2["disconn\u0065\u0063t"]"#) }
    }

    @Test func namespaceHasALongestName() throws {
        let longest = "/" + String(repeating: "x", count: 511)
        #expect(try decode("0\(longest),")?.namespace == longest)
        #expect(try decode("0\(longest)")?.namespace == longest)
        #expect(throws: PacketError.invalidNamespace) { try decode("0\(longest)x,") }
        #expect(throws: PacketError.invalidNamespace) { try decode("0\(longest)x") }
    }

    @Test func nestingHasADeepestLevel() throws {
        let nested = { (depth: Int) in
            "2[\"e\",\(String(repeating: "[", count: depth))0\(String(repeating: "]", count: depth))]"
        }
        #expect(try decode(nested(128)) != nil)
        #expect(throws: PacketError.invalidJSON(.tooDeep)) { try decode(nested(129)) }
        #expect(throws: PacketError.invalidJSON(.tooDeep)) { try decode(nested(100_000)) }
    }

    @Test func argumentsHaveALargestNumber() throws {
        let event = { (count: Int) in "2[" + Array(repeating: "1", count: count).joined(separator: ",") + "]" }
        #expect(try decode(event(1_000)) != nil)
        #expect(throws: PacketError.invalidJSON(.tooManyElements)) { try decode(event(1_001)) }
    }
}
