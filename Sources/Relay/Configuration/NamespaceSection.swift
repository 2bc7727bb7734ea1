import MQTT
import Settings

/// Reads `namespaces`.
extension RelayConfiguration.Namespace {
    /// The kinds a file may name.
    private enum KindName: String, CaseIterable {
        case topics, game, chat, echo
    }

    /// Every namespace that could be read; problems are noted.
    static func all(in section: Section, brokers: [RelayConfiguration.Broker], directory: String) -> [Self] {
        var shapes: [String: String] = [:]
        var claims = TopicClaims(brokers)
        var namespaces: [Self] = []
        for (key, _, _) in section.entries {
            let name: NamespacePattern
            do {
                name = try NamespacePattern(key)
            } catch {
                section.note(key, error.description)
                continue
            }
            if let earlier = shapes.updateValue(key, forKey: name.shape) {
                section.note(key, "matches the same names as \(earlier), so it would never be reached")
            }
            Self.read(key, named: name, in: section, directory: directory, &claims).map { namespaces.append($0) }
        }
        Self.settleRoomTopics(of: &namespaces, in: section)
        if section.entries.isEmpty { section.problems.note(line: section.line, "namespaces: expected at least one") }
        return namespaces
    }

    /// `game/…` at the broker is one namespace's: the first that wants it, or does not say no.
    private static func settleRoomTopics(of namespaces: inout [Self], in section: Section) {
        let wanting = namespaces.indices.filter { namespaces[$0].games?.topics == .on }
        let owner = wanting.first ?? namespaces.indices.first { namespaces[$0].games?.topics == .whereThereIsABroker }
        for index in namespaces.indices where index != owner {
            guard case .game(var games) = namespaces[index].kind, let owner else { continue }
            if games.topics == .on {
                section.note(
                    namespaces[index].name.description,
                    "expected mqtt: false, since the topics game/… are those of \(namespaces[owner].name)")
            }
            games.topics = .off
            namespaces[index].kind = .game(games)
        }
    }

    private var games: RelayConfiguration.Games? {
        if case .game(let games) = self.kind { games } else { nil }
    }

    private static func read(
        _ key: String, named name: NamespacePattern, in parent: Section, directory: String, _ claims: inout TopicClaims
    ) -> Self? {
        // What keys there may be depends on the kind, so the kind is read first, from a look that checks no keys.
        guard let look = parent.section(key, keys: nil) else { return nil }
        guard look.has("kind") else {
            parent.note(key, "expected a kind: one of \(KindName.allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
        guard let kind = look.choice("kind", KindName.self) else { return nil }
        switch kind {
        case .chat:
            guard let section = parent.section(key, keys: ["kind", "auth"] + RelayConfiguration.Chat.keys) else {
                return nil
            }
            return Self(name: name, token: token(section), kind: .chat(RelayConfiguration.Chat(section)))
        case .game:
            guard name.isPlain else {
                parent.note(key, "expected a plain name, since rooms of kind game outlive their visitors")
                return nil
            }
            guard let section = parent.section(key, keys: ["kind", "auth"] + RelayConfiguration.Games.keys) else {
                return nil
            }
            let games = RelayConfiguration.Games(section, directory: directory)
            return Self(name: name, token: token(section), kind: .game(games))
        case .topics:
            guard let section = parent.section(key, keys: ["kind", "auth", "rules", "publish", "mqtt"]) else {
                return nil
            }
            let topics = RelayConfiguration.Topics(section, within: name, &claims)
            return Self(name: name, token: token(section), kind: .topics(topics))
        case .echo:
            guard let section = parent.section(key, keys: ["kind", "auth", "bounds"]) else { return nil }
            var echo = RelayConfiguration.Echo()
            echo.bounds = section.bytes("bounds", in: 0...1_000_000_000) ?? echo.bounds
            return Self(name: name, token: token(section), kind: .echo(echo))
        }
    }

    private static func token(_ section: Section) -> Secret? {
        guard let auth = section.section("auth", keys: ["token"]) else { return nil }
        // An `auth` that forgot its token must not leave the door open.
        if !auth.has("token") { section.note("auth", "expected a token, as in auth: {token: …}") }
        return auth.text("token", "the text that clients must bring").map { Secret($0) }
    }
}

extension RelayConfiguration.Topics {
    fileprivate init(_ section: Section, within name: NamespacePattern, _ claims: inout TopicClaims) {
        let broker = claims.broker(named: "mqtt", in: section) ?? 0
        var rules: [RelayConfiguration.Rule] = []
        var earlier: [(filter: TopicFilter, line: Int)] = []
        let items = section.list("rules", of: "rules") ?? []
        for item in items {
            guard let (rule, line) = RelayConfiguration.Rule.read(item, in: section, within: name, broker, &claims)
            else {
                continue
            }
            Self.check(rule.topics, within: name, at: "\(item.place).topics", line: line, section.problems)
            let filter = rule.topics.bound(within: name)
            if let line, let earlier = earlier.first(where: { $0.filter == filter }) {
                let message =
                    "the rule on line \(earlier.line) matches the same topics, so this one would never be reached"
                section.problems.note(line: line, "\(item.place).topics: \(message)")
            } else if let filter, FilterUnion.covers(filter, by: earlier.map(\.filter)) {
                let message = "the rules before it match all of these topics, so this one would never be reached"
                section.problems.note(line: line, "\(item.place).topics: \(message)")
            }
            if let filter, let line { earlier.append((filter, line)) }
            rules.append(rule)
        }
        if items.isEmpty {
            section.problems.note(line: section.line, "\(section.path): expected rules, a list of at least one")
        }
        var grants: [RelayConfiguration.Grant] = []
        for item in section.list("publish", of: "topics") ?? [] {
            guard let grant = RelayConfiguration.Grant.read(item, in: section, broker, &claims) else { continue }
            Self.check(grant.topics, within: name, at: item.place, line: item.node.line, section.problems)
            grants.append(grant)
        }
        self.init(rules: rules, publish: grants)
    }

    /// A name captured by the namespace stands for one level, so it cannot be a `{name...}` below it.
    private static func check(
        _ topics: TopicPattern, within name: NamespacePattern, at place: String, line: Int?, _ problems: ProblemLog
    ) {
        guard case .rest(let rest?)? = topics.levels.last, name.captureNames.contains(rest) else { return }
        problems.note(line: line, "\(place): {\(rest)} is captured by the namespace \(name), where it is one level")
    }
}

extension RelayConfiguration.Grant {
    /// Topics, or `{topics, mqtt}`.
    fileprivate static func read(
        _ item: Section.Item, in parent: Section, _ usualBroker: Int, _ claims: inout TopicClaims
    ) -> Self? {
        let expected = "topics such as devices/{device}/commands"
        guard item.isMapping else {
            guard let topics = parent.made(item, expected, by: TopicPattern.init) else { return nil }
            claims.add(topics, of: usualBroker, at: item.place, line: item.node.line, parent.problems)
            return Self(topics: topics, broker: usualBroker)
        }
        guard let section = Section(item.node, path: item.place, keys: ["topics", "mqtt"], problems: parent.problems)
        else { return nil }
        if !section.has("topics") { section.problems.note(line: section.line, "\(item.place): expected topics") }
        let broker = claims.broker(named: "mqtt", in: section) ?? usualBroker
        guard let topics = section.made("topics", expected, by: TopicPattern.init) else { return nil }
        claims.add(topics, of: broker, at: section.place("topics"), line: section.line(of: "topics"), section.problems)
        return Self(topics: topics, broker: broker)
    }
}

extension TopicPattern {
    /// The filter in one of the namespaces of this name: what the name captures is a word there, whichever.
    fileprivate func bound(within name: NamespacePattern) -> TopicFilter? {
        let words = Dictionary(uniqueKeysWithValues: name.captureNames.map { ($0, "{\($0)}") })
        return self.binding(words).flatMap { try? TopicFilter($0.filter) }
    }
}

extension RelayConfiguration.Rule {
    private static let keys = [
        "topics", "event", "delivery", "maxHz", "payload", "history", "status", "properties", "mqtt",
    ]

    /// Names that Socket.IO or the relay itself gives a meaning of their own.
    private static let reservedEvents = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener", "upstream",
    ]

    fileprivate static func read(
        _ item: Section.Item, in parent: Section, within name: NamespacePattern, _ usualBroker: Int,
        _ claims: inout TopicClaims
    ) -> (rule: Self, line: Int?)? {
        guard let section = Section(item.node, path: item.place, keys: keys, problems: parent.problems) else {
            return nil
        }
        if !section.has("topics") { section.problems.note(line: section.line, "\(item.place): expected topics") }
        let event = section.made("event", "the name of an event", by: Self.event)
        let maxHz = section.number("maxHz", upTo: 1_000)
        let delivery = section.choice("delivery", Delivery.self)
        if delivery == .event, section.has("maxHz") {
            section.note("maxHz", "expected delivery: state; under delivery: event no message may be left out")
        }
        let payload = section.choice("payload", Payload.self)
        let history: Int? = section.integer("history", in: 0...10_000)
        let properties = section.flag("properties")
        let status = section.made("status", "a topic such as devices/{device}/status", by: TopicPattern.init)
        guard let topics = section.made("topics", "topics such as devices/{device}/telemetry", by: TopicPattern.init)
        else { return nil }
        let broker = claims.broker(named: "mqtt", in: section) ?? usualBroker
        for (key, pattern) in [("topics", topics), ("status", status)] {
            guard let pattern else { continue }
            claims.add(pattern, of: broker, at: section.place(key), line: section.line(of: key), section.problems)
        }
        let rule = Self(
            topics: topics, event: event ?? "message", delivery: delivery ?? (maxHz == nil ? .event : .state),
            maxHz: maxHz, payload: payload ?? .auto, history: history ?? 0,
            status: status.flatMap { Self.check($0, of: topics, within: name, in: section) },
            properties: properties ?? false, broker: broker)
        return (rule, section.line(of: "topics"))
    }

    /// One topic for each topic of the rule: every level is a word, or a name that stands for one.
    private static func check(
        _ status: TopicPattern, of topics: TopicPattern, within name: NamespacePattern, in section: Section
    ) -> TopicPattern? {
        let known = name.captureNames + topics.levels.filter { !$0.isRest }.compactMap(\.name)
        for level in status.levels where level.isWildcard {
            guard !level.isRest, let capture = level.name, known.contains(capture) else {
                section.note("status", "expected a topic whose names in braces are levels that topics captures")
                return nil
            }
        }
        return status
    }

    private static func event(_ name: String) throws(PatternError) -> String {
        guard name.utf8.count <= 128 else { throw PatternError("expected an event's name of at most 128 bytes") }
        guard name.unicodeScalars.allSatisfy({ $0.value >= 0x20 }) else {
            throw PatternError("expected an event's name without line breaks and other control characters")
        }
        guard !reservedEvents.contains(name) else {
            throw PatternError("expected another name, since this event has a meaning of its own")
        }
        return name
    }
}
