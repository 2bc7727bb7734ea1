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

    private let settings: DeviceSimConfiguration
    private let broker: MQTTConfiguration
    private let clock: RunClock
    /// No message is meant for this moment or later.
    private let end: Moment
    private var schedule: Schedule
    private var wake: (timer: LoopTimer, at: Moment)?
    /// By device; nil until it has first fallen due to connect.
    private var members: [Member?]
    /// When sending was stopped.
    private var stopped: Moment?
    private var payload = PayloadWriter()
    private var buffer = ByteBuffer()

    private var counts = DeviceFigures()
    private var lateness = Histogram<UInt64>.microseconds
    private var online = 0
    private var firstOnline: Moment?
    private(set) var failures: [String] = []
    /// Why there was no link, the last time that there was none.
    private(set) var trouble: LinkDownReason?

    /// Messages sent before the sockets are looked at again.
    private static let turnLimit = 1000

    /// - Throws: if the broker's URL is none.
    init(_ settings: DeviceSimConfiguration, clock: RunClock, on loop: MQTTLoop) throws {
        self.settings = settings
        self.broker = try settings.mqtt.broker(payloadBytes: settings.devices.size)
        self.clock = clock
        self.end = settings.run.duration.map { Moment(milliseconds: Int64($0.milliseconds)) } ?? .never
        self.loop = loop
        self.schedule = Schedule(
            devices: settings.devices.count, ramp: Int64(settings.devices.ramp.milliseconds),
            jitter: settings.devices.jitter, seed: settings.run.seed)
        self.members = Array(repeating: nil, count: settings.devices.count)
        self.counts.count = settings.devices.count
    }

    /// Begins with what the schedule has for the run's first moment.
    func start() {
        self.sleep()
    }

    /// Whether all that was meant for the time of the run is sent.
    var isOver: Bool {
        return self.now >= self.end && (self.schedule.next ?? self.end) >= self.end
    }

    /// From now on nothing is sent; the time for the rate is over.
    /// - Returns: for how long messages were sent, in seconds.
    @discardableResult func stopSending() -> Double {
        guard self.isSending else { return self.sendingSeconds }
        if let wake = self.wake { self.loop.cancel(wake.timer) }
        self.stopped = self.now
        return self.sendingSeconds
    }

    /// All devices go, in the way that the configuration says, and the loop ends.
    func leave(within grace: TimeAmount = .seconds(5)) async {
        self.stopSending()
        for member in self.members.lazy.compactMap(\.self) {
            switch self.settings.devices.leave {
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
        figures.failed = self.members.reduce(0) { $0 + UInt64($1?.session.counters.failedPublishes ?? 0) }
        figures.latenessMs = Percentiles(self.lateness)
        return figures
    }

    /// The devices that are online now, and the messages published.
    var progress: (online: Int, published: UInt64) {
        return (self.online, self.counts.published)
    }

    /// How many messages each device has published, by device and kind.
    func published() -> Published {
        return Published(
            counts: self.members.map { member in MessageKind.allCases.map { member?.published($0) ?? 0 } })
    }

    /// From when the first device came online to when the last message was due.
    private var sendingSeconds: Double {
        guard let firstOnline = self.firstOnline else { return 0 }
        return Double(min(self.stopped ?? self.now, self.end).milliseconds - firstOnline.milliseconds) / 1000
    }

    private var isSending: Bool {
        return self.stopped == nil
    }

    private var now: Moment {
        return Moment(milliseconds: self.clock.elapsed / 1000)
    }
}

/// How many messages each device has published.
struct Published: Sendable {
    fileprivate let counts: [[UInt64]]

    func callAsFunction(_ device: Int, _ kind: MessageKind) -> UInt64 {
        return self.counts.indices.contains(device) ? self.counts[device][kind.rawValue] : 0
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
            if let kind = due.task.kind {
                self.send(kind, from: due.device, at: due.at)
            } else {
                self.connect(due.device)
            }
        }
        self.sleep()
    }

    /// Until the next thing is due. To be called when the schedule has changed.
    private func sleep() {
        guard self.isSending, let next = self.schedule.next, next < self.end, next != self.wake?.at else { return }
        if let wake = self.wake { self.loop.cancel(wake.timer) }
        self.wake = (self.loop.schedule(at: self.clock.deadline(of: next)) { self.work() }, next)
    }

    private func connect(_ index: Int) {
        do {
            let member = try self.members[index] ?? Member(index, self.settings, broker: self.broker, on: self.loop)
            self.members[index] = member
            member.session.onLink = { event in self.linkChanged(index, event) }
            member.session.onMessages = { messages in
                for message in messages { self.obey(message, by: index) }
            }
            member.session.onRefusal = { refusal in self.fail("\(refusal)") }
            member.session.connect()
        } catch {
            self.fail("\(self.settings.devices.naming.id(of: index)): \(error)")
        }
    }

    /// Remembers what went wrong; of thousands of devices with the same complaint the first few will do.
    private func fail(_ text: String) {
        if self.failures.count < 10 { self.failures.append(text) }
    }

    private func send(_ kind: MessageKind, from index: Int, at moment: Moment) {
        guard let member = self.members[index], member.isOnline else {
            self.counts.missed += 1
            return
        }
        guard self.resend(kind, from: index) else {
            self.counts.refused += 1
            return
        }
        let (age, timestamp) = (member.age(at: moment), self.clock.timestamp(of: moment))
        switch kind {
        case .telemetry: self.members[index]?.device.writeTelemetry(at: age, timestamp: timestamp, into: &self.payload)
        case .frame: self.members[index]?.device.writeFrame(at: age, timestamp: timestamp, into: &self.payload)
        }
        self.buffer.clear()
        self.buffer.writeBytes(self.payload.bytes)
        guard self.publish(self.buffer, kind, from: index) else {
            self.members[index]?.unsent[kind.rawValue] = self.buffer
            self.counts.refused += 1
            return
        }
        self.count(lateness: self.clock.elapsed - moment.milliseconds * 1000)
    }

    /// Sends what is left over from before. Returns whether the way is free.
    private func resend(_ kind: MessageKind, from index: Int) -> Bool {
        guard let unsent = self.members[index]?.unsent[kind.rawValue] else { return true }
        guard self.publish(unsent, kind, from: index) else { return false }
        self.members[index]?.unsent[kind.rawValue] = nil
        return true
    }

    private func publish(_ payload: ByteBuffer, _ kind: MessageKind, from index: Int) -> Bool {
        guard let member = self.members[index] else { return false }
        do {
            try member.session.publish(to: member.topic(kind), payload, qos: self.settings.mqtt.serviceQuality)
        } catch {
            return false
        }
        self.counts.published += 1
        self.counts.bytes += UInt64(payload.readableBytes)
        return true
    }

    private func count(lateness microseconds: Int64) {
        self.lateness.recordClamped(microseconds)
        if Double(microseconds) / 1000 > self.settings.run.tolerance.milliseconds { self.counts.overruns += 1 }
    }
}

// MARK: - What comes from the broker

extension Fleet {
    private func linkChanged(_ index: Int, _ event: LinkEvent) {
        switch event {
        case .up: self.cameOnline(index)
        case .subscribed: break
        case .down(let reason): self.wentOffline(index, reason)
        }
    }

    private func cameOnline(_ index: Int) {
        guard let member = self.members[index] else { return }
        let now = self.now
        self.online += 1
        self.firstOnline = self.firstOnline ?? now
        self.publish(Presence.online, of: member)
        guard self.members[index]?.cameOnline(at: now) == true else {
            self.counts.reconnects += 1
            return
        }
        self.counts.connected += 1
        self.beginSending(index, rate: member.device.rate, since: now)
    }

    private func wentOffline(_ index: Int, _ reason: LinkDownReason) {
        if self.members[index]?.isOnline == true {
            self.online -= 1
            self.members[index]?.wentOffline()
        } else if reason.kind != .stopped {
            self.counts.connectFailures += 1
        }
        if reason.kind != .stopped { self.trouble = reason }
    }

    /// A device's telemetry, frames or both, by its profile.
    private func beginSending(_ index: Int, rate: Double, since start: Moment) {
        for kind in self.settings.devices.profile.kinds {
            self.schedule.send(kind, from: index, rate: rate, since: start)
        }
        self.sleep()
    }

    private func obey(_ message: MQTTMessage, by index: Int) {
        let command = Command(Array(message.payload.readableBytesView))
        self.counts.commands += 1
        self.members[index]?.device.obey(command)
        if let rate = command.rate { self.beginSending(index, rate: rate, since: self.now) }
        // A reboot that the broker retains would come again after each.
        if command.reboot, !message.retained { self.reboot(index) }
    }

    /// The device loses its power, as far as anybody can see, and comes back.
    private func reboot(_ index: Int) {
        guard let member = self.members[index], member.isOnline, self.isSending else { return }
        member.session.abandon()
        self.wentOffline(index, LinkDownReason(.stopped, "told to reboot"))
        self.schedule.connect(index, at: self.now.advanced(by: Int64(self.settings.devices.reboot.milliseconds)))
        self.sleep()
    }

    private func publish(_ presence: ByteBuffer, of member: Member) {
        do {
            try member.session.publish(to: member.status, presence, qos: .atLeastOnce, retain: true)
        } catch {
            if self.isSending { self.counts.refused += 1 }
        }
    }
}
