import Foundation
import MQTT
import Settings

/// Reads `mqtt`: one broker, or several, each in a section with a name.
extension RelayConfiguration.Broker {
    private static let keys = [
        "url", "version", "username", "passwordFile", "clientId", "keepAlive", "tls", "limits", "prefix", "status",
        "id", "metrics", "password",
    ]

    /// `directory` is where the configuration file is: relative paths in it start there.
    static func all(in parent: Section, _ key: String, directory: String) -> [Self] {
        guard let look = parent.section(key, keys: nil) else { return [] }
        let isNamed = look.entries.allSatisfy { look.isMapping($0.key) && !keys.contains($0.key) }
        guard isNamed, !look.entries.isEmpty else {
            return parent.section(key, keys: keys).map { [Self($0, directory: directory)] } ?? []
        }
        return look.entries.enumerated().compactMap { index, entry in
            guard let section = look.section(entry.key, keys: keys) else { return nil }
            if !entry.key.isPlainWord { look.note(entry.key, "expected a name of letters, digits, - and _") }
            if let twin = look.entries[..<index].first(where: { $0.key.variable == entry.key.variable }) {
                look.note(
                    entry.key, "expected a name whose variables, \(entry.key.variable)…, are not \(twin.key)'s as well")
            }
            if index == 0, section.has("prefix") {
                section.note("prefix", "expected none for the first broker, which is that of whatever names no other")
            }
            var broker = Self(section, directory: directory)
            broker.name = entry.key
            return broker
        }
    }

    private init(_ section: Section, directory: String) {
        self.init()
        url = section.made("url", BrokerURL.example, by: BrokerURL.init) ?? url
        let hasPlainURL = section.has("url") && !url.usesTLS
        version = section.choice("version", Version.self) ?? version
        username = section.text("username", "the name the relay has at the broker")
        clientID = section.text("clientId", "an MQTT client identifier")
        keepAlive = section.duration("keepAlive", in: .seconds(5)...(.seconds(65_535))) ?? keepAlive
        if keepAlive.components.attoseconds != 0 { section.note("keepAlive", "expected whole seconds") }
        if section.has("password") {
            section.note("password", "a password does not belong in this file; use passwordFile or RELAY_MQTT_PASSWORD")
        }
        password = section.made("passwordFile", "the path of a file") { (path) throws(PatternError) in
            try Secret(inFile: YAMLDocument.path(path, beside: directory))
        }
        if let limits = section.section("limits", keys: ["packet"]) {
            maximumPacket = limits.bytes("packet", in: 1_024...268_435_455) ?? maximumPacket
        }
        prefix = section.made("prefix", "the beginning of topics, such as north/", by: Self.prefix) ?? prefix
        status = section.flag("status") ?? status
        id = section.made("id", "a level of a topic", by: Self.level)
        metrics = section.duration("metrics", in: .milliseconds(100)...(.seconds(3_600)))
        if metrics != nil, !status { section.note("metrics", "expected status: true, since the two are told together") }
        if let section = section.section("tls", keys: ["ca", "certificate", "key", "insecure"]) {
            tls = RelayConfiguration.TLS(section, directory: directory)
            if hasPlainURL {
                section.problems.note(line: section.line, "mqtt.tls: expected an mqtts:// address in mqtt.url")
            }
        }
    }
}

extension RelayConfiguration.Broker {
    private static func prefix(_ text: String) throws(PatternError) -> String {
        guard text.last == "/", !text.hasPrefix("$"), !text.hasPrefix("relay/"), (try? TopicName(text)) != nil else {
            throw PatternError("expected words, each with a slash behind it, such as north/")
        }
        return text
    }

    private static func level(_ text: String) throws(PatternError) -> String {
        guard (try? TopicName(text)) != nil, !text.contains("/"), text.utf8.count <= 200 else {
            throw PatternError("expected a level of a topic: no slash, no + or #")
        }
        return text
    }
}

extension String {
    /// What the variables of a broker of this name begin with.
    var variable: String { "RELAY_MQTT_\(self.uppercased().replacing("-", with: "_"))_" }

    /// Letters, digits, `-` and `_` of ASCII, at least one and at most 64.
    fileprivate var isPlainWord: Bool {
        (1...64).contains(self.utf8.count)
            && self.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_".unicodeScalars.contains($0))
            }
    }
}

extension RelayConfiguration.TLS {
    fileprivate init(_ section: Section, directory: String) {
        self.init()
        let file = { (path: String) throws(PatternError) -> String in
            let path = YAMLDocument.path(path, beside: directory)
            guard FileManager.default.isReadableFile(atPath: path) else {
                throw PatternError("expected a file that can be read")
            }
            return path
        }
        ca = section.made("ca", "the path of a file", by: file)
        certificate = section.made("certificate", "the path of a file", by: file)
        key = section.made("key", "the path of a file", by: file)
        insecure = section.flag("insecure") ?? insecure
        if section.has("certificate") != section.has("key") {
            let present = section.has("certificate") ? "certificate" : "key"
            section.note(present, "expected certificate and key together")
        }
    }
}
