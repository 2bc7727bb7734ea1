import Foundation
import Settings

extension RelayConfiguration {
    /// What the command line says; nil where it says nothing.
    struct Flags: Sendable {
        var host: String?
        var port: Int?
        var mqtt: String?

        init(host: String? = nil, port: Int? = nil, mqtt: String? = nil) {
            self.host = host
            self.port = port
            self.mqtt = mqtt
        }
    }

    /// Flags over environment over the file over defaults; `file` nil stands for an empty one.
    ///
    /// Reads `RELAY_HOST`, `RELAY_PORT`, `RELAY_THREADS`, `RELAY_MQTT_URL`, `RELAY_MQTT_USERNAME`, `RELAY_MQTT_PASSWORD`, and
    /// the last three for each broker that has a name, as `RELAY_MQTT_NORTH_URL`. Throws every problem of every source at once.
    static func load(
        file: String?, flags: Flags = Flags(), environment: [String: String] = [:]
    ) throws(ConfigurationError) -> RelayConfiguration {
        var configuration = RelayConfiguration()
        var problems: [ConfigurationProblem] = []
        if let file {
            let log = ProblemLog(source: file)
            YAMLDocument.text(ofFile: file, problems: log).map { text in
                let directory = URL(fileURLWithPath: file).deletingLastPathComponent().path
                configuration = RelayConfiguration(yaml: text, directory: directory, problems: log)
            }
            problems += log.inOrder
        }
        problems += configuration.apply(flags, environment)
        guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
        return configuration
    }

    /// What a text in the form of a configuration file says; `source` is what problems call it.
    static func load(
        yaml text: String, source: String, directory: String = "."
    ) throws(ConfigurationError) -> RelayConfiguration {
        let log = ProblemLog(source: source)
        let configuration = RelayConfiguration(yaml: text, directory: directory, problems: log)
        guard log.problems.isEmpty else { throw ConfigurationError(problems: log.inOrder) }
        return configuration
    }

    private init(yaml text: String, directory: String, problems: ProblemLog) {
        self.init()
        guard let root = YAMLDocument.root(of: text, problems: problems),
            let top = Section(root, path: "", keys: ["server", "mqtt", "namespaces"], problems: problems)
        else { return }
        if let section = top.section("server", keys: Server.keys) { server = Server(section) }
        if top.has("mqtt") { brokers = Broker.all(in: top, "mqtt", directory: directory) }
        if let section = top.section("namespaces", keys: nil) {
            namespaces = Namespace.all(in: section, brokers: brokers, directory: directory)
        }
        // Without a section of its own the broker is the default one, if anything here needs a broker.
        if !top.has("mqtt"), !namespaces.contains(where: \.needsBroker) { brokers = [] }
    }
}

// MARK: - Flags and environment

extension RelayConfiguration {
    private mutating func apply(_ flags: Flags, _ environment: [String: String]) -> [ConfigurationProblem] {
        var overrides = Overrides(environment: environment.filter { !$0.value.isEmpty })
        server.host = overrides.value("--host", flags.host, "RELAY_HOST") ?? server.host
        server.port =
            overrides.number("--port", flags.port.map(String.init), "RELAY_PORT", in: 0...65_535) ?? server.port
        server.threads = overrides.number("", nil, "RELAY_THREADS", in: 1...64) ?? server.threads
        if let url = overrides.made("--mqtt", flags.mqtt, "RELAY_MQTT_URL", by: BrokerURL.init) {
            mqtt = mqtt ?? Broker()
            mqtt?.url = url
        }
        if !brokers.isEmpty { brokers[0].takeCredentials(from: overrides.environment, "RELAY_MQTT_") }
        for index in brokers.indices {
            guard let name = brokers[index].name else { continue }
            let variables = name.variable
            brokers[index].takeCredentials(from: overrides.environment, variables)
            if let url = overrides.made("", nil, variables + "URL", by: BrokerURL.init) { brokers[index].url = url }
        }
        return overrides.problems
    }
}

extension RelayConfiguration.Broker {
    fileprivate mutating func takeCredentials(from environment: [String: String], _ prefix: String) {
        if let username = environment[prefix + "USERNAME"] { self.username = username }
        if let password = environment[prefix + "PASSWORD"] { self.password = Secret(password) }
    }
}

/// Values that flags or, failing them, the environment set.
private struct Overrides {
    let environment: [String: String]
    var problems: [ConfigurationProblem] = []

    func value(_ flagName: String, _ flag: String?, _ variable: String) -> String? {
        flag ?? environment[variable]
    }

    mutating func number(
        _ flagName: String, _ flag: String?, _ variable: String, in range: ClosedRange<Int>
    ) -> Int? {
        made(flagName, flag, variable) { (text) throws(PatternError) in
            guard let number = Int(text), range.contains(number) else {
                throw PatternError("expected a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
    }

    mutating func made<Value>(
        _ flagName: String, _ flag: String?, _ variable: String, by make: (String) throws(PatternError) -> Value
    ) -> Value? {
        guard let text = value(flagName, flag, variable) else { return nil }
        do {
            return try make(text)
        } catch {
            let source = flag == nil ? variable : flagName
            problems.append(.init(source: source, line: nil, message: "\(error), found \"\(text.prefix(60))\""))
            return nil
        }
    }
}

extension RelayConfiguration.Namespace {
    /// Whether it is of no use without a broker.
    var needsBroker: Bool {
        switch kind {
        case .topics: true
        case .game(let games): games.topics == .on || !games.bindings.isEmpty || !games.emissions.isEmpty
        case .chat, .echo: false
        }
    }
}
