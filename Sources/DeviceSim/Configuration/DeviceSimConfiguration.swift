import Simulator

/// Everything that a run of the simulator can be told. `configs/device-sim.yaml` shows every key; flags go over the
/// environment, the environment over the file, the file over the scenario, the scenario over the defaults here.
struct DeviceSimConfiguration: Equatable, Sendable {
    var mqtt = MQTT()
    /// The devices; where there are groups, what they have in common.
    var devices = Devices()
    var groups: [Group] = []
    /// What goes wrong on purpose where no stage says otherwise.
    var faults = Faults()
    var churn = Churn()
    /// One after the other from the run's beginning; none for a run that is all alike.
    var stages: [Stage] = []
    var viewers = Viewers()
    var run = Run()
    var thresholds = Thresholds()

    /// The broker, and how devices speak to it.
    struct MQTT: Equatable, Sendable {
        /// `mqtt://host[:port]`, or `mqtts://` for TLS.
        var url = "mqtt://127.0.0.1:1883"
        /// 5, or 3 for 3.1.1.
        var version = 5
        var username: String?
        /// From the environment (`RELAY_MQTT_PASSWORD`) or a file; never a flag, which others could read.
        var password: String?
        /// Of everything the devices publish, 0 or 1; also of their command subscription.
        var qos = 0
        var keepAlive = Duration.seconds(60)
    }

    struct Devices: Equatable, Sendable {
        var count = 10
        var naming = Naming()
        var profile = Profile.telemetry
        /// How telemetry is written; frames are binary anyway.
        var codec = Codec.json
        /// Messages per second of each device and kind, where no stage makes it more or less.
        var rate = 1.0
        var jitter = Jitter.none
        /// Bytes of each payload; 0 for as many as it takes. Telemetry is never cut.
        var size = 0
        /// Whether the broker is to keep the last message of each topic.
        var retain = false
        /// The time over which the devices come online, evenly.
        var ramp = Duration.zero
        /// How long a device told to reboot stays away.
        var reboot = Duration.seconds(2)
        var leave = Leave.clean
        var fields = Field.standard
    }

    /// Devices of one sort, with topics of their own.
    struct Group: Equatable, Sendable {
        let name: String
        var devices: Devices
    }

    /// How devices go when the run ends.
    enum Leave: String, CaseIterable, Sendable {
        /// They publish `offline` and say goodbye.
        case clean
        /// They vanish, and the broker publishes their last will.
        case will
    }

    /// A part of the run.
    struct Stage: Equatable, Sendable {
        var name: String
        var duration = Duration.seconds(10)
        /// What the rates of the devices are multiplied with.
        var rate = 1.0
        /// How much of the stage the change to that rate takes, in a straight line.
        var ramp = Duration.zero
        /// Nil: those of the whole run.
        var faults: Faults?
        var churn: Churn?
        /// The groups that the stage changes anything for, by name; nil for all.
        var groups: [String]?

        func concerns(_ group: String) -> Bool {
            return self.groups?.contains(group) ?? true
        }
    }

    struct Viewers: Equatable, Sendable {
        var count = 0
        /// The relay's address.
        var url = "http://127.0.0.1:3000"
        /// Where Socket.IO answers there.
        var path = "/socket.io/"
        var namespace = "/devices"
        /// How many devices each viewer follows, viewer by viewer in turn; nil for all.
        var follow: Int?
        /// The most values per second and topic that viewers ask for, viewer by viewer in turn; 0 for the relay's own limit.
        var maxHz: [Double] = [0]
        /// Viewers that read slowly, in parts of all, and the bytes that each of them reads per second.
        var slow = 0.0
        var slowBytes = 20_000
        /// Viewers that stop reading now and then, in parts of all: for `stallFor`, once in `stallEvery`.
        var stalled = 0.0
        var stallFor = Duration.seconds(5)
        var stallEvery = Duration.seconds(20)
        /// Viewers that come later, in parts of all, evenly over `lateRamp` from `lateAfter` on.
        var late = 0.0
        var lateAfter = Duration.seconds(10)
        var lateRamp = Duration.zero
    }

    struct Run: Equatable, Sendable {
        var seed: UInt64 = 1
        /// Nil: until it is stopped, or as long as its stages.
        var duration: Duration?
        /// How long to wait, before the first message, until every device is online; 0 for not at all.
        var barrier = Duration.zero
        /// The most time that viewers have after the last message to get all of them.
        var drain = Duration.seconds(5)
        /// A message sent later than this after its time is an overrun.
        var tolerance = Duration.milliseconds(50)
        /// Where the report goes: JSON, or CSV or Prometheus text by the file's name; `-` is standard output.
        var report: String?
        /// Whether nothing is said on the way but of trouble.
        var isQuiet = false
    }
}

extension DeviceSimConfiguration {
    /// The groups, of which there is at least one.
    var fleet: [Group] {
        return self.groups.isEmpty ? [Group(name: "devices", devices: self.devices)] : self.groups
    }

    /// Changes all devices, of whatever group.
    mutating func changeDevices(_ body: (inout Devices) -> Void) {
        body(&self.devices)
        for index in self.groups.indices { body(&self.groups[index].devices) }
    }

    /// Makes it so many devices in all; groups keep their shares of them.
    mutating func setDeviceCount(_ count: Int) {
        let total = self.groups.reduce(0) { $0 + $1.devices.count }
        self.devices.count = count
        var (before, given) = (0, 0)
        for index in self.groups.indices where total > 0 {
            before += self.groups[index].devices.count
            let upTo = Int((Double(count) * Double(before) / Double(total)).rounded())
            self.groups[index].devices.count = upTo - given
            given = upTo
        }
    }

    /// Makes the run so long; stages keep their shares of it, and what happens in them its place.
    mutating func setDuration(_ duration: Duration?) {
        let total = self.stages.reduce(Duration.zero) { $0 + $1.duration }
        guard let duration, total > .zero else {
            self.run.duration = self.stages.isEmpty ? duration : nil
            return
        }
        let factor = duration / total
        for index in self.stages.indices {
            self.stages[index].duration = self.stages[index].duration * factor
            self.stages[index].ramp = self.stages[index].ramp * factor
            if let after = self.stages[index].churn?.stormAfter {
                self.stages[index].churn?.stormAfter = after * factor
            }
        }
        self.churn.stormAfter = self.churn.stormAfter * factor
        self.viewers.lateAfter = self.viewers.lateAfter * factor
        self.viewers.lateRamp = self.viewers.lateRamp * factor
    }

    /// How long messages are sent; nil for until it is stopped.
    var length: Duration? {
        return self.stages.isEmpty ? self.run.duration : self.stages.reduce(.zero) { $0 + $1.duration }
    }
}
