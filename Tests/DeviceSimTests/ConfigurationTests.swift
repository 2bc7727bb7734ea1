import ArgumentParser
import Settings
import Testing

@testable import DeviceSim

@Suite struct ConfigurationTests {
    private func read(_ yaml: String) throws(ConfigurationError) -> DeviceSimConfiguration {
        var settings = DeviceSimConfiguration()
        try settings.read(yaml: yaml, source: "sim.yaml")
        return settings
    }

    @Test(arguments: ["{}", "devices: {}", "mqtt: {}\nrun: {}\n"]) func anEmptyFileMeansTheDefaults(yaml: String) throws
    {
        #expect(try self.read(yaml) == DeviceSimConfiguration())
    }

    @Test func readsWhatItIsGiven() throws {
        let settings = try self.read(
            """
            mqtt: {url: "mqtt://broker:1884", version: 3.1.1, username: sim, qos: 1, keepAlive: 30s}
            devices:
              count: 500
              profile: mixed
              rate: 2.5
              ramp: 10s
              leave: will
              fields:
                pressure: {walk: {from: 900, to: 1100, step: 0.5}}
                tide: {sine: {center: 2, amplitude: 1.5, period: 12h}}
                wind: {state: {values: [calm, breeze], dwell: 1m}}
            viewers: {count: 10, url: "http://relay:3000", follow: 3, maxHz: 5}
            run: {seed: 18446744073709551615, duration: 1.5m, report: out.json}
            thresholds: {maxLost: any, maxP99: 50ms, minRate: 100}
            """)
        #expect(settings.mqtt.version == 3)
        #expect(settings.mqtt.qos == 1)
        #expect(settings.devices.count == 500)
        #expect(settings.devices.profile == .mixed)
        #expect(settings.devices.leave == .will)
        #expect(
            settings.devices.fields == [
                Field(name: "pressure", model: .walk(range: 900...1100, step: 0.5)),
                Field(name: "tide", model: .sine(center: 2, amplitude: 1.5, period: 43200)),
                Field(name: "wind", model: .state(values: ["calm", "breeze"], dwell: 60)),
            ])
        #expect(settings.viewers.follow == 3)
        #expect(settings.run.seed == .max)
        #expect(settings.run.duration == .seconds(90))
        #expect(settings.thresholds.maxLost == nil)
        #expect(settings.thresholds.maxDuplicated == 0)
        #expect(settings.thresholds.maxP99 == .milliseconds(50))
    }

    @Test(arguments: [
        ("devices:\n  cuont: 5\n", "sim.yaml:2: devices.cuont: unknown key; did you mean \"count\"?"),
        ("device: {}\n", "sim.yaml:1: device: unknown key; did you mean \"devices\"?"),
        (
            "devices:\n  rate: 1\n  count: many\n",
            "sim.yaml:3: devices.count: expected a whole number from 0 to 1000000, found \"many\""
        ),
        ("devices:\n  rate: 1001\n", "sim.yaml:2: devices.rate: expected a number from 0 to 1000, found \"1001\""),
        ("devices: [1]\n", "sim.yaml:1: devices: expected keys and values, found a list"),
        ("devices:\n", "sim.yaml:1: devices: expected keys and values, found nothing"),
        (
            "run:\n\n  duration: 5 fortnights\n",
            "sim.yaml:3: run.duration: expected a duration with its unit, such as 25s"
        ),
        (
            "devices:\n  profile: loud\n",
            "sim.yaml:2: devices.profile: expected one of telemetry, frame, mixed, found \"loud\""
        ),
        ("mqtt:\n  qos: 2\n", "sim.yaml:2: mqtt.qos: expected a whole number from 0 to 1, found \"2\""),
        ("mqtt:\n  password: secret\n", "sim.yaml:2: mqtt.password: a password does not belong in this file"),
        ("devices:\n  prefix: devices/#\n", "sim.yaml:2: devices.prefix: expected topic levels without wildcards"),
        (
            "devices:\n  fields:\n    ts: {counter: {}}\n",
            "sim.yaml:3: devices.fields.ts: expected another name: the device itself writes"
        ),
        (
            "devices:\n  fields:\n    a: {wave: {}}\n",
            "sim.yaml:3: devices.fields.a.wave: unknown key; the keys here are walk"
        ),
        (
            "devices:\n  fields:\n    a: {walk: {from: 2, to: 1}}\n",
            "sim.yaml:3: devices.fields.a.walk.from: expected at most devices.fields.a.walk.to"
        ),
        ("devices:\n  count: 1\n  count: 2\n", "sim.yaml:3: duplicate key \"count\": it is already set on line 2"),
        ("devices: {count: 1\n", "sim.yaml:"),
    ])
    func refusesWithThePlaceAndWhatWasExpected(yaml: String, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try self.read(yaml) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "no error")")
    }

    @Test func allProblemsOfAFileAreNamedAtOnce() {
        let error = #expect(throws: ConfigurationError.self) {
            try self.read("devices:\n  rate: fast\n  count: -1\nrun: {seed: x}\n")
        }
        #expect(error?.problems.map(\.line) == [2, 3, 4])
    }

    @Test func theAnnotatedFileSaysTheDefaults() throws {
        let file = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/configs/device-sim.yaml"
        var settings = DeviceSimConfiguration()
        try settings.read(file: file)
        #expect(settings == DeviceSimConfiguration())
    }

    @Test func aFileThatIsNotThereIsNamed() {
        var settings = DeviceSimConfiguration()
        let error = #expect(throws: ConfigurationError.self) { try settings.read(file: "/nowhere/sim.yaml") }
        #expect(error?.description.hasPrefix("/nowhere/sim.yaml: cannot be read") == true)
    }

    @Test(arguments: [
        ("250ms", Duration.milliseconds(250)), ("25s", .seconds(25)), ("1.5m", .seconds(90)), ("2h", .seconds(7200)),
        ("0", .zero), ("0s", .zero),
    ])
    func readsTimes(text: String, expected: Duration) {
        #expect(Quantity.duration(text) == expected)
    }

    @Test(arguments: ["", "5", "s", "-1s", "1 s", "1d", "1e3s", "nan", "inf s", "..s", "99999999999h"])
    func refusesWhatIsNoTime(text: String) {
        #expect(Quantity.duration(text) == nil)
    }

    @Test func flagsGoOverTheEnvironmentAndThatOverTheDefaults() throws {
        let command = try DeviceSimCommand.parse(["--devices", "7", "--max-p99", "40ms", "--follow", "0"])
        let settings = try command.options.settings(environment: [
            "RELAY_MQTT_URL": "mqtt://elsewhere", "RELAY_URL": "http://r",
        ])
        #expect(settings.devices.count == 7)
        #expect(settings.thresholds.maxP99 == .milliseconds(40))
        #expect(settings.mqtt.url == "mqtt://elsewhere")
        #expect(settings.viewers.url == "http://r")
        #expect(settings.devices.rate == 1)
        let flagged = try DeviceSimCommand.parse(["--mqtt", "mqtt://flag"])
            .options.settings(environment: ["RELAY_MQTT_URL": "mqtt://elsewhere"])
        #expect(flagged.mqtt.url == "mqtt://flag")
    }

    @Test(arguments: [
        ["--devices", "-1"], ["--rate", "fast"], ["--duration", "5"], ["--prefix", "a/+"], ["--qos", "2"],
    ])
    func flagsHaveTheLimitsOfTheFile(arguments: [String]) {
        #expect(throws: (any Error).self) { try DeviceSimCommand.parse(arguments) }
    }
}
