import Game
import NIOCore
import SocketIO

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
            if self.link?.answersMoves == false { self.tookMove(event) }
        }
        self.report(self.game.compareAwaitedSnapshot(behind: event.number))
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

    /// Nobody acknowledges moves here: that one is in the log is all there is to be told.
    private func tookMove(_ event: LogEvent) {
        self.ledger.tally.acknowledged += 1
        self.report(self.expectations.acknowledged(event.moveNumber, event: event.number))
    }

    /// The whole state, as the room's topic tells it.
    func receive(_ snapshot: JSON, at tick: UInt32, behind number: UInt32) {
        guard let view else { return }
        let last = view.lastNumber
        guard self.game.definition.description.hz > 0 else {
            return self.report(self.game.receive(snapshot, behind: number, now: last))
        }
        // Who has been told more, or less, may be in another round. And what happens behind a tick, such as a leave that
        // ends the round, changes the state that the tick has told of already.
        guard number == last, tick > view.tick else { return }
        self.receive(StateFrame(tick: tick, time: 0, base: 0, progress: [], payload: .json(snapshot)))
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
