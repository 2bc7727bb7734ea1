import MQTT
import Settings

/// What clients of plain HTTP may see and publish: what the namespaces of kind `topics` show that are open to everybody,
/// and to those who bring a token what theirs do besides. The first rule that matches a topic decides, in the order of the
/// configuration.
struct TopicAccess {
    /// Who asks: those without a token, or with this one of the configuration's.
    enum Group: Hashable {
        case everybody
        case bearer(of: Int)
    }

    private let tokens: [Secret]
    private let rules: [Group: TopicRules]

    init(_ configuration: RelayConfiguration) {
        var tokens: [Secret] = []
        for namespace in configuration.namespaces {
            guard case .topics = namespace.kind, let token = namespace.token, !tokens.contains(token) else { continue }
            tokens.append(token)
        }
        var rules = [Group.everybody: TopicRules(of: configuration, openTo: nil)]
        for (index, token) in tokens.enumerated() {
            rules[.bearer(of: index)] = TopicRules(of: configuration, openTo: token)
        }
        self.tokens = tokens
        self.rules = rules
    }

    /// - Parameter authorization: the request's header of that name (RFC 6750 §2.1); another scheme than `Bearer` counts
    ///   as none.
    /// - Returns: nil when the token is none that opens anything.
    func group(authorization: String?) -> Group? {
        guard let candidate = BearerToken.token(in: authorization) else { return .everybody }
        // All of them are compared, so that the time says nothing about which is near.
        return self.tokens.indices.reduce(nil as Group?) { found, index in
            self.tokens[index].matches(candidate) ? .bearer(of: index) : found
        }
    }

    /// All there are, those without a token first.
    var groups: [Group] { [.everybody] + self.tokens.indices.map { .bearer(of: $0) } }

    func rules(for group: Group) -> TopicRules { self.rules[group] ?? TopicRules(rules: [], grants: []) }
}

extension TopicRules {
    /// The rules and grants of all namespaces of kind `topics` without a token, or with this one.
    ///
    /// Where a namespace's name is a pattern, its captures are wildcards: each match is a namespace that the client might as
    /// well have named. A topic that leads to a name which is another namespace's own is not shown by the pattern.
    fileprivate init(of configuration: RelayConfiguration, openTo token: Secret?) {
        var rules: [Rule] = []
        var grants: [Grant] = []
        for namespace in configuration.namespaces {
            guard case .topics(let topics) = namespace.kind, namespace.token == nil || namespace.token == token else {
                continue
            }
            for rule in topics.rules {
                guard let filter = try? TopicFilter(rule.topics.filter) else { continue }
                rules.append(
                    Rule(
                        rule, topics: rule.topics, status: rule.status, filter: filter,
                        where: configuration.condition(of: rule.topics, in: namespace)))
            }
            for grant in topics.publish {
                guard let filter = try? TopicFilter(grant.topics.filter) else { continue }
                let condition = configuration.condition(of: grant.topics, in: namespace)
                grants.append(Grant(filter: filter, broker: grant.broker, condition: condition))
            }
        }
        self.init(rules: rules, grants: grants)
    }
}

extension RelayConfiguration {
    /// Whether a namespace whose name is a pattern shows a topic under the name to which the topic leads; nil: it always does.
    fileprivate func condition(
        of pattern: TopicPattern, in namespace: Namespace
    ) -> ((_ topic: String) -> Bool)? {
        let names = namespace.name.captureNames
        guard names.contains(where: pattern.captureNames.contains) else { return nil }
        return { topic in
            guard let captures = pattern.captures(in: topic)?.filter({ names.contains($0.key) }),
                pattern.binding(captures) != nil
            else { return false }
            // What the topic leaves open can be chosen so that no other namespace has the name.
            guard let name = namespace.name.name(for: captures) else { return true }
            return self.namespace(named: name)?.namespace.name == namespace.name
        }
    }
}
