import SocketIO
import Testing

/// RFC 8259, case by case.
@Suite struct JSONConformanceTests {
    @Test(arguments: [
        // Literals and scalars, alone.
        "null", "true", "false", "0", "-0", "1", "-1", "\"\"", "\"a\"", "[]", "{}", " null ", "\n[]\r\t",
        // Numbers.
        "10", "123456789", "0.0", "-0.0", "0.1", "1.5", "-1.5", "1e1", "1E1", "1e+1", "1e-1", "1.5e10", "0e0", "0E+0",
        "-0e-0", "1e999", "-1e999", "1e-999", "123456789012345678901234567890", "0.00000000000000000000000001",
        "[-0]", "[1,-1,0.5]",
        // Strings.
        "\" \"", "\"é\"", "\"😀\"", "\"\u{7f}\"", "\"\u{2028}\u{2029}\"", "\"\u{fffe}\"", "\"\u{feff}\"", "\"/\"",
        #""\"""#, #""\\""#, #""\/""#, #""\b\f\n\r\t""#, #""\u0000""#, #""\u005C""#, #""\u00e9\u00E9""#,
        #""\ud83d\ude00""#, #""\ud83d""#, #""\ude00""#, #""\ud83d\ud83d""#, #""\uDADA\u0041""#, #""\\u12""#,
        #""a\\\"b""#, #""\\\\""#, #""/*comment*/""#, #""//""#, "\"[]{},:\"",
        // Arrays.
        "[null]", "[1]", "[1,2]", "[ ]", "[\n]", "[ 1 , 2 ]", "[[]]", "[[],[]]", "[[[[[]]]]]", "[\"\"]",
        "[\"a\",1,null]",
        "[{}]", "[{},{}]", "[1\n,2\r\n]", "[true,false,null]",
        // Objects.
        #"{"a":1}"#, #"{"a":1,"b":2}"#, #"{ "a" : 1 }"#, #"{"":0}"#, #"{"a":{}}"#, #"{"a":{"b":{"c":[]}}}"#,
        #"{"a":1,"a":1}"#, #"{"a":1,"a":2}"#, #"{"\u0061":1}"#, #"{"a":[1,{"b":null}]}"#, "{\n}", "{\"a\":\n1\n}",
        #"{"\"":1}"#, #"{"é":1}"#, #"{"a\u0000b":1}"#,
    ])
    func wellFormedTextIsTaken(_ text: String) throws {
        _ = try json(text)
    }

    @Test(arguments: [
        "", " ", "\n",
        // Literals.
        "nul", "nulll", "Null", "NULL", "tru", "truee", "True", "fals", "n", "t", "f", "undefined", "NaN", "Infinity",
        "-Infinity", "nan", "none", "nulltrue", "null null", "true,",
        // Numbers.
        "-", "+1", "+", "01", "-01", "00", "1.", ".1", "-.1", ".", "1.e1", "1e", "1E", "1e+", "1e-", "1e1.5", "1ee1",
        "e1",
        "1.5.5", "0x1", "0b1", "1_000", "1,000", "- 1", "--1", "-+1", "1 2", "1a", "1f", "０", "1\u{0}", "-a", "0e",
        "0.e1",
        "-2.", "2.e3", "2.e-3", "Inf", "1e+-1",
        // Strings.
        "\"", "\"a", "a\"", "'a'", "\"\\\"", "\"\\a\"", "\"\\x41\"", "\"\\'\"", "\"\\0\"", "\"\\U0041\"", "\"\\u\"",
        "\"\\u0\"", "\"\\u00\"", "\"\\u004\"", "\"\\u004g\"", "\"\\u 041\"", "\"\\u+041\"", "\"\\", "\"\\u004",
        "\"\u{0}\"", "\"\u{1f}\"", "\"\n\"", "\"\t\"", "\"\r\"", "\"\\\n\"", "\"a\"b", "\"a\"\"b\"", "abc", "\\u0041",
        "“a”", "`a`", "\"\\é\"",
        // Arrays.
        "[", "]", "[[", "[]]", "[1", "[1,", "[1,]", "[,]", "[,1]", "[1,,2]", "[1 2]", "[1;2]", "[1:2]", "[1}", "[}",
        "[a]",
        "[\"a\"", "[\"a", "[1]2", "[][]", "[]x", "[1,2],", ",[]", "[null,nul]", "[\u{b}]", "[\u{a0}1]", "[\u{feff}1]",
        "(1)", "[-]", "[...]", "[1,\n", "[{}", "[{]", "[\"a\":1]", "[*]", "[\\n]",
        // Objects.
        "{", "}", "{}}", "{1:1}", "{a:1}", "{'a':1}", "{null:1}", "{[]:1}", "{{}:1}", "{\"a\"}", "{\"a\":}",
        "{\"a\":1,}",
        "{,}", "{,\"a\":1}", "{\"a\":1,,\"b\":2}", "{\"a\":1 \"b\":2}", "{\"a\" 1}", "{\"a\",1}", "{\"a\":1", "{\"a\":",
        "{\"a\"", "{\"a", "{\"a\":1]", "{]", "{\"a\"::1}", "{:1}", "{\"a\":1:2}", "{\"a\":a}", "{\"a\":1}{", "{}{}",
        "{}x",
        "{\"a\":1;}", "{\"a\":1,\"b\"}", "{\"a\":1,b:2}", "{\"a\\\":1}",
        // Comments, marks, separators.
        "/**/1", "1/**/", "1//", "//\n1", "#\n1", "[1/**/]", "{\"a\":1/**/}", "\u{feff}1", "\u{feff}[]", "\u{a0}1",
        "\u{2028}1", "\u{b}1", "\u{c}1", "\u{0}1", "1\u{0}", "1\u{1e}", "\u{85}1", "*", "<a>", ";", ":", ",",
    ])
    func malformedTextIsRefused(_ text: String) {
        #expect(throws: JSONError.self) { try json(text) }
    }

    static let offsets: [(String, Int)] = [
        ("", 0), ("x", 0), (" x", 1), ("[1,x]", 3), ("[1 2]", 3), ("nulx", 3), ("nul", 0), ("\"a\nb\"", 2),
        ("\"\\x\"", 2),
        ("\"\\u00g0\"", 5), ("\"abc", 4), ("[1,2", 4), ("{\"a\" 1}", 5), ("{\"a\":1}}", 7), ("01", 1), ("1.x", 2),
        ("-", 1),
    ]

    @Test(arguments: offsets) func errorTellsWhereTheTextGoesWrong(_ text: String, _ offset: Int) {
        #expect(throws: JSONError.malformed(at: offset)) { try json(text) }
    }

    @Test(arguments: ["[", "{\"a\":", "[{\"a\":"])
    func nestingIsTakenUpToItsDeepestLevel(_ open: String) throws {
        let levels = open.count { "[{".contains($0) }
        let close = String(open.reversed().compactMap { ["[": "]", "{": "}"][$0] })
        let nested = { (count: Int) in
            String(repeating: open, count: count) + "0" + String(repeating: close, count: count)
        }
        _ = try json(nested(128 / levels))
        #expect(throws: JSONError.tooDeep) { try json(nested(128 / levels + 1)) }
        #expect(throws: JSONError.tooDeep) { try json(nested(50_000)) }
        #expect(throws: JSONError.tooDeep) { try json(String(repeating: open, count: 50_000)) }
    }

    /// Objects and arrays within one another, each closed as it was opened, down to the deepest level.
    @Test func everyLevelIsClosedByItsOwnBracket() throws {
        let objects = (0..<128).map { $0 % 3 == 0 }
        let open = objects.map { $0 ? "{\"k\":" : "[" }.joined()
        let close = objects.reversed().map { $0 ? "}" : "]" }
        _ = try json(open + "1" + close.joined())
        for wrong in stride(from: 0, to: 128, by: 7) {
            var brackets = close
            brackets[wrong] = brackets[wrong] == "}" ? "]" : "}"
            #expect(throws: JSONError.malformed(at: open.utf8.count + 1 + wrong)) {
                try json(open + "1" + brackets.joined())
            }
        }
    }
}
