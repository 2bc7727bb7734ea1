import Foundation
import Yams

extension DeviceSimConfiguration {
    /// Reads a configuration file. Every key may be absent; an unknown one, a wrong type and an impossible value are
    /// refused with the file, the line and what was expected.
    init(file: String) throws(ConfigurationError) {
        let text: String
        do {
            text = try String(contentsOfFile: file, encoding: .utf8)
        } catch {
            throw ConfigurationError(file: file, line: nil, message: "cannot be read: \(error.localizedDescription)")
        }
        try self.init(yaml: text, file: file)
    }

    /// - Parameter file: the name for errors, and the place that relative paths are relative to.
    init(yaml: String, file: String) throws(ConfigurationError) {
        self.init()
        var top = try Section(Self.compose(yaml, file: file), path: "", file: file)
        var mqtt = try top.section("mqtt")
        var devices = try top.section("devices")
        var viewers = try top.section("viewers")
        var run = try top.section("run")
        var thresholds = try top.section("thresholds")
        try top.finish()
        try self.mqtt.read(&mqtt, file: file)
        try self.devices.read(&devices)
        try self.viewers.read(&viewers)
        try self.run.read(&run)
        try self.thresholds.read(&thresholds)
    }

    private static func compose(_ yaml: String, file: String) throws(ConfigurationError) -> Node? {
        do {
            return try Yams.compose(yaml: yaml)
        } catch let error as YamlError {
            throw ConfigurationError(file: file, line: error.line, message: error.problem)
        } catch {
            throw ConfigurationError(file: file, line: nil, message: "\(error)")
        }
    }
}

extension DeviceSimConfiguration.MQTT {
    fileprivate mutating func read(_ section: inout Section, file: String) throws(ConfigurationError) {
        try section.take(
            "url", into: &self.url, allowing: { $0.contains("://") }, "an address such as mqtt://host:1883")
        var version = "5"
        try section.take("version", into: &version, allowing: ["5", "3.1.1"].contains, "5 or 3.1.1")
        self.version = version == "5" ? 5 : 3
        var text = ""
        try section.take("username", into: &text, allowing: { !$0.isEmpty }, "a name")
        if !text.isEmpty { self.username = text }
        var passwordFile = ""
        try section.take("passwordFile", into: &passwordFile, allowing: { !$0.isEmpty }, "the path of a file")
        if !passwordFile.isEmpty {
            let url = URL(fileURLWithPath: passwordFile, relativeTo: URL(fileURLWithPath: file))
            guard let password = try? String(contentsOf: url, encoding: .utf8) else {
                throw section.error("mqtt.passwordFile: \(passwordFile) cannot be read")
            }
            self.password = password.trimmingCharacters(in: .newlines)
        }
        try section.take("qos", into: &self.qos, 0...1)
        try section.take("keepAlive", into: &self.keepAlive)
        guard self.keepAlive == .zero || (Duration.seconds(5)...Duration.seconds(65_535)).contains(self.keepAlive)
        else {
            throw section.error("mqtt.keepAlive is to be 0s, or from 5s to 65535s")
        }
        try section.finish()
    }
}

extension DeviceSimConfiguration.Devices {
    fileprivate mutating func read(_ section: inout Section) throws(ConfigurationError) {
        try section.take("count", into: &self.count, Self.counts)
        try section.take("first", into: &self.naming.first, Self.numbers)
        try section.take("prefix", into: &self.naming.prefix, allowing: Naming.isPrefix, Naming.prefixRule)
        try section.take("id", into: &self.naming.id, allowing: Naming.isID, Naming.idRule)
        try section.take("profile", into: &self.profile)
        try section.take("rate", into: &self.rate, Self.rates)
        try section.take("jitter", into: &self.jitter, 0...0.5)
        try section.take("size", into: &self.size, Self.sizes)
        try section.take("ramp", into: &self.ramp)
        try section.take("reboot", into: &self.reboot)
        try section.take("leave", into: &self.leave)
        if section.has("fields") {
            var fields = try section.section("fields")
            self.fields = try Field.read(&fields)
        }
        try section.finish()
    }

    static let counts = 0...1_000_000
    static let numbers = 0...1_000_000_000
    static let rates = 0.0...1000
    static let sizes = 0...1_000_000
}

extension DeviceSimConfiguration.Viewers {
    fileprivate mutating func read(_ section: inout Section) throws(ConfigurationError) {
        try section.take("count", into: &self.count, Self.counts)
        try section.take(
            "url", into: &self.url, allowing: { $0.contains("://") }, "an address such as http://host:3000")
        try section.take(
            "namespace", into: &self.namespace, allowing: { $0.hasPrefix("/") }, "a name that begins with /")
        if !section.takesNone("follow", "all") {
            var follow = 0
            try section.take("follow", into: &follow, 0...DeviceSimConfiguration.Devices.counts.upperBound)
            if follow > 0 { self.follow = follow }
        }
        var rate = 0.0
        try section.take("maxHz", into: &rate, 0...1000)
        if rate > 0 { self.maxHz = rate }
        try section.finish()
    }

    static let counts = 0...100_000
}

extension DeviceSimConfiguration.Run {
    fileprivate mutating func read(_ section: inout Section) throws(ConfigurationError) {
        try section.take("seed", into: &self.seed)
        var duration = Duration.zero
        try section.take("duration", into: &duration)
        if duration > .zero { self.duration = duration }
        try section.take("drain", into: &self.drain)
        try section.take("tolerance", into: &self.tolerance)
        var report = ""
        try section.take("report", into: &report, allowing: { !$0.isEmpty }, "the path of a file, or -")
        if !report.isEmpty { self.report = report }
        try section.finish()
    }
}

extension Thresholds {
    fileprivate mutating func read(_ section: inout Section) throws(ConfigurationError) {
        try Self.read(&section, "maxLost", &self.maxLost)
        try Self.read(&section, "maxDuplicated", &self.maxDuplicated)
        try Self.read(&section, "maxOutOfOrder", &self.maxOutOfOrder)
        try Self.read(&section, "maxOverruns", &self.maxOverruns)
        try Self.read(&section, "maxMissed", &self.maxMissed)
        try Self.read(&section, "maxConnectFailures", &self.maxConnectFailures)
        try Self.read(&section, "maxReconnects", &self.maxReconnects)
        try Self.read(&section, "maxP99", &self.maxP99)
        try Self.read(&section, "maxMax", &self.maxMax)
        if section.has("minRate") {
            var rate = 0.0
            try section.take("minRate", into: &rate, 0...1_000_000_000)
            self.minRate = rate
        }
        try section.finish()
    }

    /// `any` lifts a threshold.
    private static func read(_ section: inout Section, _ key: String, _ value: inout Int?) throws(ConfigurationError) {
        guard !section.takesNone(key, "any") else {
            value = nil
            return
        }
        var limit = value ?? 0
        try section.take(key, into: &limit, 0...Int.max)
        if section.has(key) { value = limit }
    }

    private static func read(
        _ section: inout Section, _ key: String, _ value: inout Duration?
    ) throws(ConfigurationError) {
        guard !section.takesNone(key, "any") else {
            value = nil
            return
        }
        var limit = Duration.zero
        try section.take(key, into: &limit)
        if section.has(key) { value = limit }
    }
}

extension YamlError {
    /// The line of the problem, from 1, as far as the parser says.
    fileprivate var line: Int? {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: nil
        }
    }

    fileprivate var problem: String {
        switch self {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
        case .duplicatedKeysInMapping(let keys, _): "the key \(keys.joined(separator: ", ")) is there twice"
        default: "\(self)"
        }
    }
}
