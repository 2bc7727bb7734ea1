import MQTT

extension RelayConfiguration {
    /// Where the messages of a topic go, and who may publish to it, in plain words, for `relay route`.
    func route(of topic: TopicName) -> String {
        var parts = self.namespaces.compactMap { namespace -> String? in
            switch namespace.kind {
            case .topics(let topics): self.route(of: topic.string, in: namespace, topics)
            case .game(let games): self.route(of: topic.string, in: namespace, games)
            case .chat, .echo: nil
            }
        }
        if parts.isEmpty { parts.append("nothing here shows \(topic), and clients may not publish to it") }
        if let http = self.plainHTTP(of: topic) { parts.append(http) }
        return parts.joined(separator: "\n\n")
    }

    private func route(of topic: String, in namespace: Namespace, _ topics: Topics) -> String? {
        func names(_ pattern: TopicPattern) -> NamedMatch? { self.match(pattern, topic, in: namespace) }
        let rule = topics.rules.lazy.compactMap { rule in names(rule.topics).map { (rule, $0) } }.first
        let grant = topics.publish.lazy.compactMap { grant in names(grant.topics).map { (grant.topics, $0) } }.first
        guard let match = rule?.1 ?? grant?.1 else { return nil }
        var lines = [match.name + (namespace.token == nil ? "" : ", for those who bring its token")]
        if let (rule, match) = rule {
            lines += [rule.explanation(of: brokers)] + match.notes
        } else {
            lines.append("  no rule shows it")
        }
        if let (grant, match) = grant {
            lines += ["  clients may publish to it, by \(grant)"] + (rule == nil ? match.notes : [])
        } else {
            lines.append("  clients may not publish to it")
        }
        return lines.joined(separator: "\n")
    }

    private func route(of topic: String, in namespace: Namespace, _ games: Games) -> String? {
        let bindings = games.bindings.filter { $0.from.captures(in: topic) != nil }.map(\.explanation)
        let isRooms = games.topics != .off && self.mqtt != nil && topic.utf8.starts(with: "game/".utf8)
        let rooms = isRooms ? ["  one of the topics of rooms, below game/"] : []
        guard !bindings.isEmpty || isRooms else { return nil }
        return ([namespace.name.description] + rooms + bindings).joined(separator: "\n")
    }

    /// Under which name a namespace has a topic, and what the pattern's names stand for.
    private struct NamedMatch {
        let name: String
        let notes: [String]
    }

    private func match(_ pattern: TopicPattern, _ topic: String, in namespace: Namespace) -> NamedMatch? {
        guard let captures = pattern.captures(in: topic) else { return nil }
        let own = captures.filter { namespace.name.captureNames.contains($0.key) }
        let notes = captures.sorted { $0.key < $1.key }.map { "    {\($0.key)} is \($0.value)" }
        guard pattern.binding(own) != nil else { return nil }
        guard let name = namespace.name.name(for: own) else {
            return NamedMatch(name: "namespaces \(namespace.name)", notes: notes)
        }
        guard self.namespace(named: name)?.namespace.name == namespace.name else { return nil }
        return NamedMatch(
            name: "namespace \(name)" + (namespace.name.isPlain ? "" : ", a match of \(namespace.name)"), notes: notes)
    }

    /// How clients of plain HTTP get at it.
    private func plainHTTP(of topic: TopicName) -> String? {
        let access = TopicAccess(self)
        let groups = access.groups.map { (isOpen: $0 == .everybody, rules: access.rules(for: $0)) }
        func who(_ allows: (TopicRules) -> Bool) -> String? {
            let allowed = groups.filter { allows($0.rules) }
            return allowed.isEmpty ? nil : allowed.contains(where: \.isOpen) ? "" : ", with a token"
        }
        let path = "/api/topics/" + topic.string.inPath
        let reading = who { $0.rule(for: topic.string) != nil }.map { "  GET \(path)\($0)" }
        let publishing = who { $0.broker(forPublishingTo: topic) != nil }.map { "  POST \(path)\($0)" }
        let lines = [reading, publishing].compactMap(\.self)
        return lines.isEmpty ? nil : (["plain HTTP"] + lines).joined(separator: "\n")
    }
}

extension String {
    /// As it stands in a URL's path (RFC 3986 §3.3), slashes left as they are.
    fileprivate var inPath: String {
        self.utf8.reduce(into: "") { path, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                path.unicodeScalars.append(Unicode.Scalar(byte))
            case _ where "-._~!$&'()*+,;=:@/".utf8.contains(byte): path.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                path += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
    }
}
