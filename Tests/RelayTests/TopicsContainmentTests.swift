import MQTT
import Testing

@testable import Relay

/// Which filters lie within what several rules show together.
@Suite("topics: containment")
struct TopicsContainmentTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let rules: [String]
        let inside: [String]
        let outside: [String]
        var testDescription: String { self.rules.joined(separator: " ") }
    }

    @Test("a rule knows its device's status topic, with what the namespace's name captured put in")
    func statusTopic() throws {
        let rule = RelayConfiguration.Rule(
            topics: try TopicPattern("site/{site}/{device}/{rest...}"),
            status: try TopicPattern("site/{site}/{device}/status"))
        let rules = try #require(TopicRules(.init(rules: [rule]), captures: ["site": "north"]))
        func statusTopic(of topic: String) -> String? { rules.rule(for: topic)?.statusTopic(of: topic) }
        #expect(statusTopic(of: "site/north/d1/a/b") == "site/north/d1/status")
        #expect(statusTopic(of: "site/south/d1/a/b") == nil)
        // An empty level is no name that could stand in another topic.
        #expect(statusTopic(of: "site/north//a") == nil)
    }

    @Test("a filter is allowed when each topic that it matches has a rule", arguments: containmentCases)
    func cases(_ test: Case) throws {
        let rules = try test.rules.map { try TopicFilter($0) }
        for filter in test.inside { #expect(FilterUnion.covers(try TopicFilter(filter), by: rules), "\(filter)") }
        for filter in test.outside { #expect(!FilterUnion.covers(try TopicFilter(filter), by: rules), "\(filter)") }
    }

    /// Every filter of up to three levels against every pair of others, compared with the topics that they match. Topics
    /// with a word that no filter names, and one level longer than any filter, tell all differences.
    @Test("agrees with the topics themselves, for all small filters")
    func exhaustive() throws {
        let filters = try Self.filters.map { try TopicFilter($0) }
        let topics = Self.topics
        let matched = filters.map { filter in topics.map { filter.matches($0) } }
        for (first, left) in filters.enumerated() {
            for (second, right) in filters.enumerated() where second >= first {
                let union = zip(matched[first], matched[second]).map { $0 || $1 }
                for (index, filter) in filters.enumerated() {
                    let expected = zip(matched[index], union).allSatisfy { !$0 || $1 }
                    let found = FilterUnion.covers(filter, by: [left, right])
                    if found != expected { Issue.record("\(filter) in \(left) and \(right): \(found)") }
                }
            }
        }
    }

    private static func sequences(of words: [String], upTo length: Int) -> [[String]] {
        var all: [[String]] = [[]]
        var longest = all
        for _ in 0..<length {
            longest = longest.flatMap { sequence in words.map { sequence + [$0] } }
            all += longest
        }
        return all
    }

    private static var filters: [String] {
        let beginnings = Self.sequences(of: ["a", "+", ""], upTo: 2)
        let whole = beginnings.filter { !$0.isEmpty && $0 != [""] }
        return (whole + beginnings.map { $0 + ["#"] }).map { $0.joined(separator: "/") } + ["$S", "$S/#", "$S/+"]
    }

    private static var topics: [String] {
        Self.sequences(of: ["a", "", "z"], upTo: 4).map { $0.joined(separator: "/") }.filter { !$0.isEmpty }
            + ["$S", "$S/a", "$S/a/z", "$T"]
    }
}

private let containmentCases: [TopicsContainmentTests.Case] = [
    .init(
        rules: ["a/+/telemetry"], inside: ["a/+/telemetry", "a/1/telemetry"],
        outside: ["a/+/+", "a/#", "#", "a/1/status", "a/1", "+/1/telemetry", "a/1/telemetry/x"]),
    .init(
        rules: ["a/+", "a/+/#"], inside: ["a/+", "a/1", "a/+/#", "a/1/#", "a/1/2/3", "a/+/+"],
        outside: ["a/#", "a", "#", "+/#"]),
    .init(rules: ["a", "a/+", "a/+/+/#"], inside: ["a/#", "a/1/#", "a/+/+"], outside: ["#", "+"]),
    .init(rules: ["a", "a/+", "a/+/+"], inside: ["a/1/2"], outside: ["a/#", "a/1/#"]),
    .init(rules: ["a/b", "a/c"], inside: ["a/b", "a/c"], outside: ["a/+", "a/#", "a/d"]),
    .init(rules: ["a/b", "a/+"], inside: ["a/+", "a/b"], outside: ["a/b/c"]),
    .init(rules: ["a/b/+", "a/+/c"], inside: ["a/b/+", "a/x/c", "a/b/c"], outside: ["a/+/+", "a/x/d"]),
    .init(rules: ["#"], inside: ["#", "+/+", "a/#", "/"], outside: ["$SYS/#", "$SYS/broker"]),
    .init(rules: ["+/#"], inside: ["#", "a", "a/b", "/#"], outside: ["$SYS"]),
    .init(rules: ["$SYS/broker/#"], inside: ["$SYS/broker/#", "$SYS/broker"], outside: ["$SYS/#", "#"]),
    .init(rules: ["#", "$SYS/#"], inside: ["#", "$SYS/#", "$SYS/a"], outside: ["$other/#"]),
    .init(rules: ["+/a", "+/+/+"], inside: ["x/a", "x/y/z"], outside: ["+/b", "+/#", "$x/a"]),
    .init(rules: ["/a", "/b/#"], inside: ["/a", "/b", "/b/c"], outside: ["a", "/+", "/#"]),
    .init(rules: ["a/#"], inside: ["a"], outside: ["$share/g/a/#"]),
]
