import MQTT
import NIOCore
import Simulator

/// Connections: made, lost, left and taken over.
extension Fleet {
    func connect(_ index: Int) {
        do {
            let member =
                try self.members[index]
                ?? Member(index, of: self.roster, self.settings, broker: self.broker, on: self.loop)
            self.members[index] = member
            self.follow(member.session, of: index)
            member.session.connect()
        } catch {
            self.fail("\(self.roster.id(of: index)): \(error)")
        }
    }

    /// The session is the device's.
    private func follow(_ session: MQTTSession, of index: Int) {
        session.onLink = { event in self.linkChanged(index, event) }
        session.onMessages = { messages in
            for message in messages { self.obey(message, by: index) }
        }
        session.onRefusal = { refusal in self.fail("\(refusal)") }
    }

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
        if !member.isOnline { self.online += 1 }
        self.firstOnline = self.firstOnline ?? now
        self.outages.ended(index, at: self.clock.timestamp(of: now))
        self.publish(Presence.online, of: member)
        guard self.members[index]?.cameOnline(at: now) == true else {
            self.counts.reconnects += 1
            return
        }
        self.isReady(index, rate: member.device.rate, since: now)
    }

    private func wentOffline(_ index: Int, _ reason: LinkDownReason) {
        if self.members[index]?.isOnline == true {
            self.online -= 1
            self.members[index]?.wentOffline()
            self.outages.began(index, at: self.clock.timestamp(of: self.now))
        } else if reason.kind != .stopped {
            self.counts.connectFailures += 1
        }
        if reason.kind != .stopped { self.trouble = reason }
    }

    private func obey(_ message: MQTTMessage, by index: Int) {
        let command = Command(Array(message.payload.readableBytesView))
        self.counts.commands += 1
        self.members[index]?.device.obey(command)
        self.answer(message, command, by: index)
        if let rate = command.rate { self.beginSending(index, rate: rate, since: self.now) }
        // A reboot that the broker retains would come again after each.
        guard command.reboot, !message.retained, let group = self.members[index]?.group else { return }
        self.vanish(index, for: self.roster.groups[group].devices.reboot)
    }

    /// Answers whoever asked for an answer (MQTT 5 §4.10), and nobody else.
    private func answer(_ message: MQTTMessage, _ command: Command, by index: Int) {
        guard let properties = message.properties, let named = properties.responseTopic,
            let topic = try? TopicName(named), let member = self.members[index]
        else { return }
        var payload = PayloadWriter()
        member.device.writeAnswer(to: command, into: &payload)
        do {
            try member.session.publish(
                to: topic, ByteBuffer(bytes: payload.bytes), qos: .atLeastOnce,
                properties: MQTTProperties(
                    contentType: "application/json", correlationData: properties.correlationData))
        } catch {
            if self.isSending { self.counts.refused += 1 }
        }
    }

    func publish(_ presence: ByteBuffer, of member: Member) {
        do {
            try member.session.publish(to: member.status, presence, qos: .atLeastOnce, retain: true)
        } catch {
            if self.isSending { self.counts.refused += 1 }
        }
    }
}

// MARK: - Coming and going on purpose

extension Fleet {
    /// The device loses its power, as far as anybody can see, and comes back.
    func vanish(_ index: Int, for time: Duration) {
        guard let member = self.members[index], self.mayLeave(member) else { return }
        member.session.abandon()
        self.isAway(index, "lost its power", for: time)
    }

    /// The device says goodbye and comes back.
    func goAway(_ index: Int, for time: Duration) {
        guard let member = self.members[index], self.mayLeave(member) else { return }
        self.publish(Presence.offline, of: member)
        member.session.disconnect()
        self.isAway(index, "left", for: time)
    }

    private func mayLeave(_ member: Member) -> Bool {
        return member.isOnline && !member.isAway && member.successor == nil && self.isSending
    }

    private func isAway(_ index: Int, _ reason: String, for time: Duration) {
        self.members[index]?.isAway = true
        self.wentOffline(index, LinkDownReason(.stopped, reason))
        self.schedule.connect(index, at: self.now.advanced(by: max(1, Int64(time.milliseconds))))
        self.sleep()
    }

    /// The device connects once more with the same client id, so that the broker ends its first connection.
    func takeOver(_ index: Int) {
        guard let member = self.members[index], self.mayLeave(member) else { return }
        do {
            let successor = try Member.session(of: index, self.roster, self.settings, self.broker, on: self.loop)
            self.members[index]?.successor = successor
            // Whatever the old session has on its way may be lost.
            self.outages.began(index, at: self.clock.timestamp(of: self.now))
            let old = member.session
            old.onLink = { event in
                guard case .down(let reason) = event else { return }
                // It would connect again and throw out its successor.
                if reason.kind != .stopped { old.abandon() }
                self.wentOffline(index, LinkDownReason(.stopped, "taken over"))
            }
            successor.onLink = { event in
                if case .up = event { self.tookOver(index, successor) }
            }
            successor.connect()
        } catch {
            self.fail("\(self.roster.id(of: index)): \(error)")
        }
    }

    private func tookOver(_ index: Int, _ successor: MQTTSession) {
        guard let old = self.members[index]?.session else { return }
        old.onLink = nil
        old.onMessages = nil
        old.onRefusal = nil
        old.abandon()
        self.counts.failed += UInt64(old.counters.failedPublishes)
        self.members[index]?.session = successor
        self.members[index]?.successor = nil
        self.follow(successor, of: index)
        self.cameOnline(index)
    }

    /// Somebody comes or goes, as the ``Unrest`` has it.
    func disturb(_ number: Int, at moment: Moment) {
        for action in self.unrest.actions(of: number, at: moment) {
            switch action {
            case .goAway(let device, let time): self.goAway(device, for: time)
            case .vanish(let device, let time): self.vanish(device, for: time)
            case .takeOver(let device): self.takeOver(device)
            case .again(let next): self.schedule.insert(.churn, of: number, at: next)
            }
        }
    }
}
