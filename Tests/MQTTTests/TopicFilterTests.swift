import MQTT
import Testing

/// MQTT 5 §4.7.
struct TopicFilterTests {
    @Test(arguments: [
        ("a/b", "a/b"), ("a/+", "a/b"), ("a/+", "a/"), ("+/+", "/x"), ("/+", "/x"), ("#", "a/b/c"), ("a/#", "a"),
        ("a/#", "a/b/c"), ("+", "x"), ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon"),
        ("$SYS/#", "$SYS/broker/load"), ("$SYS/#", "$SYS"), ("$SYS/+/load", "$SYS/broker/load"), ("a//b", "a//b"),
        ("+/+/b", "a//b"), ("#", "/"), ("größe/+", "größe/ü"), ("$share/g/a/+", "a/b"), ("a/$b", "a/$b"),
        ("a/+", "a/$b"),
    ])
    func matches(filter: String, topic: String) throws {
        #expect(try TopicFilter(filter).matches(topic))
    }

    @Test(arguments: [
        ("a/b", "a/b/c"), ("a/b", "a"), ("a/+", "a"), ("a/+", "a/b/c"), ("+", "/x"), ("+", "a/b"), ("a/b/#", "a"),
        ("#", "$SYS/x"), ("+/x", "$SYS/x"), ("a", "A"), ("a/#", "ab"), ("/a", "a"), ("a/", "a"), ("#", ""), ("+", ""),
        ("$share/g/a", "$share/g/a"),
    ])
    func doesNotMatch(filter: String, topic: String) throws {
        #expect(try !TopicFilter(filter).matches(topic))
    }

    @Test(arguments: [
        ("", TopicError.empty), ("a+", .wildcardBesideText), ("+a/b", .wildcardBesideText),
        ("a/b#", .wildcardBesideText),
        ("a/#/b", .hashNotLast), ("#/", .hashNotLast), ("##", .wildcardBesideText), ("+#", .wildcardBesideText),
        ("a\u{0}b", .forbiddenCharacter("\u{0}")), ("a\u{1F}", .forbiddenCharacter("\u{1F}")),
        ("a\u{FFFF}", .forbiddenCharacter("\u{FFFF}")), ("a\u{85}", .forbiddenCharacter("\u{85}")),
        ("$share", .malformedShare), ("$share/g", .malformedShare), ("$share/g/", .malformedShare),
        ("$share//a", .malformedShare), ("$share/+/a", .malformedShare),
    ])
    func isNoFilter(_ string: String, because error: TopicError) {
        #expect(throws: error) { try TopicFilter(string) }
    }

    @Test(arguments: ["a/+", "#", "", "a\u{0}"])
    func isNoTopicName(_ string: String) {
        #expect(throws: TopicError.self) { try TopicName(string) }
    }

    @Test(arguments: ["/", "a", "a//b", "ü/€/😀", " ", "$SYS/x"])
    func isTopicName(_ string: String) throws {
        #expect(try TopicName(string).string == string)
    }

    @Test func theLongestHave65535Bytes() throws {
        let longest = String(repeating: "/", count: 65_535)
        #expect(try TopicName(longest).string.utf8.count == 65_535)
        #expect(try TopicFilter(longest).matches(longest))
        #expect(throws: TopicError.tooLong(bytes: 65_536)) { try TopicName(longest + "/") }
        #expect(throws: TopicError.tooLong(bytes: 65_537)) { try TopicFilter(longest + "ä") }
    }

    @Test(arguments: [
        ("#", "a/+/#", true), ("+/#", "#", true), ("+/+/#", "#", false), ("+", "#", false), ("a/#", "a", true),
        ("a/#", "a/#", true), ("a/+", "a/#", false), ("a/+/#", "a/#", false), ("#", "$SYS/#", false),
        ("+/x", "$SYS/x", false), ("$SYS/#", "$SYS/+", true), ("a/+", "a/b", true), ("a/b", "a/+", false),
        ("a/+/c", "a/b/c", true), ("$share/g/a/#", "a/b", true), ("a/#", "$share/g/a/b", true), ("/+/#", "/#", true),
        ("/+/+/#", "/#", false),
    ])
    func covers(_ wide: String, _ narrow: String, _ expected: Bool) throws {
        #expect(try TopicFilter(wide).covers(TopicFilter(narrow)) == expected)
    }

    /// Over an alphabet where every level of every filter can be hit and missed, "covers" is the same as "matches
    /// whatever the other matches".
    @Test func coversAgreesWithBruteForce() throws {
        let topics = Self.strings(of: ["a", "b", "", "$"], upToLevels: 4).filter { !$0.isEmpty }
        let filters = try Self.strings(of: ["a", "", "$", "+", "#"], upToLevels: 3)
            .filter { !$0.isEmpty && !$0.dropLast().contains("#") }
            .map { try TopicFilter($0) }
        let hits = filters.map { filter in topics.map { filter.matches($0) } }
        var agreements = 0
        var disagreements: [String] = []
        for (wide, wideHits) in zip(filters, hits) {
            for (narrow, narrowHits) in zip(filters, hits) {
                let expected = !zip(wideHits, narrowHits).contains { !$0 && $1 }
                if wide.covers(narrow) != expected { disagreements.append("\(wide) covers \(narrow)") }
                agreements += expected ? 1 : 0
            }
        }
        #expect(disagreements == [])
        #expect(agreements > filters.count)
    }

    /// All strings of one to so many of these levels.
    static func strings(of levels: [String], upToLevels count: Int) -> [String] {
        var all = levels
        var last = levels
        for _ in 1..<count {
            last = last.flatMap { head in levels.map { "\(head)/\($0)" } }
            all += last
        }
        return all
    }
}
