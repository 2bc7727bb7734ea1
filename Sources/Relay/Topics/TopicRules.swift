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
        let history: Int
        let properties: Bool
        /// Which of the brokers the topics come from.
        let broker: Int
        private let topics: TopicPattern
        private let status: TopicPattern?
        /// What else is asked of a topic; nil: nothing.
        private let condition: ((_ topic: String) -> Bool)?

        init(
            _ rule: RelayConfiguration.Rule, topics: TopicPattern, status: TopicPattern?, filter: TopicFilter,
            where condition: ((_ topic: String) -> Bool)? = nil
        ) {
            self.filter = filter
            self.topics = topics
            self.status = status
            self.condition = condition
            self.event = rule.event
            self.delivery = rule.delivery
            self.payload = rule.payload
            self.maxHz = rule.maxHz
            self.history = rule.history
            self.properties = rule.properties
            self.broker = rule.broker
        }

        /// The topic that says whether the device of this topic is there.
        func statusTopic(of topic: String) -> String? {
            guard let status, let captures = self.topics.captures(in: topic) else { return nil }
            return status.binding(captures)?.filter
        }

        func matches(_ topic: String) -> Bool {
            self.filter.matches(topic) && (self.condition.map { $0(topic) } ?? true)
        }
    }

    /// Topics that clients may publish to.
    struct Grant {
        let filter: TopicFilter
        /// Which of the brokers has them.
        let broker: Int
        var condition: ((_ topic: String) -> Bool)?

        func matches(_ topic: String) -> Bool {
            self.filter.matches(topic) && (self.condition.map { $0(topic) } ?? true)
        }
    }

    let rules: [Rule]
    private let grants: [Grant]
    /// The brokers that any of them speaks of.
    let brokers: Set<Int>

    /// Nil when a captured name cannot be a level of a topic; there is no such namespace then.
    init?(_ topics: RelayConfiguration.Topics, captures: [String: String]) {
        var rules: [Rule] = []
        for rule in topics.rules {
            guard let bound = rule.topics.binding(captures), let filter = try? TopicFilter(bound.filter) else {
                return nil
            }
            let status = rule.status?.binding(captures)
            if rule.status != nil && status == nil { return nil }
            rules.append(Rule(rule, topics: bound, status: status, filter: filter))
        }
        var grants: [Grant] = []
        for grant in topics.publish {
            guard let bound = grant.topics.binding(captures), let filter = try? TopicFilter(bound.filter) else {
                return nil
            }
            grants.append(Grant(filter: filter, broker: grant.broker))
        }
        self.init(rules: rules, grants: grants)
    }

    init(rules: [Rule], grants: [Grant]) {
        self.rules = rules
        self.grants = grants
        self.brokers = Set(rules.map(\.broker) + grants.map(\.broker))
    }

    /// The rule for a topic: the first that matches.
    func rule(for topic: String) -> Rule? {
        self.rules.first { $0.matches(topic) }
    }

    /// Whether a viewer may ask for this filter: every topic that it matches must be matched by a rule.
    func allowsSubscribing(to filter: TopicFilter) -> Bool {
        FilterUnion.covers(filter, by: self.rules.lazy.map(\.filter))
    }

    /// The broker to publish to; nil: clients may not publish to this topic.
    func broker(forPublishingTo topic: TopicName) -> Int? {
        self.grants.first { $0.matches(topic.string) }?.broker
    }
}
