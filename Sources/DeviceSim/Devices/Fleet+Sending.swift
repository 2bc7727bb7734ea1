import MQTT
import NIOCore
import Simulator

/// Messages, and what goes wrong with them on purpose.
extension Fleet {
    func send(_ kind: MessageKind, from index: Int, at moment: Moment) {
        let stage = self.plan.stage(at: moment)
        guard let member = self.members[index], member.isOnline else {
            self.counts.missed += 1
            self.stageCounts[stage].missed += 1
            return
        }
        guard self.resend(kind, from: index) else { return }
        let faults = self.plan.faults(of: member.group, in: stage)
        guard self.log != nil, !faults.isNone,
            let fault = self.members[index]?.dice[kind.rawValue].roll(faults, at: moment)
        else {
            if let message = self.write(kind, of: index, at: moment, faults) {
                self.sendInOrder(message, kind, from: index)
            }
            return
        }
        self.send(kind, from: index, at: moment, with: fault, of: faults)
    }

    /// Sends the next message of a topic with a fault.
    private func send(
        _ kind: MessageKind, from index: Int, at moment: Moment, with fault: Fault, of faults: Faults
    ) {
        guard var message = self.write(kind, of: index, at: moment, faults) else { return }
        self.counts.injected.count(fault)
        switch fault {
        case .drop, .silence:
            return
        case .duplicate:
            if self.sendInOrder(message, kind, from: index) { self.out(message, kind, from: index) }
        case .reorder:
            if self.members[index]?.held[kind.rawValue] == nil {
                self.members[index]?.held[kind.rawValue] = message
            } else {
                self.sendInOrder(message, kind, from: index)
            }
        case .delay(let milliseconds):
            self.sendLater(message, kind, from: index, at: moment.advanced(by: milliseconds))
        case .corrupt:
            self.corrupt(&message, kind, of: index)
            self.sendInOrder(message, kind, from: index)
        case .oversize:
            self.enlarge(&message, kind, of: index, to: faults.oversizeBytes)
            self.sendInOrder(message, kind, from: index)
        case .flood:
            guard self.sendInOrder(message, kind, from: index) else { return }
            for _ in 1..<max(1, faults.floodMessages) {
                guard let next = self.write(kind, of: index, at: moment, faults),
                    self.sendInOrder(next, kind, from: index)
                else { return }
            }
        }
    }

    /// The next message of a topic, as it would be without faults but for the device's clock.
    private func write(_ kind: MessageKind, of index: Int, at moment: Moment, _ faults: Faults) -> Member.Message? {
        guard let member = self.members[index] else { return nil }
        let shift = self.log == nil ? 0 : member.dice[kind.rawValue].shift(faults)
        let (age, timestamp) = (member.age(at: moment), self.clock.timestamp(of: moment) + shift)
        let sequence: UInt64?
        switch kind {
        case .telemetry:
            self.members[index]?.device.writeTelemetry(at: age, timestamp: timestamp, into: &self.payload)
            sequence = self.members[index]?.device.telemetrySequence
        case .frame:
            self.members[index]?.device.writeFrame(at: age, timestamp: timestamp, into: &self.payload)
            sequence = self.members[index]?.device.frameSequence
        }
        self.buffer.clear()
        self.buffer.writeBytes(self.payload.bytes)
        let publication = PublicationLog.Publication(
            sequence: UInt32(truncatingIfNeeded: sequence ?? 0), shift: shift * 1000)
        return Member.Message(payload: self.buffer, publication: publication, moment: moment)
    }

    private func corrupt(_ message: inout Member.Message, _ kind: MessageKind, of index: Int) {
        let codec = kind == .telemetry ? self.codec(of: index) : .packed
        var bytes = Array(message.payload.readableBytesView)
        self.members[index]?.dice[kind.rawValue].corrupt(&bytes, from: codec.stampBytes(in: bytes))
        message.payload = ByteBuffer(bytes: bytes)
    }

    /// Adds what means nothing: spaces to JSON, zeros to the rest.
    private func enlarge(_ message: inout Member.Message, _ kind: MessageKind, of index: Int, to size: Int) {
        let isJSON = kind == .telemetry && self.codec(of: index) == .json
        let missing = max(0, size - message.payload.readableBytes)
        message.payload.writeRepeatingByte(isJSON ? UInt8(ascii: " ") : 0, count: missing)
        message.publication.isOptional = true
    }

    private func codec(of index: Int) -> Codec {
        return self.roster.groups[self.members[index]?.group ?? 0].devices.codec
    }

    private func sendLater(_ message: Member.Message, _ kind: MessageKind, from index: Int, at due: Moment) {
        var message = message
        message.publication.isLate = true
        guard let member = self.members[index], member.late.count < Self.lateLimit else {
            self.sendInOrder(message, kind, from: index)
            return
        }
        self.members[index]?.late.append(Member.Late(due: due, kind: kind, message: message))
        self.schedule.insert(.late, of: index, at: due)
    }

    /// Messages of a device that are held back at a time; one more is sent at once.
    private static let lateLimit = 1000

    /// Sends what was held back until now.
    func sendLate(from index: Int, by now: Moment) {
        guard let member = self.members[index] else { return }
        let due = member.late.filter { $0.due <= now }
        self.members[index]?.late.removeAll { $0.due <= now }
        for late in due {
            guard member.isOnline, self.resend(late.kind, from: index) else {
                self.counts.missed += 1
                continue
            }
            self.out(late.message, late.kind, from: index)
        }
    }

    /// Sends everything that is held back: the run ends.
    func sendHeld() {
        for index in self.members.indices where self.members[index]?.isOnline == true {
            self.sendLate(from: index, by: .never)
            for kind in MessageKind.allCases {
                guard let held = self.members[index]?.held[kind.rawValue], self.resend(kind, from: index) else {
                    continue
                }
                self.members[index]?.held[kind.rawValue] = nil
                self.out(held, kind, from: index)
            }
        }
    }

    /// Sends what is left over from before. Returns whether the way is free.
    private func resend(_ kind: MessageKind, from index: Int) -> Bool {
        guard let unsent = self.members[index]?.unsent[kind.rawValue] else { return true }
        self.members[index]?.unsent[kind.rawValue] = nil
        return self.out(unsent, kind, from: index)
    }

    /// Sends a message, and after it one that waited for this.
    @discardableResult private func sendInOrder(_ message: Member.Message, _ kind: MessageKind, from index: Int) -> Bool
    {
        guard self.out(message, kind, from: index) else { return false }
        self.count(lateness: self.clock.elapsed - message.moment.milliseconds * 1000, at: message.moment)
        guard var held = self.members[index]?.held[kind.rawValue] else { return true }
        self.members[index]?.held[kind.rawValue] = nil
        held.publication.isLate = true
        return self.out(held, kind, from: index)
    }

    /// Hands a message to the session; one that it has no room for goes before any later one.
    @discardableResult private func out(_ message: Member.Message, _ kind: MessageKind, from index: Int) -> Bool {
        guard let member = self.members[index] else { return false }
        // Before it is on its way: a viewer may have it before this returns.
        self.log?.append(message.publication, index, kind)
        do {
            try member.session.publish(
                to: member.topic(kind), message.payload, qos: self.settings.mqtt.serviceQuality,
                retain: self.roster.groups[member.group].devices.retain)
        } catch {
            self.log?.removeLast(index, kind)
            self.members[index]?.unsent[kind.rawValue] = message
            self.counts.refused += 1
            return false
        }
        self.members[index]?.lastSent[kind.rawValue] = self.now
        self.counts.published += 1
        self.counts.bytes += UInt64(message.payload.readableBytes)
        self.stageCounts[self.plan.stage(at: message.moment)].published += 1
        return true
    }

    private func count(lateness microseconds: Int64, at moment: Moment) {
        self.lateness.recordClamped(microseconds)
        guard Double(microseconds) / 1000 > self.settings.run.tolerance.milliseconds else { return }
        self.counts.overruns += 1
        self.stageCounts[self.plan.stage(at: moment)].overruns += 1
    }
}

extension Codec {
    /// The bytes at the beginning of a payload that say its time and number.
    fileprivate func stampBytes(in payload: [UInt8]) -> Int {
        switch self {
        case .packed, .random: return 16
        // The head of the map, "ts" and "seq" with numbers of at most nine bytes.
        case .cbor: return 26
        case .json:
            let commas = payload.indices.lazy.filter { payload[$0] == UInt8(ascii: ",") }
            return commas.dropFirst().first.map { $0 + 1 } ?? payload.count
        }
    }
}
