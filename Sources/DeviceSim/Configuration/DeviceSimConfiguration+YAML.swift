import Foundation
import Settings
import Simulator

extension DeviceSimConfiguration {
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
        let keys = ["mqtt", "devices", "viewers", "run", "thresholds"]
        guard let root = YAMLDocument.root(of: yaml, problems: problems),
            let top = Section(root, path: "", keys: keys, problems: problems)
        else { return }
        if let section = top.section("mqtt", keys: MQTT.keys) { self.mqtt.read(section, directory: directory) }
        if let section = top.section("devices", keys: Devices.keys) { self.devices.read(section) }
        if let section = top.section("viewers", keys: Viewers.keys) { self.viewers.read(section) }
        if let section = top.section("run", keys: Run.keys) { self.run.read(section) }
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

    fileprivate static func address(_ text: String) throws(PatternError) -> String {
        guard text.contains("://") else { throw PatternError("expected an address with its scheme in front") }
        return text
    }
}

extension DeviceSimConfiguration.Devices {
    fileprivate static let keys = [
        "count", "first", "prefix", "id", "profile", "rate", "jitter", "size", "ramp", "reboot", "leave", "fields",
    ]

    fileprivate mutating func read(_ section: Section) {
        self.count = section.integer("count", in: Self.counts) ?? self.count
        self.naming.first = section.integer("first", in: Self.numbers) ?? self.naming.first
        self.naming.prefix = section.made("prefix", Naming.prefixRule, by: Naming.prefix) ?? self.naming.prefix
        self.naming.id = section.made("id", Naming.idRule, by: Naming.id) ?? self.naming.id
        self.profile = section.choice("profile", Profile.self) ?? self.profile
        self.rate = section.number("rate", in: Self.rates) ?? self.rate
        self.jitter = section.number("jitter", in: 0...0.5) ?? self.jitter
        self.size = section.integer("size", in: Self.sizes) ?? self.size
        self.ramp = section.duration("ramp", in: .anyTime) ?? self.ramp
        self.reboot = section.duration("reboot", in: .anyTime) ?? self.reboot
        self.leave = section.choice("leave", DeviceSimConfiguration.Leave.self) ?? self.leave
        if let fields = section.section("fields", keys: nil) { self.fields = Field.all(in: fields) }
    }

    static let counts = 0...1_000_000
    static let numbers = 0...1_000_000_000
    static let rates = 0.0...1000
    static let sizes = 0...1_000_000
}

extension DeviceSimConfiguration.Viewers {
    fileprivate static let keys = ["count", "url", "namespace", "follow", "maxHz"]

    fileprivate mutating func read(_ section: Section) {
        self.count = section.integer("count", in: Self.counts) ?? self.count
        let url = section.made("url", "an address such as http://host:3000", by: DeviceSimConfiguration.MQTT.address)
        self.url = url ?? self.url
        self.namespace = section.made("namespace", "a name that begins with /", by: Self.namespace) ?? self.namespace
        if !section.says("follow", "all") {
            let follow = section.integer("follow", in: DeviceSimConfiguration.Devices.counts) ?? 0
            self.follow = follow > 0 ? follow : self.follow
        }
        let rate = section.number("maxHz", in: 0...1000) ?? 0
        self.maxHz = rate > 0 ? rate : self.maxHz
    }

    private static func namespace(_ text: String) throws(PatternError) -> String {
        guard text.hasPrefix("/") else { throw PatternError("expected a name that begins with /") }
        return text
    }

    static let counts = 0...100_000
}

extension DeviceSimConfiguration.Run {
    fileprivate static let keys = ["seed", "duration", "drain", "tolerance", "report"]

    fileprivate mutating func read(_ section: Section) {
        self.seed = section.integer("seed", in: 0...UInt64.max) ?? self.seed
        let duration = section.duration("duration", in: .anyTime) ?? .zero
        self.duration = duration > .zero ? duration : self.duration
        self.drain = section.duration("drain", in: .anyTime) ?? self.drain
        self.tolerance = section.duration("tolerance", in: .anyTime) ?? self.tolerance
        self.report = section.text("report", "the path of a file, or -") ?? self.report
    }
}

extension Thresholds {
    fileprivate static let keys = [
        "maxLost", "maxDuplicated", "maxOutOfOrder", "maxP99", "maxMax", "maxOverruns", "maxMissed",
        "maxConnectFailures", "maxReconnects", "minRate",
    ]

    fileprivate mutating func read(_ section: Section) {
        section.readThreshold("maxLost", into: &self.maxLost)
        section.readThreshold("maxDuplicated", into: &self.maxDuplicated)
        section.readThreshold("maxOutOfOrder", into: &self.maxOutOfOrder)
        section.readThreshold("maxOverruns", into: &self.maxOverruns)
        section.readThreshold("maxMissed", into: &self.maxMissed)
        section.readThreshold("maxConnectFailures", into: &self.maxConnectFailures)
        section.readThreshold("maxReconnects", into: &self.maxReconnects)
        section.readThreshold("maxP99", into: &self.maxP99)
        section.readThreshold("maxMax", into: &self.maxMax)
        self.minRate = section.number("minRate", in: 0...1_000_000_000) ?? self.minRate
    }
}
