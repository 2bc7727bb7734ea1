import EngineIO
import Testing

@Suite struct RequestTargetTests {
    @Test(
        "a path's parts are decoded for themselves: a slash that is encoded is within one",
        arguments: [
            ("/", ["", ""]), ("", [""]), ("/a/b%2Fc/d?e/f", ["", "a", "b/c", "d"]),
            ("/a//%C3%A9+", ["", "a", "", "é+"]),
            ("/%zz/%", ["", "%zz", "%"]),
        ])
    func segments(uri: String, parts: [String]) {
        #expect(RequestTarget.segments(of: uri) == parts)
    }

    static let targets: [(String, String, [(String, String)])] = [
        ("/", "/", []),
        ("", "", []),
        ("/socket.io/", "/socket.io/", []),
        ("/socket.io/?", "/socket.io/", []),
        (
            "/socket.io/?EIO=4&transport=polling&t=abc", "/socket.io/",
            [("EIO", "4"), ("transport", "polling"), ("t", "abc")]
        ),
        ("/p?a", "/p", [("a", "")]),
        ("/p?a=", "/p", [("a", "")]),
        ("/p?=b", "/p", [("", "b")]),
        ("/p?a=b=c", "/p", [("a", "b=c")]),
        ("/p?a=b?c", "/p", [("a", "b?c")]),
        ("/p?&&a=b&&", "/p", [("a", "b")]),
        ("/p?a=1&a=2", "/p", [("a", "1"), ("a", "2")]),
        ("/a%20b%2Fc", "/a b/c", []),
        ("/a+b", "/a+b", []),
        ("/p?a+b=c+d%2B", "/p", [("a b", "c d+")]),
        ("/p?f=%C3%A9%e2%82%ac", "/p", [("f", "é€")]),
        ("/p?f=devices%2F%2B%2F%23", "/p", [("f", "devices/+/#")]),
        ("/p?x=%", "/p", [("x", "%")]),
        ("/p?x=%4", "/p", [("x", "%4")]),
        ("/p?x=%zz%41", "/p", [("x", "%zzA")]),
        ("/p?x=%%41", "/p", [("x", "%A")]),
        ("/p?x=%+1", "/p", [("x", "% 1")]),
        ("/p?x=%ff", "/p", [("x", "\u{fffd}")]),
        ("/%00", "/\u{0}", []),
        // A combining character after a delimiter makes it no other delimiter.
        ("/p?\u{301}a=1&\u{301}b=\u{301}2", "/p", [("\u{301}a", "1"), ("\u{301}b", "\u{301}2")]),
    ]

    @Test(arguments: targets)
    func targetIsSplitAndDecoded(_ uri: String, _ path: String, _ query: [(String, String)]) {
        let target = RequestTarget(uri)
        #expect(target.path == path)
        #expect(target.query.map(\.name) == query.map(\.0))
        #expect(target.query.map(\.value) == query.map(\.1))
    }

    @Test func theLastValueOfANameIsFound() {
        let target = RequestTarget("/p?sid=first&other=x&sid=second")
        #expect(target["sid"] == "second")
        #expect(target["other"] == "x")
        #expect(target["none"] == nil)
        #expect(target["__proto__"] == nil)
    }

    @Test func pairsBeyondTheLimitArePassedOver() {
        let pairs = (0..<1_000).map { "k\($0)=v" }.joined(separator: "&")
        let target = RequestTarget("/p?" + pairs)
        #expect(target.query.count == 128)
        #expect(target["k127"] == "v")
        #expect(target["k128"] == nil)
    }

    @Test func equalTargetsHashAlike() {
        let one = RequestTarget("/p?a=%62")
        let other = RequestTarget("/%70?a=b")
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one != RequestTarget("/p?a=c"))
        #expect(one != RequestTarget("/q?a=b"))
    }
}
