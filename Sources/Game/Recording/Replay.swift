import SocketIO

/// A room's rounds, played again from its log.
///
/// A step that an INPUT frame stands for waits for the TICK frame of its time, and in it for a sign that it has been made:
/// what it brought about, a hash, an end, or the end of the frame. So who came or left in the same tick comes first.
struct Replay {
    private(set) var summary = RecordingVerifier.Summary()

    private let game: GameDescription
    private let begin: GameDefinition.Begin
    private var round: (any Rules)?
    /// Whether a round is on, be it paused.
    private var isOn = false
    private var steps: ArraySlice<Step> = []
    /// What steps have brought about that the log has not yet told.
    private var untold: ArraySlice<Effect> = []
    /// Who is away, by ascending seat.
    private var away: [Seat] = []
    private var end: JSON?

    private struct Step {
        let time: UInt32
        let inputs: [Input]
    }

    init(_ game: GameDescription, _ begin: @escaping GameDefinition.Begin) {
        self.game = game
        self.begin = begin
    }

    mutating func play(_ event: LogEvent) throws(RecordingFault.Reason) {
        switch event.kind {
        case .state: try self.changeState(event.data.json)
        case .join: if self.isOn, self.game.allowsLateJoin { self.round?.joined(event.seat) }
        case .leave: self.leave(event.seat)
        case .away: self.setAway(true, event.seat)
        case .back: self.setAway(false, event.seat)
        case .hash: try self.compareHash(event.data.json)
        case .end: try self.compareEnd(event.data.json)
        case let kind where kind.isOfGame: try self.playMove(event)
        default: break
        }
    }

    mutating func play(inputs frame: TickFrame) throws(RecordingFault.Reason) {
        let inputs = frame.events.map { Input($0.seat, Move($0.kind, $0.data)) }
        guard zip(inputs, inputs.dropFirst()).allSatisfy({ $0.seat < $1.seat }) else { throw .inputOrder }
        self.summary.moves += inputs.count
        self.steps.append(Step(time: frame.time, inputs: inputs))
    }

    /// Before the first event of a TICK frame: of earlier steps there was nothing to tell.
    mutating func beginTick(at time: UInt32) throws(RecordingFault.Reason) {
        try self.step { $0.steps.first.map { $0.time >= time } ?? true }
        guard self.untold.isEmpty else { throw .effect }
    }

    /// Behind the last event of a TICK frame.
    mutating func endTick() throws(RecordingFault.Reason) {
        try self.step { _ in false }
        guard self.untold.isEmpty else { throw .effect }
    }

    mutating func finish(_ footer: RecordingFooter) throws(RecordingFault.Reason) {
        try self.endTick()
        guard !self.isOn || self.round?.outcome == nil, footer.outcome == self.end else { throw .outcome }
        try self.compare(footer.stateHash)
    }

    // MARK: Rounds

    private mutating func changeState(_ data: JSON?) throws(RecordingFault.Reason) {
        let state = data?["to"]?.string
        switch state {
        case "live" where data?["from"]?.string != "paused": try self.beginRound(data)
        // Of an end there is an event of its own, before or behind this one.
        case "live", "paused", "ended": break
        default:
            try self.step { _ in false }
            self.isOn = false
            if state == "lobby" { self.round = nil }
        }
    }

    private mutating func beginRound(_ data: JSON?) throws(RecordingFault.Reason) {
        guard let number = data?["round"]?.int, number >= 0, let seed = data?["seed"]?.string.flatMap({ UInt64($0) }),
            let seats = data?["seats"]?.seats, self.game.players.contains(seats.count)
        else { throw .badRound }
        var round = self.begin(seats, number, seed)
        for seat in self.away { round.setAway(true, seat) }
        self.round = round
        self.isOn = true
        self.end = nil
        self.summary.rounds += 1
    }

    private mutating func leave(_ seat: Seat) {
        self.away.removeAll { $0 == seat }
        if self.isOn { self.round?.left(seat) }
    }

    private mutating func setAway(_ isAway: Bool, _ seat: Seat) {
        self.away.removeAll { $0 == seat }
        if isAway { self.away.insert(seat, at: self.away.firstIndex { $0 > seat } ?? self.away.count) }
        if self.isOn { self.round?.setAway(isAway, seat) }
    }

    // MARK: Steps and moves

    /// Makes the steps that wait, until it is enough.
    private mutating func step(until isEnough: (Replay) -> Bool) throws(RecordingFault.Reason) {
        while !self.steps.isEmpty, !isEnough(self) {
            guard self.isOn else { throw .noRound }
            self.untold += self.round?.step(self.steps.removeFirst().inputs) ?? []
            self.summary.steps += 1
        }
    }

    /// An event of the game's: what a step has brought about or, where no step has, a move.
    private mutating func playMove(_ event: LogEvent) throws(RecordingFault.Reason) {
        try self.step { !$0.untold.isEmpty }
        if let effect = self.untold.popFirst() {
            guard effect.kind == event.kind, effect.seat == event.seat, effect.data.bytes == event.data.bytes else {
                throw .effect
            }
            return
        }
        guard self.isOn, var round = self.round else { throw .noRound }
        do throws(Refusal) { try round.apply(Move(event.kind, event.data), by: event.seat) } catch {
            throw .refused(error.code)
        }
        self.round = round
        self.summary.moves += 1
    }

    // MARK: Comparing

    private mutating func compareHash(_ data: JSON?) throws(RecordingFault.Reason) {
        let written = data?["h"]?.string.flatMap { UInt64(hexDigits: $0) }
        // Where one frame tells of several steps, it may be the hash after any of them.
        try self.step { !$0.untold.isEmpty || $0.round?.stateHash == written }
        guard self.untold.isEmpty else { throw .effect }
        try self.compare(written)
    }

    private mutating func compare(_ written: UInt64?) throws(RecordingFault.Reason) {
        let found = self.round?.stateHash
        guard written == found else { throw .hash(written: written, found: found) }
        self.summary.hashes += 1
    }

    private mutating func compareEnd(_ data: JSON?) throws(RecordingFault.Reason) {
        guard self.isOn, let data else { throw .noRound }
        try self.step { $0.round?.outcome != nil }
        self.isOn = false
        self.end = data
        guard data["why"]?.string != Outcome.Reason.stopped.rawValue else { return }
        guard let outcome = self.round?.outcome, outcome.agrees(with: data) else { throw .outcome }
    }
}

extension Outcome {
    /// Whether an `end` event, `{winner?, draw?, scores, why}`, says this.
    fileprivate func agrees(with data: JSON) -> Bool {
        let winner = data["winner"].flatMap { $0.isNull ? nil : $0.int }
        let isDraw = data["draw"]?.bool ?? false
        let scores = data["scores"]?.elements?.map { $0.elements?.map(\.int) }
        return winner == self.winner.map { Int($0.rawValue) } && data["why"]?.string == self.reason.rawValue
            && !(isDraw && self.winner != nil) && scores == self.scores.map { [Int($0.seat.rawValue), $0.score] }
    }
}

extension JSON {
    /// A list of seats, ascending.
    fileprivate var seats: [Seat]? {
        guard let elements = self.elements else { return nil }
        let seats = elements.compactMap { $0.int.flatMap(UInt8.init(exactly:)).map(Seat.init(rawValue:)) }
        guard seats.count == elements.count, zip(seats, seats.dropFirst()).allSatisfy({ $0 < $1 }) else { return nil }
        return seats
    }
}
