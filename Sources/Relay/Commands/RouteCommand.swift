import ArgumentParser
import Foundation
import MQTT
import Settings

/// `relay route`: where does a topic go?
struct RouteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route",
        abstract: "Say which namespaces show a topic, by which rule, and who may publish to it.",
        discussion: "Nothing is started. Without a configuration it speaks of what relay serves without one.")

    @Argument(help: "The topic, without wildcards.")
    var topic: String

    @Option(help: ArgumentHelp("The configuration, a YAML file.", valueName: "file"))
    var config: String?

    func run() throws {
        guard let name = try? TopicName(topic) else {
            throw ValidationError("expected a topic, without + and #, found \"\(topic.prefix(100))\"")
        }
        let file = config ?? ProcessInfo.processInfo.environment["RELAY_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let configuration = try file.map { file in
            try orExit { () throws(ConfigurationError) in try RelayConfiguration.load(file: file) }
        }
        print((configuration ?? RelayConfiguration()).route(of: name))
    }
}
