import Game
import NIOCore
import SocketIO

/// A room under rules as a recording sees it: enough of one to write recordings that hold true, and others.
struct RecordedRoom {
    private(set) var recording = ByteBuffer()
    private(set) var rules: (any Rules)?
    private var writer: RecordingWriter
    private var events: [LogEvent] = []
    private var inputs: [TickFrame] = []
    private var lastNumber: UInt32 = 0
    private var tick: UInt32 = 0
    private var time: UInt32 = 0
    private var end: JSON?
    /// Steps are written in one TICK frame for this many, as a room does that is late.
    var stepsPerFrame = 1
    private var stepsInFrame = 0
    private var highest: UInt8 = 0

    init(_ game: String, isAuthoritative: Bool = true, hz: Int = 0) {
        let header = RecordingHeader(
            rid: "r1", game: game, isAuthoritative: isAuthoritative, hz: hz, seed: 7, options: ["hz": JSON(hz)],
            startTime: 1_700_000_000_000, build: "test")
        self.writer = RecordingWriter(header, to: &self.recording)
    }

    /// An event that waits for the next frame.
    mutating func log(_ kind: EventKind, _ seat: Seat = .server, _ data: Payload = .json([:]), number: UInt32 = 0) {
        self.lastNumber += 1
        self.events.append(
            LogEvent(number: self.lastNumber, kind: kind, seat: seat, moveNumber: number, data: data))
    }

    /// Loses an event.
    mutating func skipNumber() { self.lastNumber += 1 }

    mutating func flush() throws {
        let first = self.lastNumber + 1 - UInt32(self.events.count)
        let frame = TickFrame(tick: self.tick, time: self.time, firstNumber: first, events: self.events)
        self.events = []
        try self.writer.append([frame], inputs: self.inputs, to: &self.recording)
        self.inputs = []
    }

    mutating func begin(_ rules: any Rules.Type, seats: [Seat], round: Int = 0, seed: UInt64 = 7) {
        self.rules = rules.init(seats: seats, round: round, seed: seed)
        self.end = nil
        let data: JSON = [
            "from": "lobby", "to": "live", "round": JSON(round), "seed": JSON(String(seed)),
            "seats": .array(seats.map { JSON($0.rawValue) }),
        ]
        self.log(.state, .server, .json(data))
    }

    mutating func move(_ move: Move, by seat: Seat) throws {
        try self.rules?.apply(move, by: seat)
        self.log(move.kind, seat, move.data, number: 1)
        self.endIfOver()
        try self.flush()
    }

    mutating func join(_ seat: Seat) {
        self.log(.join, seat)
        self.rules?.joined(seat)
    }

    mutating func returnToLobby() {
        self.log(.state, .server, .json(["from": "ended", "to": "lobby"]))
        self.rules = nil
    }

    /// The next frame comes later than the last step.
    mutating func passTime() { self.time += 20 }

    mutating func leave(_ seat: Seat) {
        self.log(.leave, seat, .json(["why": "left"]))
        self.rules?.left(seat)
        self.endIfOver()
    }

    mutating func setAway(_ isAway: Bool, _ seat: Seat) {
        self.log(isAway ? .away : .back, seat)
        self.rules?.setAway(isAway, seat)
    }

    mutating func step(_ inputs: [Input], writingHash: Bool = false) throws {
        self.tick += 1
        if self.stepsInFrame == 0 { self.time += 50 * UInt32(self.stepsPerFrame) }
        let moves = inputs.map {
            LogEvent(number: 0, kind: $0.move.kind, seat: $0.seat, moveNumber: 1, data: $0.move.data)
        }
        self.inputs.append(TickFrame(tick: self.tick, time: self.time, firstNumber: 0, events: moves))
        for effect in self.rules?.step(inputs) ?? [] { self.log(effect.kind, effect.seat, effect.data) }
        if writingHash { self.logHash() }
        self.endIfOver()
        self.stepsInFrame += 1
        if self.stepsInFrame >= self.stepsPerFrame || self.rules?.outcome != nil {
            self.stepsInFrame = 0
            if !self.events.isEmpty { try self.flush() }
        }
    }

    mutating func logHash(_ hash: UInt64? = nil) {
        self.log(.hash, .server, .json(["h": JSON((hash ?? self.rules?.stateHash ?? 0).hexDigits)]))
    }

    private mutating func endIfOver() {
        guard self.end == nil, let outcome = self.rules?.outcome else { return }
        self.end(outcome)
    }

    mutating func end(_ outcome: Outcome) {
        let data: JSON = [
            "winner": outcome.winner.map { JSON($0.rawValue) } ?? .null, "draw": JSON(outcome.winner == nil),
            "scores": .array(outcome.scores.map { [JSON($0.seat.rawValue), JSON($0.score)] }),
            "why": JSON(outcome.reason.rawValue),
        ]
        self.end = data
        self.log(.end, .server, .json(data))
    }

    /// The whole recording.
    mutating func finish(hash: UInt64? = nil, lastNumber: UInt32? = nil) throws -> ByteBuffer {
        if !self.events.isEmpty { try self.flush() }
        try self.writer.append([], inputs: self.inputs, to: &self.recording)
        let footer = RecordingFooter(
            lastNumber: lastNumber ?? self.lastNumber, lastTick: self.tick, stateHash: hash ?? self.rules?.stateHash,
            outcome: self.end)
        self.writer.finish(footer, to: &self.recording)
        return self.recording
    }
}

extension RecordedRoom {
    /// A game of tic-tac-toe that seat 0 wins.
    static func ticTacToe() throws -> ByteBuffer {
        var room = RecordedRoom("tictactoe")
        room.join(0)
        room.join(1)
        room.begin(TicTacToe.self, seats: [0, 1])
        try room.flush()
        for (ply, cell) in [0, 3, 1].enumerated() { try room.move(.place(cell), by: Seat(rawValue: UInt8(ply % 2))) }
        try room.move(.byte(TicTacToe.place, 4), by: 1)
        room.logHash()
        try room.move(.place(2), by: 0)
        return try room.finish()
    }

    /// A round of the arena by seed, with latecomers, with players away and gone, and a hash every 100 ticks.
    static func arena(seed: UInt64, ticks: Int = .max, stepsPerFrame: Int = 1) throws -> ByteBuffer {
        var random = Randomness(seed: seed)
        var room = RecordedRoom("arena", hz: 20)
        room.stepsPerFrame = stepsPerFrame
        for seat in [0, 1, 2] as [Seat] { room.join(seat) }
        room.setAway(true, 1)
        room.begin(Arena.self, seats: [0, 1, 2], seed: seed)
        room.rules?.setAway(true, 1)
        var seats: [Seat] = [0, 1, 2]
        var tick = 0
        while room.rules?.outcome == nil, tick < ticks {
            tick += 1
            // A late room tells of who comes and goes before the steps that it catches up with.
            if tick % stepsPerFrame == 1 || stepsPerFrame == 1 { room.shuffle(&seats, &random) }
            let inputs = seats.compactMap { seat in
                random.chance(80)
                    ? random.element(of: room.rules?.legalMoves(for: seat) ?? []).map { Input(seat, $0) } : nil
            }
            try room.step(inputs, writingHash: tick % 100 == 0)
        }
        return try room.finish()
    }

    private mutating func shuffle(_ seats: inout [Seat], _ random: inout Randomness) {
        if random.chance(2), seats.count > 2, let seat = random.element(of: seats) {
            seats.removeAll { $0 == seat }
            self.leave(seat)
        }
        if random.chance(2), seats.count < 8, let last = seats.last, last.rawValue < 250 {
            // Seats are never given again.
            let seat = Seat(rawValue: max(last.rawValue, self.highest) + 1)
            seats.append(seat)
            self.highest = seat.rawValue
            self.join(seat)
        }
        if random.chance(3), let seat = random.element(of: seats) { self.setAway(random.chance(50), seat) }
    }
}
