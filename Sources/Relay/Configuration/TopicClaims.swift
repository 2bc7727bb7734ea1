import MQTT
import Settings

/// Which broker the topics of rules and grants are those of. A topic has one broker: with two, the values of different
/// devices would be taken for one another's.
struct TopicClaims {
    private let brokers: [RelayConfiguration.Broker]
    private var claims: [(filter: TopicFilter, broker: Int, line: Int?)] = []

    init(_ brokers: [RelayConfiguration.Broker]) {
        self.brokers = brokers
    }

    /// The broker that a key names; nil: the key is not there, or names none.
    func broker(named key: String, in section: Section) -> Int? {
        let names = self.brokers.compactMap(\.name)
        let expected = names.isEmpty ? "sections with names in mqtt" : "one of \(names.joined(separator: ", "))"
        return section.made(key, expected) { (name) throws(PatternError) in
            guard let index = self.brokers.firstIndex(where: { $0.name == name }) else {
                throw PatternError("expected \(expected)")
            }
            return index
        }
    }

    /// Notes topics that are another broker's already, or do not begin as this broker's do.
    mutating func add(_ topics: TopicPattern, of broker: Int, at place: String, line: Int?, _ problems: ProblemLog) {
        guard self.brokers.indices.contains(broker), let filter = try? TopicFilter(topics.filter) else { return }
        let prefix = self.brokers[broker].prefix
        if filter.string.behind(prefix: prefix)?.isEmpty ?? true {
            problems.note(
                line: line, "\(place): expected topics behind \(prefix), the prefix of \(self.name(of: broker))")
        }
        if let other = self.claims.first(where: { $0.broker != broker && SubscriptionCover.overlap($0.filter, filter) })
        {
            let whose = "of \(self.name(of: other.broker))" + (other.line.map { ", on line \($0)" } ?? "")
            problems.note(
                line: line,
                "\(place): some of these topics are also those \(whose); a topic has one broker: give one a prefix")
        }
        self.claims.append((filter, broker, line))
    }

    private func name(of broker: Int) -> String { self.brokers[broker].name.map { "mqtt.\($0)" } ?? "mqtt" }
}
