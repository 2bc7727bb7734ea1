import Settings
import Simulator
import ArgumentParser

struct DeviceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The broker; mqtts:// for TLS. (default: mqtt://127.0.0.1:1883)", valueName: "url"))
    var mqtt: String?

    @Option(
        help: ArgumentHelp("How many devices; groups keep their shares. (default: 10)", valueName: "n"),
        transform: Parse.count)
    var devices: Int?

    @Option(
        help: ArgumentHelp("Messages per second and device, 0 to 1000. (default: 1)", valueName: "hz"),
        transform: Parse.rate)
    var rate: Double?

    @Option(
        help: ArgumentHelp(
            "Times: regular (0), evenly astray by up to a part of a period (0.5), or exponential. (default: 0)",
            valueName: "jitter"),
        transform: Parse.jitter)
    var jitter: Jitter?

    @Option(help: "How telemetry is written: json, cbor, packed or random bytes. (default: json)")
    var codec: Codec?

    @Option(help: "Messages: telemetry (JSON), frame (binary) or mixed (both). (default: telemetry)")
    var profile: Profile?

    @Option(
        help: ArgumentHelp("Bytes of every payload; 0 for as many as it takes. (default: 0)", valueName: "bytes"),
        transform: Parse.size)
    var size: Int?

    @Option(help: "MQTT quality of service, 0 or 1. (default: 0)", transform: Parse.qos)
    var qos: Int?

    @Option(help: "The topic levels before the device. (default: devices)", transform: Parse.prefix)
    var prefix: String?

    @Option(help: "What stands before the number in a device's id. (default: sim-)", transform: Parse.id)
    var id: String?

    @Option(help: ArgumentHelp("The number of the first device. (default: 1)", valueName: "n"), transform: Parse.first)
    var first: Int?

    @Option(
        help: ArgumentHelp("Devices come online spread over this time. (default: 0s)", valueName: "time"),
        transform: Parse.time)
    var ramp: Duration?

    @Option(help: "Going at the end: clean (they publish offline) or will (they vanish). (default: clean)")
    var leave: DeviceSimConfiguration.Leave?

    func apply(to settings: inout DeviceSimConfiguration) {
        self.mqtt.map { settings.mqtt.url = $0 }
        self.qos.map { settings.mqtt.qos = $0 }
        if let devices = self.devices { settings.setDeviceCount(devices) }
        settings.changeDevices { devices in
            self.rate.map { devices.rate = $0 }
            self.jitter.map { devices.jitter = $0 }
            self.codec.map { devices.codec = $0 }
            self.profile.map { devices.profile = $0 }
            self.size.map { devices.size = $0 }
            self.prefix.map { devices.naming.prefix = $0 }
            self.first.map { devices.naming.first = $0 }
            self.ramp.map { devices.ramp = $0 }
            self.leave.map { devices.leave = $0 }
        }
        // Groups with one id would have the same topics; so it goes before their own.
        guard let id = self.id else { return }
        settings.devices.naming.id = id
        for index in settings.groups.indices {
            settings.groups[index].devices.naming.id = id + settings.groups[index].name + "-"
        }
    }
}

struct ViewerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How many Socket.IO viewers watch the devices through the relay. (default: 0)", valueName: "n"),
        transform: Parse.viewers)
    var viewers: Int?

    @Option(help: "The relay. (default: http://127.0.0.1:3000)")
    var url: String?

    @Option(help: "Where Socket.IO answers at the relay. (default: /socket.io/)")
    var path: String?

    @Option(help: "The relay's namespace of devices. (default: /devices)")
    var namespace: String?

    @Option(
        help: ArgumentHelp("Devices that each viewer follows, in turn; 0 for all. (default: 0)", valueName: "n"),
        transform: Parse.count)
    var follow: Int?

    @Option(
        name: .customLong("max-hz"),
        help: ArgumentHelp(
            "Values per second and topic that viewers ask for; 0 for no wish. (default: 0)", valueName: "hz"),
        transform: Parse.rate)
    var maxHz: Double?

    @Option(
        help: ArgumentHelp("Viewers that read slowly, in parts of all. (default: 0)", valueName: "part"),
        transform: Parse.part)
    var slow: Double?

    @Option(
        help: ArgumentHelp("Viewers that stop reading now and then, in parts of all. (default: 0)", valueName: "part"),
        transform: Parse.part)
    var stalled: Double?

    func apply(to viewers: inout DeviceSimConfiguration.Viewers) {
        self.maxHz.map { viewers.maxHz = [$0] }
        self.slow.map { viewers.slow = $0 }
        self.stalled.map { viewers.stalled = $0 }
        self.viewers.map { viewers.count = $0 }
        self.url.map { viewers.url = $0 }
        self.path.map { viewers.path = $0 }
        self.namespace.map { viewers.namespace = $0 }
        self.follow.map { viewers.follow = $0 == 0 ? nil : $0 }
    }
}

struct RunOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A configuration; configs/device-sim.yaml shows every key.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "A run to start from: \(Scenario.names.joined(separator: ", ")), or a file.", valueName: "name"))
    var scenario: String?

    @Option(help: "The same seed gives the same run. (default: 1)")
    var seed: UInt64?

    @Option(
        help: ArgumentHelp(
            "Stop after this time; 0 for never. Stages keep their shares of it. (default: 0)", valueName: "time"),
        transform: Parse.time)
    var duration: Duration?

    @Option(
        help: ArgumentHelp("The most time for the last messages to arrive. (default: 5s)", valueName: "time"),
        transform: Parse.time)
    var drain: Duration?

    @Option(
        help: ArgumentHelp(
            "Write the report: JSON, or .csv, or .prom for Prometheus; - for JSON on standard output.",
            valueName: "file"))
    var report: String?

    @Flag(help: "Say nothing on the way but of trouble.")
    var quiet = false

    @Option(
        help: ArgumentHelp("Wait this long for all devices before the first message. (default: 0s)", valueName: "time"),
        transform: Parse.time)
    var barrier: Duration?

    func apply(to settings: inout DeviceSimConfiguration) {
        self.seed.map { settings.run.seed = $0 }
        self.duration.map { settings.setDuration($0 == .zero ? nil : $0) }
        self.drain.map { settings.run.drain = $0 }
        self.barrier.map { settings.run.barrier = $0 }
        self.report.map { settings.run.report = $0 }
        if self.quiet { settings.run.isQuiet = true }
    }
}

struct ThresholdOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Messages lost on the way to viewers. (default: 0)", valueName: "n"))
    var maxLost: Int?

    @Option(help: ArgumentHelp("Messages that came twice. (default: 0)", valueName: "n"))
    var maxDuplicated: Int?

    @Option(help: ArgumentHelp("Messages that came after a later one. (default: 0)", valueName: "n"))
    var maxOutOfOrder: Int?

    @Option(help: ArgumentHelp("Topics, times viewers, without their last value. (default: 0)", valueName: "n"))
    var maxBehind: Int?

    @Option(
        help: ArgumentHelp("Age of values at samples, of 99 in 100.", valueName: "time"), transform: Parse.time)
    var maxStaleness: Duration?

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
        self.maxBehind.map { thresholds.maxBehind = $0 }
        self.maxStaleness.map { thresholds.maxStaleness = $0 }
        self.maxP99.map { thresholds.maxP99 = $0 }
        self.maxMax.map { thresholds.maxMax = $0 }
        self.maxOverruns.map { thresholds.maxOverruns = $0 }
        self.maxMissed.map { thresholds.maxMissed = $0 }
        self.maxConnectFailures.map { thresholds.maxConnectFailures = $0 }
        self.maxReconnects.map { thresholds.maxReconnects = $0 }
        self.minRate.map { thresholds.minRate = $0 }
    }
}

extension Codec: ExpressibleByArgument {}
extension Profile: ExpressibleByArgument {}
extension DeviceSimConfiguration.Leave: ExpressibleByArgument {}

/// Values of flags, with the same limits as in the file.
enum Parse {
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

    static func part(_ text: String) throws -> Double {
        return try OptionValue.number(text, in: 0...1)
    }

    static func jitter(_ text: String) throws -> Jitter {
        return text == "exponential" ? .exponential : .uniform(try OptionValue.number(text, in: 0...0.5))
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
