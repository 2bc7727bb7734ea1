import Simulator

/// Everything that a run of the simulator can be told. `configs/device-sim.yaml` shows every key; flags go over the
/// environment, the environment over the file, the file over the defaults here.
struct DeviceSimConfiguration: Equatable, Sendable {
    var mqtt = MQTT()
    var devices = Devices()
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
        /// Messages per second of each device and kind.
        var rate = 1.0
        /// How far a message strays from its regular time, in parts of a period, 0 to 0.5.
        var jitter = 0.0
        /// Bytes of each payload; 0 for as many as it takes. Telemetry is never cut.
        var size = 0
        /// The time over which the devices come online, evenly.
        var ramp = Duration.zero
        /// How long a device told to reboot stays away.
        var reboot = Duration.seconds(2)
        var leave = Leave.clean
        var fields = Field.standard
    }

    /// How devices go when the run ends.
    enum Leave: String, CaseIterable, Sendable {
        /// They publish `offline` and say goodbye.
        case clean
        /// They vanish, and the broker publishes their last will.
        case will
    }

    struct Viewers: Equatable, Sendable {
        var count = 0
        /// The relay's address.
        var url = "http://127.0.0.1:3000"
        var namespace = "/devices"
        /// How many devices each viewer follows, viewer by viewer in turn; nil for all.
        var follow: Int?
        /// The most values per second and topic that a viewer asks for; nil for the relay's own limit.
        var maxHz: Double?
    }

    struct Run: Equatable, Sendable {
        var seed: UInt64 = 1
        /// Nil: until it is stopped.
        var duration: Duration?
        /// The most time that viewers have after the last message to get all of them.
        var drain = Duration.seconds(5)
        /// A message sent later than this after its time is an overrun.
        var tolerance = Duration.milliseconds(50)
        /// Where the JSON report goes; `-` is standard output.
        var report: String?
    }
}
