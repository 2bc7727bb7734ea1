import Game
import NIOCore

// What the server tells of the room.
extension Player {
    func receive(_ frame: TickFrame, hasLowNumbers: Bool) {
        guard let reception = self.view?.receive(frame, hasLowNumbers: hasLowNumbers) else { return }
        let now = NIODeadline.now()
        for violation in reception.violations { self.report(violation) }
        self.ledger.tally.ticks += 1
        let isOnTime = frame.firstNumber > self.replayedThrough && now >= self.catchesUpUntil
        if isOnTime { self.table.arrived(frame.time, at: now) }
        for event in reception.events {
            self.table.saw(event, by: self, at: isOnTime ? now : nil)
            self.follow(event)
        }
    }

    private func follow(_ event: LogEvent) {
        self.report(self.game.follow(event))
        if event.kind.isOfGame, event.moveNumber > 0, event.seat == self.membership?.seat {
            self.report(self.expectations.logged(event))
        }
        guard event.kind == .state, self.view?.roster.state == "lobby" else { return }
        self.isReady = false
    }

    func receive(_ frame: StateFrame) {
        self.ledger.tally.states += 1
        let isRepeated = self.game.arena.tick == frame.tick
        if let violation = self.game.follow(frame) { return self.report(violation) }
        guard self.game.arena.tick == frame.tick else { return }
        let now = NIODeadline.now()
        self.table.saw(self.game.arena.view, at: frame.tick, isRepeated: isRepeated, by: self)
        let isOnTime = now >= self.catchesUpUntil
        for progress in frame.progress { self.advance(progress, at: isOnTime ? now : nil) }
    }

    /// An input has gone into the state.
    private func advance(_ progress: StateFrame.Progress, at now: NIODeadline?) {
        let before = self.progress[progress.seat.rawValue] ?? 0
        guard progress.moveNumber > before else { return }
        self.progress[progress.seat.rawValue] = progress.moveNumber
        if let now { self.table.measure(progress.moveNumber, of: progress.seat, at: now) }
        if progress.seat == self.membership?.seat { self.expectations.taken(through: progress.moveNumber) }
    }
}
