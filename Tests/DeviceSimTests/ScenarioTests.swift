import ArgumentParser
import Foundation
import Settings
import Simulator
import TestSupport
import Testing

@testable import DeviceSim

@Suite struct ScenarioTests {
    private func read(_ yaml: String) throws(ConfigurationError) -> DeviceSimConfiguration {
        var settings = DeviceSimConfiguration()
        try settings.read(yaml: yaml, source: "sim.yaml")
        return settings
    }

    @Test(arguments: Scenario.names) func theFilesAreTheOnesWithinTheProgram(name: String) throws {
        let file = PackageLayout.file("configs/scenarios/\(name).yaml")
        #expect(try String(contentsOf: file, encoding: .utf8) == Scenario.yaml(named: name))
        var settings = DeviceSimConfiguration()
        try settings.read(scenario: name)
        #expect(settings.stages.count >= 1)
        #expect(settings.fleet.allSatisfy { $0.devices.count > 0 })
    }

    @Test func aScenarioThatIsNotThereIsNamed() {
        var settings = DeviceSimConfiguration()
        #expect(throws: ImpossibleSetting.self) { try settings.read(scenario: "hurricane") }
        #expect(throws: ConfigurationError.self) { try settings.read(scenario: "/nowhere/hurricane.yaml") }
    }

    @Test func groupsBeginWithWhatTheyHaveInCommon() throws {
        let settings = try self.read(
            """
            devices: {rate: 3, codec: cbor}
            groups:
              cold: {count: 5, jitter: exponential}
              warm: {count: 7, rate: 1, id: w-, prefix: site/1}
            """)
        #expect(settings.groups.map(\.name) == ["cold", "warm"])
        #expect(settings.groups.map(\.devices.rate) == [3, 1])
        #expect(settings.groups.allSatisfy { $0.devices.codec == .cbor })
        #expect(settings.groups[0].devices.jitter == .exponential)
        let roster = Roster(settings)
        #expect(roster.count == 12)
        #expect(roster.topic("telemetry", of: 4) == "devices/cold-0005/telemetry")
        #expect(roster.topic("telemetry", of: 5) == "site/1/w-0001/telemetry")
    }

    @Test func stagesSayWhatChangesAndForWhom() throws {
        let settings = try self.read(
            """
            groups: {a: {count: 1}, b: {count: 1}}
            faults: {drop: 0.1, skew: 1s}
            stages:
              - {name: one, duration: 10s}
              - name: two
                duration: 20s
                rate: 5
                ramp: 5s
                groups: [b]
                faults: {drop: 0.2, delay: {part: 0.05, by: 2s}}
                churn: {abrupt: 3, flapping: {part: 0.5, every: 1s}, storm: 0.25}
            """)
        let plan = StagePlan(settings)
        plan.begin(at: Moment(milliseconds: 500), timestamp: 9500)
        #expect(plan.end == Moment(milliseconds: 30_500))
        #expect(plan.stage(at: Moment(milliseconds: 10_499)) == 0)
        #expect(plan.stage(at: Moment(milliseconds: 10_500)) == 1)
        #expect(plan.stage(at: 19_500 as Int64) == 1)
        #expect(plan.faults(of: 0, in: 1) == Faults(drop: 0.1, skew: .seconds(1)))
        #expect(plan.faults(of: 1, in: 1) == Faults(drop: 0.2, delay: 0.05, delayBy: .seconds(2), skew: .seconds(1)))
        #expect(plan.churn(of: 1, in: 1) == Churn(abrupt: 3, flapping: 0.5, flapEvery: .seconds(1), storm: 0.25))
        #expect(plan.churn(of: 0, in: 1).isNone)
        #expect(plan.curve(of: 0).work(at: 30_500) == 30_000)
        #expect(plan.curve(of: 1).work(at: 30_500) == 10_000 + 15_000 + 75_000)
    }

    @Test(arguments: [
        ("stages:\n  - {rate: 1}\n", "sim.yaml:2: stages[0].duration: expected how long the stage takes"),
        ("stages:\n  - {duration: 1s}\n  - {duration: 1s, rats: 1}\n", "sim.yaml:3: stages[1].rats: unknown key"),
        ("stages:\n  - {duration: 1s, ramp: 2s}\n", "sim.yaml:2: stages[0].ramp: expected at most stages[0].duration"),
        ("stages:\n  - {duration: 1s, groups: [x]}\n", "sim.yaml:2: stages[0].groups: there is no group \"x\""),
        ("stages: {a: 1}\n", "sim.yaml:1: stages: expected a list of stages, found keys and values"),
        (
            "run:\n  duration: 5s\nstages:\n  - {duration: 1s}\n",
            "sim.yaml:2: run.duration: the stages say how long the run takes"
        ),
        ("groups:\n  a b: {}\n", "sim.yaml:2: groups.a b: expected letters, digits"),
        (
            "groups:\n  a: {id: x-}\n  b: {id: x-}\n",
            "sim.yaml:3: groups.b: has the same prefix and id as a"
        ),
        ("faults:\n  drop: 2\n", "sim.yaml:2: faults.drop: expected a number from 0 to 1, found \"2\""),
        ("faults: {drop: 0.6, corrupt: 0.6}\n", "sim.yaml:1: faults: expected parts of at most 1 together"),
        ("faults:\n  delay: {part: 0.1, for: 1s}\n", "sim.yaml:2: faults.delay.for: unknown key"),
        ("churn:\n  abrupt: often\n", "sim.yaml:2: churn.abrupt: expected a number from 0 to 600, found \"often\""),
        ("viewers:\n  maxHz: [5, fast]\n", "sim.yaml:2: viewers.maxHz: expected numbers from 0 to 1000"),
        (
            "viewers:\n  stalled: {part: 1, for: 20s, every: 10s}\n",
            "sim.yaml:2: viewers.stalled.for: expected less than viewers.stalled.every"
        ),
        ("devices:\n  codec: xml\n", "sim.yaml:2: devices.codec: expected one of json, cbor, packed, random"),
        (
            "devices:\n  fields:\n    a: {csv: {file: nowhere.csv, column: x}}\n",
            "sim.yaml:3: devices.fields.a.csv.file: cannot be read, found \"nowhere.csv\""
        ),
        (
            "devices:\n  fields:\n    a: {csv: {file: x.csv}}\n",
            "sim.yaml:3: devices.fields.a.csv.column: expected the name of a column"
        ),
    ])
    func refusesWithThePlaceAndWhatWasExpected(yaml: String, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try self.read(yaml) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "no error")")
    }

    @Test func flagsStretchAScenario() throws {
        let arguments = [
            "--scenario", "calm", "--devices", "50", "--duration", "30s", "--rate", "2", "--codec", "cbor",
        ]
        let settings = try DeviceSimCommand.parse(arguments).options.settings(environment: [:])
        #expect(settings.groups.map(\.devices.count) == [40, 8, 2])
        #expect(settings.groups.allSatisfy { $0.devices.rate == 2 && $0.devices.codec == .cbor })
        #expect(settings.length == .seconds(30))
        #expect(settings.stages[0].ramp == .milliseconds(2500))
        let storm = try DeviceSimCommand.parse(["--scenario", "storm", "--duration", "6.5s"]).options.settings(
            environment: [:])
        #expect(storm.stages[1].churn?.stormAfter == .milliseconds(200))
        let late = try DeviceSimCommand.parse(["--scenario", "late-joiner", "--duration", "4s"]).options.settings(
            environment: [:])
        #expect(late.viewers.lateAfter == .milliseconds(1500))
    }

    @Test func namingsOverlapWhereTheirTopicsCould() {
        let plain = Naming(prefix: "devices", id: "a", first: 1)
        #expect(plain.overlaps(Naming(prefix: "devices", id: "a", first: 9)))
        #expect(plain.overlaps(Naming(prefix: "devices", id: "a1", first: 1)))
        #expect(!plain.overlaps(Naming(prefix: "devices", id: "ab", first: 1)))
        #expect(!plain.overlaps(Naming(prefix: "device", id: "a", first: 1)))
    }
}
