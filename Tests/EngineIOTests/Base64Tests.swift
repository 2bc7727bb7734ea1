import EngineIO
import FuzzDrivers
import NIOCore
import Testing

@Suite struct Base64Tests {
    /// RFC 4648 §10.
    static let vectors = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]

    @Test(arguments: vectors) func standardVectorsAreWrittenAndRead(_ plain: String, _ encoded: String) {
        var buffer = ByteBuffer(string: "before ")
        Base64.encode(ByteBuffer(string: plain), into: &buffer)
        #expect(String(buffer: buffer) == "before " + encoded)
        #expect(Base64.decode(ByteBuffer(string: encoded)) == ByteBuffer(string: plain))
    }

    static let lenient: [(String, [UInt8])] = [
        ("Zg", Array("f".utf8)),
        ("Zm8", Array("fo".utf8)),
        ("Z\ng\r=\t=", Array("f".utf8)),
        ("\n\nZm9v\n", Array("foo".utf8)),
        ("+/-_", [0xfb, 0xff, 0xbf]),
        ("====", []),
        ("Zg======", Array("f".utf8)),
    ]

    @Test(arguments: lenient) func deviationsThatLoseNothingAreRead(_ text: String, _ bytes: [UInt8]) {
        #expect(Base64.decode(ByteBuffer(string: text)) == ByteBuffer(bytes: bytes))
    }

    @Test(arguments: ["Z", "Zm9vZ", "Z===", "Zg==Zg==", "Zm8=Zm8=", "Zm9*", "Zm\u{0}v", "Zmé", "Zg.="])
    func whatIsNotBase64IsRefused(_ text: String) {
        #expect(Base64.decode(ByteBuffer(string: text)) == nil)
    }

    @Test func everyLengthSurvivesARoundTrip() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        for length in 0...300 {
            let bytes = ByteBuffer(bytes: (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) })
            var encoded = ByteBuffer()
            Base64.encode(bytes, into: &encoded)
            #expect(Base64.decode(encoded) == bytes, "seed \(seed), length \(length)")
        }
    }
}
