package import NIOCore

// What happens by itself.
extension Room {
    /// When ``advance(to:)`` wants to be called; nil: not before the next command.
    package var nextDeadline: NIODeadline? {
        switch (self.eventDeadline, self.tickDeadline) {
        case (let event?, let tick?): min(event, tick)
        case (let event, let tick): event ?? tick
        }
    }

    /// Lets time pass: what was due until `now` happens in its order, each thing at its own time, so that a late call comes
    /// to the same result as calls on time.
    ///
    /// Only the frames differ. Ticks that a late call has to make up for are played one by one, but told together: at
    /// most two log frames (what had happened before the first of them, then the rest) and one state frame. Of a stall of
    /// more than a second only one second is played, the clock is put back by the rest; a room that only relays has
    /// nothing to play, and just counts on.
    package mutating func advance(to now: NIODeadline) {
        while let deadline = self.nextDeadline, deadline <= now {
            let event = self.eventDeadline
            if deadline == event {
                self.now = max(self.now, deadline)
                self.expire()
            } else {
                self.playTicks(until: event.map { min(now, $0 - .nanoseconds(1)) } ?? now)
            }
        }
        self.now = max(self.now, now)
        self.passIdleTicks()
    }

    /// Everything but ticks.
    private var eventDeadline: NIODeadline? {
        guard !self.isClosed else { return nil }
        var earliest = self.emptyDeadline
        func consider(_ deadline: NIODeadline?) {
            guard let deadline else { return }
            earliest = earliest.map { min($0, deadline) } ?? deadline
        }
        consider(self.countdownDeadline)
        consider(self.turnTimer.deadline)
        if !self.seats.connected.isEmpty { consider(self.election.deadline) }
        for player in self.seats.players { consider(player.graceDeadline) }
        for spectator in self.spectators { consider(spectator.graceDeadline) }
        return earliest
    }

    private mutating func expire() {
        self.passIdleTicks()
        self.expireGraces()
        self.expireTurn()
        self.expireEmptiness()
        if !self.isClosed { self.settle() }
    }

    // MARK: Ticks

    private var isPlaying: Bool { self.phase == .live && self.takesInputs }

    /// When there will be something to do or to tell.
    private var tickDeadline: NIODeadline? {
        guard !self.isClosed, let clock, self.isPlaying || !self.pending.isEmpty else { return nil }
        return clock.next
    }

    private mutating func playTicks(until now: NIODeadline) {
        let limit = self.isPlaying ? self.clock?.hz : nil
        guard let passed = self.clock?.pass(until: now, limit: limit) else { return }
        // The time of the frames is that of their tick, however late the call is.
        self.now = max(self.now, passed.last)
        if self.isPlaying {
            self.play(ticks: passed.count)
        } else {
            self.count(ticks: passed.count)
            self.flush()
        }
    }

    private mutating func play(ticks: Int) {
        for index in 0..<ticks where self.phase == .live {
            let waits = !self.pending.isEmpty
            self.playTick()
            if index == 0, ticks > 1, waits { self.flush() }
        }
        self.settle()
        self.flush()
        if self.phase == .live { self.sendState() }
    }

    /// One tick of a game in real time: at most one input a seat, by ascending seat, then what the rules make of it.
    private mutating func playTick() {
        self.ticks &+= 1
        let inputs = self.takeInputs()
        guard let effects = self.round?.rules?.step(inputs) else { return }
        for effect in effects { self.record(effect.kind, effect.seat, effect.data) }
        if let outcome = self.round?.rules?.outcome { return self.finish(outcome) }
        if self.ticks % 100 == 0 { self.recordHash() }
    }

    private mutating func takeInputs() -> [Input] {
        let now = self.now
        var inputs: [Input] = []
        var events: [LogEvent] = []
        self.seats.updateAll { player in
            guard let next = player.inputs.next(at: now) else { return }
            inputs.append(Input(player.seat, next.move))
            events.append(
                LogEvent(
                    number: 0, kind: next.move.kind, seat: player.seat, moveNumber: next.number, data: next.move.data))
        }
        if self.settings.isRecorded {
            let frame = TickFrame(tick: self.ticks, time: self.time, firstNumber: 0, events: events)
            self.output.inputs.append(frame)
        }
        return inputs
    }

    private mutating func count(ticks: Int) {
        if self.phase == .live { self.ticks &+= UInt32(truncatingIfNeeded: ticks) }
    }

    /// Ticks in which nothing was to be done are counted when somebody asks.
    private mutating func passIdleTicks() {
        let now = self.now
        guard !self.isPlaying, let passed = self.clock?.pass(until: now) else { return }
        self.count(ticks: passed.count)
    }

    // MARK: State

    /// Tells everybody the state after a tick: the difference from the last one told, or all of it at the start, every
    /// two seconds, and at the end.
    mutating func sendState() {
        guard self.takesInputs, let round = self.round, let rules = round.rules, let clock = self.clock else { return }
        let isFull = self.ticks >= round.nextFullState || self.phase != .live
        let base = isFull ? nil : round.told
        self.output.states.append(
            RoomOutput.State(
                tick: self.ticks, time: self.time, base: base?.tick ?? 0, progress: self.progress,
                members: self.present, rules: rules, previous: base?.rules))
        self.round?.told = (rules, self.ticks)
        if isFull { self.round?.nextFullState = self.ticks &+ UInt32(truncatingIfNeeded: 2 * clock.hz) }
    }

    private var progress: [StateFrame.Progress] {
        self.seats.players.compactMap { player in
            guard self.round?.seats.contains(player.seat) == true else { return nil }
            return StateFrame.Progress(
                seat: player.seat, moveNumber: player.inputs.applied, wait: player.inputs.wait)
        }
    }
}
