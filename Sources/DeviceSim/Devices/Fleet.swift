import Simulator
import Histogram
import MQTT
import NIOCore

/// All devices, live: one thread, one MQTT session each. Does what the ``Schedule`` says when it is due, and counts.
///
/// The actor runs on the loop's thread, which the sessions' callbacks come on, too: nothing hops.
actor Fleet {
    nonisolated let loop: MQTTLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { self.loop.asUnownedSerialExecutor() }

    let settings: DeviceSimConfiguration
    let roster: Roster
    let plan: StagePlan
    let broker: MQTTConfiguration
    let clock: RunClock
    /// Nil where nothing goes wrong on purpose.
    let log: PublicationLog?
    let outages: Outages
    var schedule: Schedule
    private var wake: (timer: LoopTimer, at: Moment)?
    /// By device; nil until it has first fallen due to connect.
    var members: [Member?]
    /// Who comes and goes when.
    var unrest: Unrest
    /// When sending was stopped.
    private var stopped: Moment?
    var payload = PayloadWriter()
    var buffer = ByteBuffer()

    var counts = DeviceFigures()
    /// By stage.
    var stageCounts: [StageCounts]
    var lateness = Histogram<UInt64>.microseconds
    var online = 0
    var firstOnline: Moment?
    private(set) var failures: [String] = []
    /// Why there was no link, the last time that there was none.
    var trouble: LinkDownReason?

    /// Messages sent before the sockets are looked at again.
    private static let turnLimit = 1000

    /// - Throws: if the broker's URL is none.
    init(
        _ settings: DeviceSimConfiguration, plan: StagePlan, clock: RunClock, log: PublicationLog?, outages: Outages,
        on loop: MQTTLoop
    ) throws {
        let roster = Roster(settings)
        self.settings = settings
        self.roster = roster
        self.plan = plan
        self.broker = try settings.mqtt.broker(payloadBytes: settings.largestPayload)
        self.clock = clock
        self.log = log
        self.outages = outages
        self.loop = loop
        self.schedule = Schedule(devices: roster.count, seed: settings.run.seed)
        for group in roster.groups {
            self.schedule.connect(group.members, over: Int64(group.devices.ramp.milliseconds))
        }
        self.members = Array(repeating: nil, count: roster.count)
        self.unrest = Unrest(roster, plan, seed: settings.run.seed)
        self.stageCounts = plan.names.map { _ in StageCounts() }
        self.counts.count = roster.count
    }

    /// Begins with what the schedule has for the run's first moment.
    func start() {
        let barrier = self.settings.run.barrier
        if barrier == .zero {
            self.begin(at: .zero)
        } else {
            let limit = self.clock.deadline(of: Moment(milliseconds: Int64(barrier.milliseconds)))
            self.loop.schedule(at: limit) { self.beginUnlessBegun() }
        }
        self.sleep()
    }

    /// The first stage begins, and whoever is online sends.
    private func begin(at moment: Moment) {
        self.plan.begin(at: moment, timestamp: self.clock.timestamp(of: moment))
        for happening in self.unrest.begin() { self.schedule.insert(.churn, of: happening.number, at: happening.at) }
        for index in self.members.indices {
            guard let member = self.members[index], member.isOnline else { continue }
            self.members[index]?.begin(at: moment)
            self.beginSending(index, rate: member.device.rate, since: moment)
        }
    }

    private func beginUnlessBegun() {
        guard !self.plan.hasBegun, self.isSending else { return }
        self.begin(at: self.now)
        self.sleep()
    }

    /// A device is online for the first time, from that moment on.
    func isReady(_ index: Int, rate: Double, since moment: Moment) {
        self.counts.connected += 1
        if self.plan.hasBegun {
            self.beginSending(index, rate: rate, since: moment)
        } else if self.counts.connected == self.roster.count {
            self.beginUnlessBegun()
        }
    }

    /// Whether all that was meant for the time of the run is sent.
    var isOver: Bool {
        return self.plan.hasBegun && self.now >= self.end && (self.schedule.next ?? self.end) >= self.end
    }

    /// From now on nothing is sent; the time for the rate is over. What was held back on purpose goes out first.
    /// - Returns: for how long messages were sent, in seconds.
    @discardableResult func stopSending() -> Double {
        guard self.isSending else { return self.sendingSeconds }
        if let wake = self.wake { self.loop.cancel(wake.timer) }
        self.sendHeld()
        self.stopped = self.now
        return self.sendingSeconds
    }

    /// All devices go, in the way that the configuration says, and the loop ends.
    func leave(within grace: TimeAmount = .seconds(5)) async {
        self.stopSending()
        for member in self.members.lazy.compactMap(\.self) {
            member.successor?.abandon()
            switch self.roster.groups[member.group].devices.leave {
            case .will: member.session.abandon()
            case .clean: self.publish(Presence.offline, of: member)
            }
        }
        await self.loop.stop(within: grace)
    }

    /// What the devices have done so far.
    func figures() -> DeviceFigures {
        var figures = self.counts
        figures.rate = self.sendingSeconds > 0 ? Double(self.counts.published) / self.sendingSeconds : 0
        figures.failed += self.members.reduce(0) { $0 + UInt64($1?.session.counters.failedPublishes ?? 0) }
        figures.latenessMs = Percentiles(self.lateness)
        return figures
    }

    /// The devices that are online now, the messages published, and the stage.
    var progress: (online: Int, published: UInt64, stage: String) {
        let stage = self.plan.names.count > 1 ? self.plan.names[self.plan.stage(at: self.now)] : ""
        return (self.online, self.counts.published, stage)
    }

    /// How many messages each device has published, by device and kind, and when.
    func published() -> Published {
        var published = Published()
        for index in self.members.indices {
            let member = self.members[index]
            published.counts.append(
                MessageKind.allCases.map { self.log?.count(index, $0) ?? member?.published($0) ?? 0 })
            published.lastSent.append(
                MessageKind.allCases.map { self.clock.timestamp(of: member?.lastSent[$0.rawValue] ?? .zero) })
        }
        return published
    }

    /// From when messages could be sent first to when the last one was due.
    private var sendingSeconds: Double {
        guard let firstOnline = self.firstOnline, self.plan.hasBegun else { return 0 }
        let start = max(firstOnline, self.plan.start(of: 0))
        return Double(min(self.stopped ?? self.now, self.end).milliseconds - start.milliseconds) / 1000
    }

    var isSending: Bool {
        return self.stopped == nil
    }

    /// No message is meant for this moment or later.
    var end: Moment {
        return self.plan.end
    }

    var now: Moment {
        return Moment(milliseconds: self.clock.elapsed / 1000)
    }

    /// Remembers what went wrong; of thousands of devices with the same complaint the first few will do.
    func fail(_ text: String) {
        if self.failures.count < 10 { self.failures.append(text) }
    }
}

/// How many messages each device has published.
struct Published: Sendable {
    fileprivate(set) var counts: [[UInt64]] = []
    fileprivate(set) var lastSent: [[Int64]] = []

    func callAsFunction(_ device: Int, _ kind: MessageKind) -> UInt64 {
        return self.counts.indices.contains(device) ? self.counts[device][kind.rawValue] : 0
    }

    /// For when the last one was meant, Unix milliseconds.
    func lastSent(_ device: Int, _ kind: MessageKind) -> Int64 {
        return self.lastSent.indices.contains(device) ? self.lastSent[device][kind.rawValue] : 0
    }
}

// MARK: - What is due

extension Fleet {
    private func work() {
        self.wake = nil
        let time = min(self.now, self.end.advanced(by: -1))
        var turn = 0
        while turn < Self.turnLimit, let due = self.schedule.popDue(by: time) {
            turn += 1
            switch due.task {
            case .telemetry: self.send(.telemetry, from: due.device, at: due.at)
            case .frame: self.send(.frame, from: due.device, at: due.at)
            case .late: self.sendLate(from: due.device, by: due.at)
            case .connect: self.connect(due.device)
            case .churn: self.disturb(due.device, at: due.at)
            }
        }
        self.sleep()
    }

    /// Until the next thing is due. To be called when the schedule has changed.
    func sleep() {
        guard self.isSending, let next = self.schedule.next, next < self.end, next != self.wake?.at else { return }
        if let wake = self.wake { self.loop.cancel(wake.timer) }
        self.wake = (self.loop.schedule(at: self.clock.deadline(of: next)) { self.work() }, next)
    }

    /// A device's telemetry, frames or both, by its profile.
    func beginSending(_ index: Int, rate: Double, since start: Moment) {
        guard self.plan.hasBegun, let group = self.members[index]?.group else { return }
        let devices = self.roster.groups[group].devices
        for kind in devices.profile.kinds {
            self.schedule.send(
                kind, from: index, rate: rate, since: start, jitter: devices.jitter,
                curve: self.plan.curve(of: group))
        }
        self.sleep()
    }
}

extension DeviceSimConfiguration {
    /// Bytes of the largest payload that is asked for.
    fileprivate var largestPayload: Int {
        let faults = [self.faults] + self.stages.compactMap(\.faults)
        let oversize = faults.filter { $0.oversize > 0 }.map(\.oversizeBytes).max() ?? 0
        return max(oversize, self.fleet.map(\.devices.size).max() ?? 0)
    }
}
