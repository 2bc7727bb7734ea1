import Foundation
import Settings
import Simulator

extension DeviceSimConfiguration {
    /// Reads a configuration file over what is there. Every key may be absent; unknown ones, wrong types and impossible values are refused
    /// all together, each with the file, the line and what was expected.
    mutating func read(file: String) throws(ConfigurationError) {
        let problems = ProblemLog(source: file)
        if let text = YAMLDocument.text(ofFile: file, problems: problems) {
            self.read(text, directory: URL(fileURLWithPath: file).deletingLastPathComponent().path, problems)
        }
        guard problems.problems.isEmpty else { throw ConfigurationError(problems: problems.inOrder) }
    }

    /// - Parameter source: what problems call the text.
    mutating func read(yaml: String, source: String) throws(ConfigurationError) {
        let problems = ProblemLog(source: source)
        self.read(yaml, directory: ".", problems)
        guard problems.problems.isEmpty else { throw ConfigurationError(problems: problems.inOrder) }
    }

    private mutating func read(_ yaml: String, directory: String, _ problems: ProblemLog) {
        let keys = [
            "mqtt", "devices", "groups", "faults", "churn", "stages", "viewers", "run", "thresholds",
        ]
        guard let root = YAMLDocument.root(of: yaml, problems: problems),
            let top = Section(root, path: "", keys: keys, problems: problems)
        else { return }
        if let section = top.section("mqtt", keys: MQTT.keys) { self.mqtt.read(section, directory: directory) }
        if let section = top.section("devices", keys: Devices.keys) {
            if !self.groups.isEmpty { top.note("devices", "the scenario has groups of its own; say groups instead") }
            self.devices.read(section, directory: directory)
        }
        if let section = top.section("groups", keys: nil) { self.readGroups(section, directory: directory) }
        if let section = top.section("faults", keys: Faults.keys) { self.faults.read(section) }
        if let section = top.section("churn", keys: Churn.keys) { self.churn.read(section) }
        if let stages = top.list("stages", of: "stages") { self.readStages(stages, of: top) }
        if let section = top.section("viewers", keys: Viewers.keys) { self.viewers.read(section) }
        if let section = top.section("run", keys: Run.keys) {
            self.run.read(section)
            if section.has("duration") {
                if top.has("stages") {
                    section.note("duration", "the stages say how long the run takes; leave one of the two out")
                }
                self.setDuration(self.run.duration)
            }
        }
        if let section = top.section("thresholds", keys: Thresholds.keys) { self.thresholds.read(section) }
    }
}

extension DeviceSimConfiguration.MQTT {
    fileprivate static let keys = ["url", "version", "username", "passwordFile", "qos", "keepAlive", "password"]

    fileprivate mutating func read(_ section: Section, directory: String) {
        let url = section.made("url", "an address such as mqtt://host:1883", by: Self.address)
        self.url = url ?? self.url
        self.version = section.choice("version", Version.self)?.number ?? self.version
        self.username = section.text("username", "a name") ?? self.username
        if section.has("password") {
            section.note("password", "a password does not belong in this file; use passwordFile or RELAY_MQTT_PASSWORD")
        }
        let password = section.made("passwordFile", "the path of a file") { (path) throws(PatternError) in
            try Secret(inFile: YAMLDocument.path(path, beside: directory)).value
        }
        self.password = password ?? self.password
        self.qos = section.integer("qos", in: 0...1) ?? self.qos
        self.keepAlive = section.duration("keepAlive", in: .zero...(.seconds(65_535))) ?? self.keepAlive
        if self.keepAlive > .zero, self.keepAlive < .seconds(5) {
            section.note("keepAlive", "expected 0s for never, or at least 5s")
        }
    }

    private enum Version: String, CaseIterable {
        case v5 = "5"
        case v311 = "3.1.1"

        var number: Int { self == .v5 ? 5 : 3 }
    }

    static func address(_ text: String) throws(PatternError) -> String {
        guard text.contains("://") else { throw PatternError("expected an address with its scheme in front") }
        return text
    }
}

extension DeviceSimConfiguration.Devices {
    static let keys = [
        "count", "first", "prefix", "id", "profile", "codec", "rate", "jitter", "size", "retain", "ramp", "reboot",
        "leave", "fields",
    ]

    mutating func read(_ section: Section, directory: String) {
        self.count = section.integer("count", in: Self.counts) ?? self.count
        self.naming.first = section.integer("first", in: Self.numbers) ?? self.naming.first
        self.naming.prefix = section.made("prefix", Naming.prefixRule, by: Naming.prefix) ?? self.naming.prefix
        self.naming.id = section.made("id", Naming.idRule, by: Naming.id) ?? self.naming.id
        self.profile = section.choice("profile", Profile.self) ?? self.profile
        self.rate = section.number("rate", in: Self.rates) ?? self.rate
        self.codec = section.choice("codec", Codec.self) ?? self.codec
        self.retain = section.flag("retain") ?? self.retain
        if section.says("jitter", "exponential") {
            self.jitter = .exponential
        } else if let part = section.number("jitter", in: 0...0.5) {
            self.jitter = .uniform(part)
        }
        self.size = section.integer("size", in: Self.sizes) ?? self.size
        self.ramp = section.duration("ramp", in: .anyTime) ?? self.ramp
        self.reboot = section.duration("reboot", in: .anyTime) ?? self.reboot
        self.leave = section.choice("leave", DeviceSimConfiguration.Leave.self) ?? self.leave
        if let fields = section.section("fields", keys: nil) {
            self.fields = Field.all(in: fields, directory: directory)
        }
    }

    static let counts = 0...1_000_000
    static let numbers = 0...1_000_000_000
    static let rates = 0.0...1000
    static let sizes = 0...1_000_000
}

extension DeviceSimConfiguration.Run {
    fileprivate static let keys = ["seed", "duration", "barrier", "drain", "tolerance", "report", "quiet"]

    fileprivate mutating func read(_ section: Section) {
        self.seed = section.integer("seed", in: 0...UInt64.max) ?? self.seed
        let duration = section.duration("duration", in: .anyTime) ?? .zero
        self.duration = duration > .zero ? duration : self.duration
        self.barrier = section.duration("barrier", in: .anyTime) ?? self.barrier
        self.drain = section.duration("drain", in: .anyTime) ?? self.drain
        self.tolerance = section.duration("tolerance", in: .anyTime) ?? self.tolerance
        self.report = section.text("report", "the path of a file, or -") ?? self.report
        self.isQuiet = section.flag("quiet") ?? self.isQuiet
    }
}

extension Thresholds {
    fileprivate static let keys = [
        "maxLost", "maxDuplicated", "maxOutOfOrder", "maxP99", "maxMax", "maxOverruns", "maxMissed",
        "maxConnectFailures", "maxReconnects", "minRate", "maxBehind", "maxGaps", "maxStaleness",
    ]

    fileprivate mutating func read(_ section: Section) {
        section.readThreshold("maxLost", into: &self.maxLost)
        section.readThreshold("maxDuplicated", into: &self.maxDuplicated)
        section.readThreshold("maxOutOfOrder", into: &self.maxOutOfOrder)
        section.readThreshold("maxOverruns", into: &self.maxOverruns)
        section.readThreshold("maxMissed", into: &self.maxMissed)
        section.readThreshold("maxConnectFailures", into: &self.maxConnectFailures)
        section.readThreshold("maxReconnects", into: &self.maxReconnects)
        section.readThreshold("maxBehind", into: &self.maxBehind)
        section.readThreshold("maxGaps", into: &self.maxGaps)
        section.readThreshold("maxStaleness", into: &self.maxStaleness)
        section.readThreshold("maxP99", into: &self.maxP99)
        section.readThreshold("maxMax", into: &self.maxMax)
        self.minRate = section.number("minRate", in: 0...1_000_000_000) ?? self.minRate
    }
}
