import ArgumentParser

/// `relay`: Socket.IO on one side, MQTT on the other.
@main
struct RelayCommand: AsyncParsableCommand {
    static let version = "relay 1.0.0"

    static let configuration = CommandConfiguration(
        commandName: "relay",
        abstract: "Brings MQTT messages to web pages over Socket.IO, and their answers back.",
        discussion: """
            Try it:        relay demo
            For real:      relay serve --config relay.yaml
            Before that:   relay check relay.yaml
            To see more:   relay route devices/d1/telemetry
                           relay watch http://127.0.0.1:3000/devices devices/+/telemetry

            Flags override the environment (RELAY_CONFIG, RELAY_HOST, RELAY_PORT, RELAY_THREADS, RELAY_MQTT_URL, \
            RELAY_MQTT_USERNAME, RELAY_MQTT_PASSWORD, RELAY_LOG_LEVEL; for a broker with a name RELAY_MQTT_<NAME>_URL \
            and so on), which overrides the configuration file, which overrides the defaults. A password is never a \
            flag. RELAY_PAGES names a directory that the pages are read from instead.
            """,
        version: version,
        subcommands: [
            ServeCommand.self, DemoCommand.self, CheckCommand.self, RouteCommand.self, WatchCommand.self,
        ],
        defaultSubcommand: ServeCommand.self)
}
