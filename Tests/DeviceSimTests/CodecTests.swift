import Foundation
import Seeding
import Settings
import Testing

@testable import DeviceSim

@Suite struct CodecTests {
    private func payload(_ codec: Codec, fields: [Field], size: Int = 0, seed: UInt64 = 1) -> [UInt8] {
        var device = Device(number: 1, seed: seed, fields: fields, rate: 2, codec: codec, payloadSize: size)
        var writer = PayloadWriter()
        device.writeTelemetry(at: 0, timestamp: 1_700_000_000_123, into: &writer)
        return writer.bytes
    }

    private static let constants = [
        Field(name: "a", model: .replay([.integer(-500)])), Field(name: "b", model: .replay([.decimal(1.5)])),
        Field(name: "c", model: .replay([.text("on")])),
    ]

    /// The bytes as RFC 8949 has them, written by hand.
    @Test func cborIsTheMapOfTheSameMembers() {
        let expected: [UInt8] =
            [0xA7, 0x62] + Array("ts".utf8) + [0x1B, 0x00, 0x00, 0x01, 0x8B, 0xCF, 0xE5, 0x68, 0x7B]
            + [0x63] + Array("seq".utf8) + [0x01] + [0x61] + Array("a".utf8) + [0x39, 0x01, 0xF3]
            + [0x61] + Array("b".utf8) + [0xFB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0] + [0x61] + Array("c".utf8)
            + [0x62] + Array("on".utf8) + [0x64] + Array("rate".utf8) + [0x02] + [0x63] + Array("led".utf8)
            + [0x63] + Array("off".utf8)
        #expect(self.payload(.cbor, fields: Self.constants) == expected)
    }

    @Test func packedIsAHeadAndTheFieldsInBigEndian() {
        let payload = self.payload(.packed, fields: Self.constants, size: 60)
        let number = { (range: Range<Int>) in payload[range].reduce(0 as UInt64) { $0 << 8 | UInt64($1) } }
        #expect(number(0..<8) == 1_700_000_000_123_000)
        #expect(number(8..<16) == 1)
        #expect(Int64(bitPattern: number(16..<24)) == -500)
        #expect(Float(bitPattern: UInt32(number(24..<28))) == 1.5)
        #expect(payload[28] == 2)
        #expect(String(decoding: payload[29..<31], as: UTF8.self) == "on")
        #expect(payload.count == 60)
    }

    @Test func randomBytesHaveTheirSizeAndTheirSeed() {
        #expect(self.payload(.random, fields: []).count == 64)
        #expect(self.payload(.random, fields: [], size: 1001).count == 1001)
        #expect(self.payload(.random, fields: [], seed: 5) == self.payload(.random, fields: [], seed: 5))
        #expect(self.payload(.random, fields: [], seed: 5) != self.payload(.random, fields: [], seed: 6))
    }

    @Test func aReplayGivesWhatWasMeasuredInOrderAndBeginsAgain() throws {
        let text = "time,temp,state\r\n1,20.5,\"on, \"\"high\"\"\"\n2,-3,off\n\n3,,off\n"
        let values = try CSVColumn.values(of: "temp", in: text)
        #expect(values == [.decimal(20.5), .integer(-3), .text("")])
        #expect(try CSVColumn.values(of: "state", in: text).first == .text(#"on, "high""#))
        var source = ValueSource(.replay(values), random: .init(seed: 4))
        let read = (0..<7).map { _ in source.next(at: 0) }
        #expect(read[0] == read[3] && read[1] == read[4] && read[2] == read[5])
        #expect(Set(read.map { "\($0)" }).count == 3)
    }

    @Test(arguments: ["", "a,b\n", "a,b\n1\n"]) func aColumnThatIsNotThereIsRefused(text: String) {
        #expect(throws: PatternError.self) { try CSVColumn.values(of: "b", in: text) }
    }
}
