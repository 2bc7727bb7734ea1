import NIOCore
import SocketIO

// From what happens to the frames that tell of it.
extension Room {
    @discardableResult
    mutating func record(
        _ kind: EventKind, _ seat: Seat, number: UInt32 = 0, _ data: Payload, to recipients: [Seat]? = nil,
        from sender: MemberID? = nil
    ) -> LogEvent {
        let event = LogEvent(
            number: self.log.lastNumber &+ 1, kind: kind, seat: seat, moveNumber: number, data: data,
            recipients: recipients)
        self.log.append(event, tick: self.clock == nil ? event.number : self.ticks, time: self.time)
        self.pending.append(Pending(event: event, sender: sender))
        return event
    }

    mutating func record(_ kind: EventKind, _ seat: Seat, _ data: JSON) {
        self.record(kind, seat, .json(data))
    }

    /// Ends a command, or what a deadline brought about: looks after seats, countdown, host and turn, and
    /// sends what is to go at once.
    mutating func settle() {
        self.removeAutomaticsAmongThemselves()
        self.passCountdown()
        self.electHost()
        self.updateTurn()
        if self.clock == nil { self.flushEach() }
    }

    /// With `hz` 0: each event by itself.
    mutating func flushEach() {
        let pending = self.pending
        self.pending.removeAll()
        for one in pending {
            let frame = TickFrame(
                tick: one.event.number, time: self.time, firstNumber: one.event.number, events: [one.event])
            self.send(frame, except: self.settings.echo ? nil : one.sender)
        }
    }

    /// With `hz` above 0: everything that has happened since the last tick.
    mutating func flush() {
        guard let first = self.pending.first else { return }
        let events = self.pending.map(\.event)
        self.pending.removeAll()
        self.log.setTick(self.ticks, time: self.time, ofLast: events.count)
        self.send(
            TickFrame(tick: self.ticks, time: self.time, firstNumber: first.event.number, events: events), except: nil)
    }

    private mutating func send(_ frame: TickFrame, except sender: MemberID?) {
        self.output.frames.append(RoomOutput.Frame(whole: frame, copies: self.copies(of: frame, except: sender)))
    }

    /// Who sees what of a frame. Nearly always everybody sees all of it; not so what was meant for some, and what somebody
    /// who came in since the last tick was told already.
    private func copies(of frame: TickFrame, except sender: MemberID?) -> [RoomOutput.Copy] {
        let isForAll = frame.events.allSatisfy { $0.recipients == nil }
        var seesAll: [MemberID] = []
        var copies: [RoomOutput.Copy] = []
        for viewer in self.viewers where viewer.member != sender && viewer.told < frame.lastNumber {
            if isForAll, viewer.told < frame.firstNumber {
                seesAll.append(viewer.member)
                continue
            }
            let seen = isForAll ? frame : frame.seen(by: viewer.seat)
            let copy = viewer.told < frame.firstNumber ? seen : seen.dropping(through: viewer.told)
            if let index = copies.firstIndex(where: { $0.frame == copy }) {
                copies[index] = RoomOutput.Copy(frame: copy, members: copies[index].members + [viewer.member])
            } else {
                copies.append(RoomOutput.Copy(frame: copy, members: [viewer.member]))
            }
        }
        return seesAll.isEmpty ? copies : [RoomOutput.Copy(frame: frame, members: seesAll)] + copies
    }

    private struct Viewer {
        let member: MemberID
        let seat: Seat?
        let told: UInt32
    }

    private var viewers: [Viewer] {
        let players = self.seats.players.compactMap { player in
            player.member.map { Viewer(member: $0, seat: player.seat, told: player.told) }
        }
        let spectators = self.spectators.compactMap { spectator in
            spectator.member.map { Viewer(member: $0, seat: nil, told: spectator.told) }
        }
        return players + spectators
    }
}

extension TickFrame {
    /// The number of the last event, or of the one before the frame when there is none.
    package var lastNumber: UInt32 { self.events.last?.number ?? self.firstNumber &- 1 }

    /// The frame as a seat sees it, holes in place of what was meant for others; nil: as a spectator does.
    package func seen(by seat: Seat?) -> TickFrame {
        TickFrame(
            tick: self.tick, time: self.time, firstNumber: self.firstNumber,
            events: self.events.map { $0.seen(by: seat) })
    }

    /// The frame without the events up to a number.
    func dropping(through number: UInt32) -> TickFrame {
        TickFrame(
            tick: self.tick, time: self.time, firstNumber: number &+ 1,
            events: self.events.filter { $0.number > number })
    }
}
