import EngineIO
import FuzzDrivers
import NIOCore
import Testing

@Suite struct UTF8ValidationTests {
    @Test(arguments: ["", "a", "12345678", "123456789", "1234567é", "éééé", "€", "😀", "1234567😀89", "\u{0}\u{7f}"])
    func textIsValid(_ text: String) {
        #expect(ByteBuffer(string: text).isValidUTF8)
    }

    static let malformed: [[UInt8]] = [
        [0x80], [0xc3], [0xc0, 0x80], [0xc1, 0xbf], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xf0, 0x80, 0x80, 0x80],
        [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xff], [0xe2, 0x82], [0xf0, 0x9f, 0x98],
    ]

    @Test(arguments: malformed) func malformedSequenceIsFoundWhereverItStands(_ sequence: [UInt8]) {
        for before in 0...17 {
            for after in [0, 1, 8] {
                let bytes = [UInt8](repeating: 0x41, count: before) + sequence + [UInt8](repeating: 0x42, count: after)
                #expect(!ByteBuffer(bytes: bytes).isValidUTF8, "\(before) in front, \(after) behind")
            }
        }
    }

    @Test func randomBytesAreJudgedAsTheStandardLibraryJudgesThem() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<3_000 {
            var bytes = Array("plain text, é€😀 and more".utf8)
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            bytes.removeFirst(Int.random(in: 0...20, using: &random))
            let isValid = String(validating: bytes, as: UTF8.self) != nil
            #expect(ByteBuffer(bytes: bytes).isValidUTF8 == isValid, "seed \(seed): \(bytes)")
        }
    }
}
