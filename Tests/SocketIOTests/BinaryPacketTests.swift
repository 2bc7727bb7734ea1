import NIOCore
import SocketIO
import Testing

@Suite struct BinaryPacketTests {
    private static func bytes(_ values: UInt8...) -> ByteBuffer { ByteBuffer(bytes: values) }

    @Test func eventIsWholeWithItsLastAttachment() throws {
        var decoder = PacketDecoder()
        let text = #"52-/custom,7["e",{"_placeholder":true,"num":0},[{"a":{"_placeholder":true,"num":1}}]]"#
        #expect(try decoder.decode(text: ByteBuffer(string: text)) == nil)
        #expect(try decoder.decode(binary: Self.bytes(1, 2)) == nil)
        let packet = try #require(try decoder.decode(binary: Self.bytes(3)))
        #expect(packet.namespace == "/custom")
        #expect(packet.attachments == [Self.bytes(1, 2), Self.bytes(3)])
        guard case .event(let arguments, id: 7) = packet.content else {
            Issue.record("not an event with id 7")
            return
        }
        #expect(arguments.count == 3)
        #expect(arguments.attachment(at: 1) == Self.bytes(1, 2))
        #expect(arguments.attachment(at: 2) == nil)
        #expect(encode(packet) == text)
    }

    @Test func ackIsWholeWithItsLastAttachment() throws {
        var decoder = PacketDecoder()
        let text = #"61-/custom,456[{"_placeholder":true,"num":0}]"#
        #expect(try decoder.decode(text: ByteBuffer(string: text)) == nil)
        let packet = try #require(try decoder.decode(binary: Self.bytes(9)))
        guard case .ack(let arguments, id: 456) = packet.content else {
            Issue.record("not an ack with id 456")
            return
        }
        #expect(arguments.attachment(at: 0) == Self.bytes(9))
        #expect(encode(packet) == text)
    }

    @Test func tenAttachmentsAreTakenAndElevenRefused() throws {
        let text = { (count: Int) in
            let placeholders = (0..<count).map { "{\"_placeholder\":true,\"num\":\($0)}" }.joined(separator: ",")
            return ByteBuffer(string: "5\(count)-[\"e\",\(placeholders)]")
        }
        var decoder = PacketDecoder()
        #expect(try decoder.decode(text: text(10)) == nil)
        for index in 0..<9 { #expect(try decoder.decode(binary: Self.bytes(UInt8(index))) == nil) }
        let packet = try #require(try decoder.decode(binary: Self.bytes(9)))
        #expect(packet.attachments == (0..<10).map { Self.bytes(UInt8($0)) })
        #expect(throws: PacketError.tooManyAttachments) { try decoder.decode(text: text(11)) }
    }

    @Test func emptyAttachmentCounts() throws {
        var decoder = PacketDecoder()
        #expect(try decoder.decode(text: ByteBuffer(string: #"51-["e",{"_placeholder":true,"num":0}]"#)) == nil)
        #expect(try decoder.decode(binary: ByteBuffer())?.attachments == [ByteBuffer()])
    }

    @Test func attachmentsThatNoPlaceholderNamesAreKept() throws {
        var decoder = PacketDecoder()
        #expect(try decoder.decode(text: ByteBuffer(string: #"51-["e"]"#)) == nil)
        let packet = try #require(try decoder.decode(binary: Self.bytes(1)))
        #expect(encode(packet) == #"51-["e"]"#)
        #expect(packet.attachments == [Self.bytes(1)])
    }

    @Test func binaryWithoutAPacketIsRefused() {
        var decoder = PacketDecoder()
        #expect(throws: PacketError.unexpectedBinary) { try decoder.decode(binary: Self.bytes(1)) }
    }

    @Test func binaryAfterAWholePacketIsRefused() throws {
        var decoder = PacketDecoder()
        #expect(try decoder.decode(text: ByteBuffer(string: #"50-["e"]"#)) != nil)
        #expect(throws: PacketError.unexpectedBinary) { try decoder.decode(binary: Self.bytes(1)) }
    }

    @Test func textBetweenAPacketAndItsAttachmentIsRefused() throws {
        var decoder = PacketDecoder()
        #expect(try decoder.decode(text: ByteBuffer(string: #"51-["e",{"_placeholder":true,"num":0}]"#)) == nil)
        #expect(throws: PacketError.missingAttachment) { try decoder.decode(text: ByteBuffer(string: #"2["e"]"#)) }
        #expect(throws: PacketError.missingAttachment) { try decoder.decode(text: ByteBuffer()) }
    }

    @Test func packetAfterABinaryOneIsReadAfresh() throws {
        var decoder = PacketDecoder()
        for round in 0..<3 {
            #expect(try decoder.decode(text: ByteBuffer(string: #"51-["e",{"_placeholder":true,"num":0}]"#)) == nil)
            #expect(try decoder.decode(binary: Self.bytes(UInt8(round)))?.attachments == [Self.bytes(UInt8(round))])
            #expect(try decoder.decode(text: ByteBuffer(string: #"2["e"]"#))?.attachments == [])
        }
    }

    /// An object that says it is a placeholder in a packet without attachments is an object.
    @Test func placeholderInATextPacketIsAnObject() throws {
        for text in [#"2["e",{"_placeholder":true,"num":0}]"#, #"50-["e",{"_placeholder":true,"num":0}]"#] {
            let packet = try #require(try decode(text))
            guard case .event(let arguments, _) = packet.content else {
                Issue.record("not an event")
                return
            }
            #expect(arguments.attachment(at: 1) == nil)
            #expect(encode(packet) == #"2["e",{"_placeholder":true,"num":0}]"#)
        }
    }
}

/// What may stand in a packet of two attachments. Other clients' parsers drop their connection over a placeholder that
/// names nothing, so nothing passes that one of them could take for such.
@Suite struct PlaceholderTests {
    private func passes(_ value: String) throws -> Bool {
        var decoder = PacketDecoder()
        #expect(try decoder.decode(text: ByteBuffer(string: "52-[\"e\",\(value)]")) == nil)
        #expect(try decoder.decode(binary: ByteBuffer()) == nil)
        do throws(PacketError) {
            return try decoder.decode(binary: ByteBuffer()) != nil
        } catch {
            #expect(error == .invalidPlaceholder)
            return false
        }
    }

    @Test(arguments: [
        #"{"_placeholder":true,"num":0}"#,
        #"{"_placeholder":true,"num":1}"#,
        #"{"num":1,"_placeholder":true}"#,
        #"{ "_placeholder" : true , "num" : 1 }"#,
        "[[{\"a\":{\"_placeholder\":true,\n\"num\":1\n}}]]",
        #"{"_placeholder":true,"num":0,"extra":{"num":9}}"#,
        #"{"_placeholder":true,"extra":[5,{"num":9}],"num":0}"#,
        #"{"\u005fplaceholder":true,"n\u0075m":1}"#,
        // Not placeholders.
        #"{"_placeholder":false,"num":9}"#,
        #"{"_placeholder":"true","num":9}"#,
        #"{"_placeholder":1}"#,
        #"{"_placeholder":[true],"num":9}"#,
        #"{"_placeholder":{"num":9}}"#,
        #"{"num":9}"#,
        #"{"num":-1,"x":true}"#,
        #""{\"_placeholder\":true,\"num\":9}""#,
        #"["_placeholder",true,"num",9]"#,
        #"{"a\"_placeholder":true,"num":9}"#,
        #"{"x":"_placeholder","y":true,"num":9}"#,
        #"{"_placeholder ":true,"num":9}"#,
        "{\"\\\\\":true,\"num\":9}",
    ])
    func everyPlaceholderNamesAnAttachment(_ value: String) throws {
        #expect(try self.passes(value))
    }

    @Test(arguments: [
        #"{"_placeholder":true,"num":2}"#,
        #"{"_placeholder":true,"num":10}"#,
        #"{"_placeholder":true,"num":99999999999999999999999}"#,
        #"{"_placeholder":true}"#,
        #"{"_placeholder":true,"num":null}"#,
        #"{"_placeholder":true,"num":"0"}"#,
        #"{"_placeholder":true,"num":[0]}"#,
        #"{"_placeholder":true,"num":{"num":0}}"#,
        #"{"num":2,"_placeholder":true}"#,
        #"[{"a":[{"_placeholder":true,"num":2}]}]"#,
        // Numbers that readers could read differently.
        #"{"_placeholder":true,"num":-1}"#,
        #"{"_placeholder":true,"num":-0}"#,
        #"{"_placeholder":true,"num":0.5}"#,
        #"{"_placeholder":true,"num":1.0}"#,
        #"{"_placeholder":true,"num":1e5}"#,
        #"{"_placeholder":true,"num":1E0}"#,
        // Escapes that hide the names from whoever compares bytes.
        #"{"\u005fplaceholder":true,"num":2}"#,
        #"{"_placeholder":true,"num":0,"\u006eum":2}"#,
        #"{"_pl\u0061ceholder":true,"num":99}"#,
        // Names that stand twice: readers differ in which counts.
        #"{"_placeholder":true,"num":0,"num":"x"}"#,
        #"{"_placeholder":true,"num":2,"num":0}"#,
        #"{"_placeholder":true,"num":0,"num":1}"#,
        #"{"_placeholder":true,"_placeholder":false,"num":2}"#,
        #"{"_placeholder":false,"_placeholder":true,"num":2}"#,
    ])
    func placeholderThatNamesNoneIsRefused(_ value: String) throws {
        #expect(try !self.passes(value))
    }

    @Test func deepestNestingIsChecked() throws {
        let nested = { (number: Int) in
            String(repeating: "[", count: 127) + "{\"_placeholder\":true,\"num\":\(number)}"
                + String(repeating: "]", count: 127)
        }
        #expect(try self.passes(nested(1)))
        #expect(try !self.passes(nested(2)))
    }
}
