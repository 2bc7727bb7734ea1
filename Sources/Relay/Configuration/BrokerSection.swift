import Settings
import Foundation

/// Reads `mqtt`.
extension RelayConfiguration.Broker {
    static let keys = ["url", "version", "username", "passwordFile", "clientId", "keepAlive", "tls", "password"]

    /// `directory` is where the configuration file is: relative paths in it start there.
    init(_ section: Section, directory: String) {
        self.init()
        url = section.made("url", "mqtt://host:1883, or mqtts://host:8883 for TLS", by: BrokerURL.init) ?? url
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
        if let section = section.section("tls", keys: ["ca", "certificate", "key", "insecure"]) {
            tls = RelayConfiguration.TLS(section, directory: directory)
            if hasPlainURL {
                section.problems.note(line: section.line, "mqtt.tls: expected an mqtts:// address in mqtt.url")
            }
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
