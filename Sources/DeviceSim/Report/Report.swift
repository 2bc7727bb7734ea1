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
    /// Absent for a run without stages.
    let stages: [StageFigures]?
    private(set) var thresholds: [Verdict] = []
    /// What went wrong that no threshold can excuse, in words.
    private(set) var failures: [String]
    /// Whether all went well; decides the exit code.
    private(set) var passed = false

    init(
        seed: UInt64, started: Int64, devices: DeviceFigures, viewers: ViewerFigures?, stages: [StageFigures]? = nil,
        failures: [String], thresholds: Thresholds
    ) {
        self.seed = seed
        self.started = started
        self.devices = devices
        self.viewers = viewers
        self.stages = stages
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
    var injected = InjectedFaults()
    /// From the intended send time to the real one.
    var latenessMs = Percentiles()
}

/// What went wrong on purpose: messages, and devices' silences message by message.
struct InjectedFaults: Encodable, Equatable {
    var dropped: UInt64 = 0
    var duplicated: UInt64 = 0
    var reordered: UInt64 = 0
    var delayed: UInt64 = 0
    var corrupted: UInt64 = 0
    var oversized: UInt64 = 0
    var silenced: UInt64 = 0
    var floods: UInt64 = 0

    mutating func count(_ fault: Fault) {
        switch fault {
        case .drop: self.dropped += 1
        case .duplicate: self.duplicated += 1
        case .reorder: self.reordered += 1
        case .delay: self.delayed += 1
        case .corrupt: self.corrupted += 1
        case .oversize: self.oversized += 1
        case .silence: self.silenced += 1
        case .flood: self.floods += 1
        }
    }
}

/// What the devices did in one stage.
struct StageCounts: Equatable {
    var published: UInt64 = 0
    var overruns: UInt64 = 0
    var missed: UInt64 = 0
}

/// One stage of the run.
struct StageFigures: Encodable, Equatable {
    let name: String
    let published: UInt64
    let overruns: UInt64
    let missed: UInt64
    /// By the viewers, of what was sent in this stage; zeros without viewers.
    let received: UInt64
    let skipped: UInt64
    let latencyMs: Percentiles

    static func all(_ plan: StagePlan, _ counts: [StageCounts], _ tally: Tally?) -> [StageFigures] {
        let seen = tally ?? Tally(stages: plan.names.count)
        return zip(plan.names, zip(counts, seen.stages)).map { name, figures in
            let (counts, seen) = figures
            return StageFigures(
                name: name, published: counts.published, overruns: counts.overruns, missed: counts.missed,
                received: seen.received, skipped: seen.skipped, latencyMs: Percentiles(seen.latency))
        }
    }
}

/// What the viewers got.
struct ViewerFigures: Encodable, Equatable {
    /// Those who were to come until the run ended.
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
    /// How old the newest value was that a viewer had of a topic, at samples taken once a second.
    var stalenessMs = Percentiles()
    /// How far the values that the viewers ended with were behind the last ones sent.
    var stalenessAtEndMs = Percentiles()
    var lost: UInt64 = 0
    /// How often one or more were lost in a row.
    var gaps: UInt64 = 0
    var duplicated: UInt64 = 0
    var outOfOrder: UInt64 = 0
    /// Topics, times viewers, whose last value did not come.
    var behind: UInt64 = 0
    /// Values that the relay says it merged away; they are not lost.
    var skipped: UInt64 = 0
    /// The part of all values that were merged away, 0 to 1.
    var conflation = 0.0
    /// Values that nobody could deliver: a link was down, or they were made too large on purpose.
    var excused: UInt64 = 0
    /// Topics, times viewers, of which nothing came.
    var unseen: UInt64 = 0
    /// Messages from before the run, from topics not asked for, such as are none of the fleet's though of its topics, and
    /// other devices'.
    var stale: UInt64 = 0
    var unexpected: UInt64 = 0
    var malformed: UInt64 = 0
    var foreign: UInt64 = 0
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
        self.stalenessMs = Percentiles(tally.staleness)
        self.stalenessAtEndMs = Percentiles(tally.stalenessAtEnd)
        self.lost = tally.lost
        self.gaps = tally.gaps
        self.behind = tally.behind
        self.excused = tally.excused
        self.duplicated = tally.duplicated
        self.outOfOrder = tally.outOfOrder
        self.skipped = tally.skipped
        let values = tally.received + tally.skipped
        self.conflation = values > 0 ? Double(tally.skipped) / Double(values) : 0
        self.unseen = tally.unseen
        self.stale = tally.stale
        self.unexpected = tally.unexpected
        self.malformed = tally.malformed
        self.foreign = tally.foreign
    }
}
