import Settings
import Simulator
import ArgumentParser

struct DeviceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The broker: mqtt://host:1883, or mqtts:// for TLS.", valueName: "url"))
    var mqtt: String?

    @Option(help: ArgumentHelp("How many devices.", valueName: "n"), transform: Parse.count)
    var devices: Int?

    @Option(help: ArgumentHelp("Messages per second and device, 0 to 1000.", valueName: "hz"), transform: Parse.rate)
    var rate: Double?

    @Option(help: "Messages: telemetry (JSON), frame (binary) or mixed (both).")
    var profile: Profile?

    @Option(
        help: ArgumentHelp("Bytes of every payload; 0 for as many as it takes.", valueName: "bytes"),
        transform: Parse.size)
    var size: Int?

    @Option(help: "MQTT quality of service, 0 or 1.", transform: Parse.qos)
    var qos: Int?

    @Option(help: "The topic levels before the device.", transform: Parse.prefix)
    var prefix: String?

    @Option(help: "What stands before the number in a device's id.", transform: Parse.id)
    var id: String?

    @Option(help: ArgumentHelp("The number of the first device.", valueName: "n"), transform: Parse.first)
    var first: Int?

    @Option(help: ArgumentHelp("Devices come online spread over this time.", valueName: "time"), transform: Parse.time)
    var ramp: Duration?

    @Option(help: "Going at the end: clean (they publish offline) or will (they vanish).")
    var leave: DeviceSimConfiguration.Leave?

    func apply(to settings: inout DeviceSimConfiguration) {
        self.mqtt.map { settings.mqtt.url = $0 }
        self.qos.map { settings.mqtt.qos = $0 }
        self.devices.map { settings.devices.count = $0 }
        self.rate.map { settings.devices.rate = $0 }
        self.profile.map { settings.devices.profile = $0 }
        self.size.map { settings.devices.size = $0 }
        self.prefix.map { settings.devices.naming.prefix = $0 }
        self.id.map { settings.devices.naming.id = $0 }
        self.first.map { settings.devices.naming.first = $0 }
        self.ramp.map { settings.devices.ramp = $0 }
        self.leave.map { settings.devices.leave = $0 }
    }
}

struct ViewerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("How many Socket.IO viewers watch the devices through the relay.", valueName: "n"),
        transform: Parse.viewers)
    var viewers: Int?

    @Option(help: "The relay: http://host:3000.")
    var url: String?

    @Option(help: "The relay's namespace of devices.")
    var namespace: String?

    @Option(
        help: ArgumentHelp("Devices that each viewer follows, in turn; 0 for all.", valueName: "n"),
        transform: Parse.count)
    var follow: Int?

    func apply(to viewers: inout DeviceSimConfiguration.Viewers) {
        self.viewers.map { viewers.count = $0 }
        self.url.map { viewers.url = $0 }
        self.namespace.map { viewers.namespace = $0 }
        self.follow.map { viewers.follow = $0 == 0 ? nil : $0 }
    }
}

struct RunOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A configuration; configs/device-sim.yaml shows every key.", valueName: "file"))
    var config: String?

    @Option(help: "The same seed gives the same run.")
    var seed: UInt64?

    @Option(help: ArgumentHelp("Stop after this time; 0 for never.", valueName: "time"), transform: Parse.time)
    var duration: Duration?

    @Option(
        help: ArgumentHelp("The most time for the last messages to arrive.", valueName: "time"), transform: Parse.time)
    var drain: Duration?

    @Option(help: ArgumentHelp("Write the report as JSON; - for standard output.", valueName: "file"))
    var report: String?

    func apply(to run: inout DeviceSimConfiguration.Run) {
        self.seed.map { run.seed = $0 }
        self.duration.map { run.duration = $0 == .zero ? nil : $0 }
        self.drain.map { run.drain = $0 }
        self.report.map { run.report = $0 }
    }
}

struct ThresholdOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Messages lost on the way to viewers. (default: 0)", valueName: "n"))
    var maxLost: Int?

    @Option(help: ArgumentHelp("Messages that came twice. (default: 0)", valueName: "n"))
    var maxDuplicated: Int?

    @Option(help: ArgumentHelp("Messages that came after a later one. (default: 0)", valueName: "n"))
    var maxOutOfOrder: Int?

    @Option(help: ArgumentHelp("End-to-end latency of 99 in 100 messages.", valueName: "time"), transform: Parse.time)
    var maxP99: Duration?

    @Option(help: ArgumentHelp("End-to-end latency of the slowest message.", valueName: "time"), transform: Parse.time)
    var maxMax: Duration?

    @Option(help: ArgumentHelp("Messages sent too late.", valueName: "n"))
    var maxOverruns: Int?

    @Option(help: ArgumentHelp("Messages not sent because their device was offline.", valueName: "n"))
    var maxMissed: Int?

    @Option(help: ArgumentHelp("Failed attempts of devices to connect.", valueName: "n"))
    var maxConnectFailures: Int?

    @Option(help: ArgumentHelp("Connections of devices after their first.", valueName: "n"))
    var maxReconnects: Int?

    @Option(help: ArgumentHelp("Messages published per second, all devices together.", valueName: "hz"))
    var minRate: Double?

    func apply(to thresholds: inout Thresholds) {
        self.maxLost.map { thresholds.maxLost = $0 }
        self.maxDuplicated.map { thresholds.maxDuplicated = $0 }
        self.maxOutOfOrder.map { thresholds.maxOutOfOrder = $0 }
        self.maxP99.map { thresholds.maxP99 = $0 }
        self.maxMax.map { thresholds.maxMax = $0 }
        self.maxOverruns.map { thresholds.maxOverruns = $0 }
        self.maxMissed.map { thresholds.maxMissed = $0 }
        self.maxConnectFailures.map { thresholds.maxConnectFailures = $0 }
        self.maxReconnects.map { thresholds.maxReconnects = $0 }
        self.minRate.map { thresholds.minRate = $0 }
    }
}

extension Profile: ExpressibleByArgument {}
extension DeviceSimConfiguration.Leave: ExpressibleByArgument {}

/// Values of flags, with the same limits as in the file.
private enum Parse {
    static func time(_ text: String) throws -> Duration {
        return try OptionValue.duration(text)
    }

    static func count(_ text: String) throws -> Int {
        return try OptionValue.integer(text, in: DeviceSimConfiguration.Devices.counts)
    }

    static func viewers(_ text: String) throws -> Int {
        return try OptionValue.integer(text, in: DeviceSimConfiguration.Viewers.counts)
    }

    static func first(_ text: String) throws -> Int {
        return try OptionValue.integer(text, in: DeviceSimConfiguration.Devices.numbers)
    }

    static func size(_ text: String) throws -> Int {
        return try OptionValue.integer(text, in: DeviceSimConfiguration.Devices.sizes)
    }

    static func qos(_ text: String) throws -> Int {
        return try OptionValue.integer(text, in: 0...1)
    }

    static func rate(_ text: String) throws -> Double {
        return try OptionValue.number(text, in: DeviceSimConfiguration.Devices.rates)
    }

    static func prefix(_ text: String) throws -> String {
        return try Self.named(text, by: Naming.prefix)
    }

    static func id(_ text: String) throws -> String {
        return try Self.named(text, by: Naming.id)
    }

    private static func named(_ text: String, by make: (String) throws(PatternError) -> String) throws -> String {
        do throws(PatternError) { return try make(text) } catch { throw ValidationError(error.description) }
    }
}
