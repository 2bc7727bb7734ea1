import ArgumentParser
import Foundation
import Simulator

@main
struct DeviceSimCommand: AsyncParsableCommand {
    static let version = "device-sim 1.0.0"

    static let configuration = CommandConfiguration(
        commandName: "device-sim",
        abstract: "Simulated MQTT devices: telemetry, presence, commands, load; and viewers that prove what arrived.",
        discussion: """
            Each device is an MQTT client of its own. It publishes devices/<id>/telemetry (JSON with ts and seq), holds \
            devices/<id>/status (retained online, its last will offline) and obeys devices/<id>/commands, for instance \
            {"rate":5}, {"led":"on"} or {"reboot":true}.

            The same seed gives the same devices, times and values again. Messages carry the time they were meant to be \
            sent, so a latency counts every stall, the simulator's own too.

            A scenario is a whole run: groups of devices, and stages in which they send more or less, fail and come and \
            go. What was injected is known to the viewers: only the rest counts as lost, duplicated or out of order. \
            `device-sim find` looks for the highest rate that a relay keeps up with.

            Times are written as 250ms, 25s, 2m or 1h. Flags override the environment (RELAY_MQTT_URL, \
            RELAY_MQTT_USERNAME, RELAY_MQTT_PASSWORD, RELAY_URL), which overrides the file. The exit code is 0 only \
            when every device and viewer got through and every threshold was kept.

            Examples:
              device-sim --devices 20
                until control-C, a message per second each
              device-sim --devices 2000 --rate 0.5 --ramp 10s
                many, coming online over ten seconds
              device-sim --duration 30s --viewers 100 --max-p99 50ms
                does the relay at http://127.0.0.1:3000 keep up?
              device-sim --scenario flaky-radio --viewers 20 --report report.prom
                and with devices that fail?
              device-sim find --devices 100 --viewers 50 --max-p99 50ms
                how much does it take?
            """,
        version: DeviceSimCommand.version,
        subcommands: [FindCommand.self])

    @OptionGroup var options: Options

    func run() async throws {
        let configuration = try self.options.settings(environment: ProcessInfo.processInfo.environment)
        let report = try await Simulation(configuration).run(until: StopRequest())
        try report.publish(to: configuration.run.report)
        if !report.passed { throw ExitCode.failure }
    }
}

/// What every command can be told.
struct Options: ParsableArguments {
    @OptionGroup(title: "Devices") var devices: DeviceOptions
    @OptionGroup(title: "Viewers") var viewers: ViewerOptions
    @OptionGroup(title: "Run") var run: RunOptions
    @OptionGroup(title: "Thresholds") var thresholds: ThresholdOptions

    /// Defaults, then the scenario, the file, then the environment, then the flags.
    func settings(environment: [String: String]) throws -> DeviceSimConfiguration {
        var settings = DeviceSimConfiguration()
        if let scenario = self.run.scenario { try settings.read(scenario: scenario) }
        if let file = self.run.config { try settings.read(file: file) }
        settings.apply(environment: environment)
        self.devices.apply(to: &settings)
        self.viewers.apply(to: &settings.viewers)
        self.run.apply(to: &settings)
        self.thresholds.apply(to: &settings.thresholds)
        return settings
    }
}

extension DeviceSimConfiguration {
    /// What the environment says, as far as it says anything.
    mutating func apply(environment: [String: String]) {
        if let url = environment["RELAY_MQTT_URL"] { self.mqtt.url = url }
        if let username = environment["RELAY_MQTT_USERNAME"] { self.mqtt.username = username }
        if let password = environment["RELAY_MQTT_PASSWORD"] { self.mqtt.password = password }
        if let url = environment["RELAY_URL"] { self.viewers.url = url }
    }
}
