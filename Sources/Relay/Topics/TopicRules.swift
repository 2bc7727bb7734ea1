import MQTT

/// The rules and grants of one namespace of kind `topics`, with the names that its own name captured put in.
struct TopicRules {
    /// A rule ready to match.
    final class Rule {
        let filter: TopicFilter
        let event: String
        let delivery: RelayConfiguration.Rule.Delivery
        let payload: RelayConfiguration.Rule.Payload
        let maxHz: Double?

        fileprivate init(_ rule: RelayConfiguration.Rule, filter: TopicFilter) {
            self.filter = filter
            self.event = rule.event
            self.delivery = rule.delivery
            self.payload = rule.payload
            self.maxHz = rule.maxHz
        }
    }

    let rules: [Rule]
    private let grants: [TopicFilter]

    /// Nil when a captured name cannot be a level of a topic; there is no such namespace then.
    init?(_ topics: RelayConfiguration.Topics, captures: [String: String]) {
        var rules: [Rule] = []
        for rule in topics.rules {
            guard let bound = rule.topics.binding(captures), let filter = try? TopicFilter(bound.filter) else {
                return nil
            }
            rules.append(Rule(rule, filter: filter))
        }
        var grants: [TopicFilter] = []
        for grant in topics.publish {
            guard let bound = grant.binding(captures), let filter = try? TopicFilter(bound.filter) else { return nil }
            grants.append(filter)
        }
        self.rules = rules
        self.grants = grants
    }

    /// The rule for a topic: the first that matches.
    func rule(for topic: String) -> Rule? {
        self.rules.first { $0.filter.matches(topic) }
    }

    /// Whether a viewer may ask for this filter: it must lie within one of the rules.
    func allowsSubscribing(to filter: TopicFilter) -> Bool {
        self.rules.contains { $0.filter.covers(filter) }
    }

    func allowsPublishing(to topic: TopicName) -> Bool {
        self.grants.contains { $0.matches(topic.string) }
    }
}
