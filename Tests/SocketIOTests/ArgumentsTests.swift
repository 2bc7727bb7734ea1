import NIOCore
import SocketIO
import Testing

@Suite struct ArgumentsTests {
    @Test func argumentsAreReadOneByOne() throws {
        let arguments = try arguments(#" [ "name" , 1.0,{"a":[1,2]} ,null,[],"x,y]" ] "#)
        #expect(arguments.count == 6)
        #expect(arguments[0]?.string == "name")
        #expect(try arguments[1]?.bytes == json("1.0").bytes)
        #expect(arguments[2]?["a"]?.elements == [1, 2])
        #expect(arguments[3]?.isNull == true)
        #expect(arguments[4]?.elements == [])
        #expect(arguments[5]?.string == "x,y]")
    }

    /// There, and null, are two things.
    @Test func thereIsNoArgumentBesideThem() throws {
        let arguments = try arguments("[null]")
        for index in [-1, 1, 2, Int.min, Int.max] {
            let missing: JSON? = arguments[index]
            #expect(missing == JSON?.none, "at \(index)")
        }
        #expect(arguments[0] == JSON.null)
    }

    @Test func valuesAreWrittenAsOneArray() {
        #expect(String(buffer: Arguments([]).bytes) == "[]")
        let arguments = Arguments(["telemetry", ["a": 1], .null, true, [1, 2]])
        #expect(String(buffer: arguments.bytes) == #"["telemetry",{"a":1},null,true,[1,2]]"#)
        #expect(arguments.count == 5)
        #expect(arguments[1] == ["a": 1])
        #expect(arguments[4] == [1, 2])
    }

    @Test func writtenArgumentsEqualTheSameOnesRead() throws {
        #expect(try Arguments(["e", 1]) == arguments(#"["e",1]"#))
        #expect(try Arguments([]) == arguments("[]"))
    }

    static let tails: [(String, Int, String)] = [
        (#"["a","b","c"]"#, 0, #","a","b","c"]"#),
        (#"["a","b","c"]"#, 1, #","b","c"]"#),
        (#"["a","b","c"]"#, 2, #","c"]"#),
        (#"["a","b","c"]"#, 3, "]"),
        (#"["a","b","c"]"#, 4, "]"),
        (#"["a","b","c"]"#, .max, "]"),
        (#"["a"]"#, -1, #","a"]"#),
        ("[]", 0, "]"),
        ("[]", 1, "]"),
        (#"["a" , 1.0]"#, 1, " , 1.0]"),
        (#"[ "a",1]"#, 0, #","a",1]"#),
    ]

    @Test(arguments: tails) func tailIsTheTextBehindTheFirst(_ text: String, _ count: Int, _ tail: String) throws {
        #expect(try String(buffer: arguments(text).tail(after: count)) == tail)
    }

    @Test func tailOfABufferThatBeginsLaterIsTheSame() throws {
        var buffer = ByteBuffer(string: #"xyz["a","b"]"#)
        buffer.moveReaderIndex(forwardBy: 3)
        let arguments = try Arguments(parsing: buffer)
        #expect(arguments[1] == "b")
        #expect(String(buffer: arguments.tail(after: 1)) == #","b"]"#)
        #expect(String(buffer: arguments.tail(after: 0)) == #","a","b"]"#)
    }

    @Test func attachmentIsFoundByItsPlaceholder() {
        let attachments = [ByteBuffer(string: "zero"), ByteBuffer(string: "one")]
        let arguments = Arguments(
            ["e", .placeholder(1), .placeholder(0), .placeholder(2), ["x": .placeholder(0)]], attachments: attachments)
        #expect(arguments.attachment(at: 0) == nil)
        #expect(arguments.attachment(at: 1) == attachments[1])
        #expect(arguments.attachment(at: 2) == attachments[0])
        #expect(arguments.attachment(at: 3) == nil)
        #expect(arguments.attachment(at: 4) == nil)
        #expect(arguments.attachment(at: 5) == nil)
        #expect(arguments.attachment(at: -1) == nil)
    }

    @Test(arguments: ["", " ", "{}", "1", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[]]", "[][]", "[1]x"])
    func whatIsNoArrayIsRefused(_ text: String) {
        #expect(throws: JSONError.self) { try arguments(text) }
    }
}
