import Simulator

/// What a run came to. As JSON it is one object with exactly these members; `viewers` is absent when there were none.
struct Report: RunReport, Equatable {
    let program = "device-sim"
    let version = DeviceSimCommand.version
    /// The same seed and settings give the same run again, but for the wall clock.
    let seed: UInt64
    /// When the run began, Unix milliseconds.
    let started: Int64
    let devices: DeviceFigures
    let viewers: ViewerFigures?
    private(set) var thresholds: [Verdict] = []
    /// What went wrong that no threshold can excuse, in words.
    private(set) var failures: [String]
    /// Whether all went well; decides the exit code.
    private(set) var passed = false

    init(
        seed: UInt64, started: Int64, devices: DeviceFigures, viewers: ViewerFigures?, failures: [String],
        thresholds: Thresholds
    ) {
        self.seed = seed
        self.started = started
        self.devices = devices
        self.viewers = viewers
        self.failures = failures
        if devices.connected < devices.count {
            self.failures.append("\(devices.count - devices.connected) of \(devices.count) devices never connected")
        }
        if let viewers, viewers.connected < viewers.count {
            self.failures.append("\(viewers.count - viewers.connected) of \(viewers.count) viewers never got through")
        }
        self.thresholds = thresholds.judge(devices, viewers)
        self.passed = self.failures.isEmpty && self.thresholds.allSatisfy(\.passed)
    }
}

/// What the devices did.
struct DeviceFigures: Encodable, Equatable {
    var count = 0
    /// Devices that were online at least once.
    var connected = 0
    /// Messages handed to a live session.
    var published: UInt64 = 0
    /// Bytes of their payloads.
    var bytes: UInt64 = 0
    /// Published per second, from the first message to the last.
    var rate = 0.0
    /// Messages sent later after their time than the tolerance.
    var overruns: UInt64 = 0
    /// Messages that fell due while their device was offline, and were not sent.
    var missed: UInt64 = 0
    /// Messages that a session would not take, because its queue was full.
    var refused: UInt64 = 0
    /// Messages that were taken but came to nothing: the link was lost, or the broker refused them.
    var failed: UInt64 = 0
    var connectFailures: UInt64 = 0
    /// Connections after the first of a device, whatever ended the one before.
    var reconnects: UInt64 = 0
    /// Commands that reached a device.
    var commands: UInt64 = 0
    /// From the intended send time to the real one.
    var latenessMs = Percentiles()
}

/// What the viewers got.
struct ViewerFigures: Encodable, Equatable {
    var count = 0
    /// Viewers that had their subscription acknowledged at least once.
    var connected = 0
    var connectFailures: UInt64 = 0
    var reconnects: UInt64 = 0
    var received: UInt64 = 0
    /// Received per second by all viewers together, over the time that messages were sent.
    var rate = 0.0
    /// From the intended send time to the viewer.
    var latencyMs = Percentiles()
    var lost: UInt64 = 0
    var duplicated: UInt64 = 0
    var outOfOrder: UInt64 = 0
    /// Values that the relay says it merged away; they are not lost.
    var skipped: UInt64 = 0
    /// Topics, times viewers, of which nothing came.
    var unseen: UInt64 = 0
    /// Messages from before the run, from topics not asked for, and such as are none of the fleet's.
    var stale: UInt64 = 0
    var unexpected: UInt64 = 0
    var malformed: UInt64 = 0
}

extension ViewerFigures {
    init(
        count: Int, connected: Int, connectFailures: UInt64, reconnects: UInt64, tally: Tally, seconds: Double
    ) {
        self.count = count
        self.connected = connected
        self.connectFailures = connectFailures
        self.reconnects = reconnects
        self.received = tally.received
        self.rate = seconds > 0 ? Double(tally.received) / seconds : 0
        self.latencyMs = Percentiles(tally.latency)
        self.lost = tally.lost
        self.duplicated = tally.duplicated
        self.outOfOrder = tally.outOfOrder
        self.skipped = tally.skipped
        self.unseen = tally.unseen
        self.stale = tally.stale
        self.unexpected = tally.unexpected
        self.malformed = tally.malformed
    }
}
