import Foundation
import Settings
import Simulator

extension GameRoomConfiguration {
    /// Reads a configuration file. Every key may be absent; unknown ones, wrong types and impossible values are refused
    /// all together, each with the file, the line and what was expected.
    init(file: String) throws(ConfigurationError) {
        let problems = ProblemLog(source: file)
        self.init()
        if let text = YAMLDocument.text(ofFile: file, problems: problems) {
            self.read(text, directory: URL(fileURLWithPath: file).deletingLastPathComponent().path, problems)
        }
        guard problems.problems.isEmpty else { throw ConfigurationError(problems: problems.inOrder) }
    }

    /// - Parameter source: what problems call the text.
    init(yaml: String, source: String) throws(ConfigurationError) {
        let problems = ProblemLog(source: source)
        self.init()
        self.read(yaml, directory: ".", problems)
        guard problems.problems.isEmpty else { throw ConfigurationError(problems: problems.inOrder) }
    }

    private mutating func read(_ yaml: String, directory: String, _ problems: ProblemLog) {
        let keys = ["relay", "mqtt", "rooms", "mix", "brains", "run", "thresholds"]
        guard let root = YAMLDocument.root(of: yaml, problems: problems),
            let top = Section(root, path: "", keys: keys, problems: problems)
        else { return }
        if let section = top.section("relay", keys: ["url", "path", "namespace"]) { self.relay.read(section) }
        if let section = top.section("mqtt", keys: MQTT.keys) { self.mqtt.read(section, directory: directory) }
        if let section = top.section("rooms", keys: Rooms.keys) { self.rooms.read(section) }
        if let section = top.section("mix", keys: LinkKind.allCases.map(\.rawValue)) { self.mix = Shares(section) }
        if let section = top.section("brains", keys: BrainKind.allCases.map(\.rawValue)) {
            self.brains = Shares(section)
        }
        if let section = top.section("run", keys: Run.keys) { self.run.read(section) }
        if let section = top.section("thresholds", keys: Thresholds.keys) { self.thresholds.read(section) }
    }
}

extension GameRoomConfiguration.Relay {
    fileprivate mutating func read(_ section: Section) {
        self.url = section.made("url", "an address such as http://host:3000", by: address) ?? self.url
        self.path = section.rooted("path", "a path") ?? self.path
        self.namespace = section.rooted("namespace", "a name") ?? self.namespace
    }
}

extension GameRoomConfiguration.MQTT {
    fileprivate static let keys = ["url", "username", "passwordFile", "password"]

    fileprivate mutating func read(_ section: Section, directory: String) {
        self.url = section.made("url", "an address such as mqtt://host:1883", by: address) ?? self.url
        self.username = section.text("username", "a name") ?? self.username
        if section.has("password") {
            section.note("password", "a password does not belong in this file; use passwordFile or RELAY_MQTT_PASSWORD")
        }
        let password = section.made("passwordFile", "the path of a file") { (path) throws(PatternError) in
            try Secret(inFile: YAMLDocument.path(path, beside: directory))
        }
        self.password = password ?? self.password
    }
}

private func address(_ text: String) throws(PatternError) -> String {
    guard text.contains("://") else { throw PatternError("expected an address with its scheme in front") }
    return text
}

extension GameRoomConfiguration.Rooms {
    fileprivate static let keys = ["count", "players", "free", "kind", "rate", "ramp", "flap", "record"]

    fileprivate mutating func read(_ section: Section) {
        self.count = section.integer("count", in: Self.counts) ?? self.count
        self.players = section.integer("players", in: Self.memberCounts) ?? self.players
        self.free = section.integer("free", in: Self.freeSeats) ?? self.free
        self.kind = section.choice("kind", GameRoomConfiguration.Kind.self) ?? self.kind
        self.rate = section.number("rate", in: Self.rates) ?? self.rate
        self.ramp = section.duration("ramp", in: .anyTime) ?? self.ramp
        self.flap = section.number("flap", in: Self.flaps) ?? self.flap
        self.isRecorded = section.flag("record") ?? self.isRecorded
    }

    static let counts = 1...100_000
    static let memberCounts = 1...64
    static let freeSeats = 0...64
    static let rates = 0.01...30
    static let flaps = 0.0...100
}

extension Shares {
    /// `name: count` for each.
    fileprivate init(_ section: Section) {
        self.init(
            section.entries.compactMap { entry in
                guard let choice = Choice(rawValue: entry.key),
                    let count = section.integer(entry.key, in: Self.counts)
                else { return nil }
                return (choice, count)
            })
        if !self.shares.contains(where: { $0.count > 0 }) {
            section.problems.note(line: section.line, "\(section.path): expected a count above 0")
        }
    }
}

extension GameRoomConfiguration.Run {
    fileprivate static let keys = ["seed", "duration", "drain", "tolerance", "report", "quiet"]

    fileprivate mutating func read(_ section: Section) {
        self.seed = section.integer("seed", in: 0...UInt64.max) ?? self.seed
        let duration = section.duration("duration", in: .anyTime) ?? .zero
        self.duration = duration > .zero ? duration : self.duration
        self.drain = section.duration("drain", in: .anyTime) ?? self.drain
        self.tolerance = section.duration("tolerance", in: .anyTime) ?? self.tolerance
        self.report = section.text("report", "the path of a file, or -") ?? self.report
        self.isQuiet = section.flag("quiet") ?? self.isQuiet
    }
}

extension Thresholds {
    fileprivate static let keys = [
        "maxP99", "maxMax", "maxTickP99", "minReach", "maxUnexpectedRefusals", "maxOverruns", "maxMissed",
        "maxConnectFailures", "maxFailedResumes", "minRate",
    ]

    fileprivate mutating func read(_ section: Section) {
        section.readThreshold("maxP99", into: &self.maxP99)
        section.readThreshold("maxMax", into: &self.maxMax)
        section.readThreshold("maxTickP99", into: &self.maxTickP99)
        section.readThreshold("maxUnexpectedRefusals", into: &self.maxUnexpectedRefusals)
        section.readThreshold("maxOverruns", into: &self.maxOverruns)
        section.readThreshold("maxMissed", into: &self.maxMissed)
        section.readThreshold("maxConnectFailures", into: &self.maxConnectFailures)
        section.readThreshold("maxFailedResumes", into: &self.maxFailedResumes)
        self.minReach = section.says("minReach", "any") ? nil : section.number("minReach", in: 0...1) ?? self.minReach
        self.minRate = section.number("minRate", in: 0...1_000_000_000) ?? self.minRate
    }
}
