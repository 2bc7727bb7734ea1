import NIOCore
import SocketIO
import Testing

@Suite struct JSONAccessorTests {
    @Test func everyValueIsOfItsOneKind() throws {
        for (text, kind) in [
            ("null", 0), ("true", 1), ("false", 1), ("-1.5", 2), ("0", 2), ("\"null\"", 3), ("[]", 4), ("{}", 5),
        ] {
            let value = try json(text)
            let kinds = [
                value.isNull, value.bool != nil, value.double != nil, value.string != nil, value.elements != nil,
                value.members != nil,
            ]
            #expect(kinds.indices.filter { kinds[$0] } == [kind], "\(text)")
            #expect(value.isArray == (kind == 4))
            #expect(value.isObject == (kind == 5))
        }
    }

    @Test func whitespaceAroundAValueIsLeftOut() throws {
        #expect(try String(buffer: json(" \t\r\n {\"a\": 1} \n").bytes) == "{\"a\": 1}")
        #expect(try json(" 1 ") == 1)
    }

    static let numbers: [(String, Double?, Int?)] = [
        ("0", 0, 0), ("-0", 0, 0), ("7", 7, 7), ("-7", -7, -7), ("1.0", 1, 1), ("70e-1", 7, 7), ("1e3", 1_000, 1_000),
        ("0.5", 0.5, nil), ("-1.25E+2", -125, -125),
        ("9007199254740993", 9_007_199_254_740_992, 9_007_199_254_740_993),
        ("9223372036854775807", 0x1p63, .max),
        ("-9223372036854775808", -9_223_372_036_854_775_808, .min),
        ("9223372036854775808", 9_223_372_036_854_775_808, nil),
        ("12345678901234567890", 12_345_678_901_234_567_168, nil),
        ("1e300", 1e300, nil), ("1e400", nil, nil), ("-1e400", nil, nil), ("1e-400", 0, 0),
        ("true", nil, nil), ("\"7\"", nil, nil), ("null", nil, nil), ("[7]", nil, nil),
    ]

    @Test(arguments: numbers) func numbersAreReadAsWritten(_ text: String, _ double: Double?, _ int: Int?) throws {
        #expect(try json(text).double == double)
        #expect(try json(text).int == int)
    }

    @Test func numberOfManyDigitsCostsNoMoreThanItsLength() throws {
        let digits = try json(String(repeating: "9", count: 200_000))
        #expect(digits.double == nil)
        #expect(digits.int == nil)
    }

    static let strings: [(String, String)] = [
        (#""""#, ""),
        (#""plain""#, "plain"),
        (#""é€😀""#, "é€😀"),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        (#""\u0041\u00e9\u20AC""#, "Aé€"),
        (#""\ud83d\ude00""#, "😀"),
        (#""\uD83D\uDE00!""#, "😀!"),
        (#""\u0000""#, "\u{0}"),
        (#""\ud83d""#, "\u{fffd}"),
        (#""\ude00x""#, "\u{fffd}x"),
        (#""\ud83dx""#, "\u{fffd}x"),
        (#""\ud83d\n""#, "\u{fffd}\n"),
        (#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
        (#""\ude00\ude00""#, "\u{fffd}\u{fffd}"),
        (#""\ud83d\u0041""#, "\u{fffd}A"),
        (#""\\u0041""#, "\\u0041"),
        ("\"\u{7f}\u{2028}\"", "\u{7f}\u{2028}"),
    ]

    @Test(arguments: strings) func escapesAreUndone(_ text: String, _ string: String) throws {
        #expect(try json(text).string.map { Array($0.utf8) } == Array(string.utf8))
    }

    @Test(arguments: ["", "plain", "\"quoted\"", "back\\slash", "\u{0}\u{1f}\n\r\t\u{8}", "é€😀", "/", "\u{7f}\u{2028}"])
    func stringsAreWrittenSoThatTheyReadBack(_ string: String) throws {
        let value = JSON(string)
        #expect(try json(String(buffer: value.bytes)).string == string)
    }

    @Test func onlyWhatMustBeEscapedIs() {
        #expect(String(buffer: JSON("a/é\"\\\n\u{1}😀").bytes) == #""a/é\"\\\n\u0001😀""#)
    }

    @Test func membersAreFoundByTheirDecodedNames() throws {
        let object = try json(##"{"a":1,"\u0062":2,"":3,"a\"b":4,"é":5,"a":6, "n" : null}"##)
        #expect(object["a"] == 6)
        #expect(object["b"] == 2)
        #expect(object[""] == 3)
        #expect(object["a\"b"] == 4)
        #expect(object["é"] == 5)
        #expect(object["n"]?.isNull == true)
        #expect(object["missing"] == JSON?.none)
        #expect(object["\\u0062"] == JSON?.none)
        #expect(object.members?.map(\.key) == ["a", "b", "", "a\"b", "é", "a", "n"])
    }

    /// Two names that look alike are two names, as in every other language.
    @Test func namesAreComparedByTheirScalars() throws {
        let object = try json("{\"e\u{301}\":1,\"\u{e9}\":2}")
        #expect(object["e\u{301}"] == 1)
        #expect(object["\u{e9}"] == 2)
    }

    @Test func whatHasNoMembersHasNone() throws {
        for text in ["[]", "[{\"a\":1}]", "\"a\"", "1", "null", "true"] {
            #expect(try json(text)["a"] == JSON?.none)
        }
    }

    @Test func largeContainersPassButAreNotReadOut() throws {
        let list = { (count: Int) in "[" + Array(repeating: "0", count: count).joined(separator: ",") + "]" }
        #expect(try json(list(10_000)).elements?.count == 10_000)
        #expect(try json(list(10_001)).elements == nil)
        let object = { (count: Int) in "{" + (0..<count).map { "\"\($0)\":0" }.joined(separator: ",") + "}" }
        #expect(try json(object(10_000))["9999"] == 0)
        #expect(try json(object(10_001)).members == nil)
        #expect(try json(object(10_001))["0"] == JSON?.none)
    }

    @Test func literalsWriteTheirJSON() {
        let value: JSON = [
            "ok": true, "off": false, "n": -1, "none": .null, "list": [1, "two"], "object": ["a": [:]],
        ]
        #expect(
            String(buffer: value.bytes)
                == #"{"ok":true,"off":false,"n":-1,"none":null,"list":[1,"two"],"object":{"a":{}}}"#)
        #expect(String(buffer: JSON.array([]).bytes) == "[]")
        #expect(String(buffer: JSON.object([("a\"", .array([1, .null]))]).bytes) == #"{"a\"":[1,null]}"#)
        #expect(JSON(UInt64.max).bytes == ByteBuffer(string: "18446744073709551615"))
    }

    @Test func placeholderIsReadByItsIndex() throws {
        #expect(JSON.placeholder(3).placeholder == 3)
        #expect(try json(#"{"num":1,"_placeholder":true}"#).placeholder == 1)
        #expect(try json(#"{"_placeholder":false,"num":1}"#).placeholder == nil)
        #expect(try json(#"{"_placeholder":true}"#).placeholder == nil)
        #expect(try json("[]").placeholder == nil)
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        for bytes: [UInt8] in [[0x22, 0xff, 0x22], [0x22, 0xc3, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22]] {
            #expect(throws: JSONError.invalidUTF8) { try JSON(validating: ByteBuffer(bytes: bytes)) }
        }
    }
}
