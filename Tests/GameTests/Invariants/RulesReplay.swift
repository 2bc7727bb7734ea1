import Game
import SocketIO

/// Plays a room's rounds again from what was logged, and compares every hash in the log (I10).
struct RulesReplay {
    private let game: GameDefinition
    private let isInRealTime: Bool
    private(set) var rules: (any Rules)?
    private var isLive = false
    private var away: Set<Seat> = []
    private var ticks: UInt32 = 0
    private var inputs: [UInt32: [Input]] = [:]
    private var hashes: [UInt32: UInt64] = [:]
    private(set) var comparisons = 0

    init(_ settings: RoomSettings) {
        self.game = settings.game
        self.isInRealTime = settings.hz > 0
    }

    mutating func note(inputs frame: TickFrame) {
        self.inputs[frame.tick] = frame.events.map { Input($0.seat, Move($0.kind, $0.data)) }
    }

    /// A frame: what befell the seats, then the tick that it ends, then hashes.
    mutating func play(_ frame: TickFrame) throws {
        if self.isInRealTime { self.step(to: frame.tick &- (frame.tick > 0 ? 1 : 0)) }
        for event in frame.events where event.kind != .hash { try self.apply(event) }
        if self.isInRealTime { self.step(to: frame.tick) }
        for event in frame.events where event.kind == .hash { try self.compare(event) }
        if frame.events.contains(where: { $0.kind == .state && $0.data.json?["to"] != "live" }) { self.isLive = false }
    }

    private mutating func step(to tick: UInt32) {
        while self.ticks < tick {
            self.ticks += 1
            guard self.isLive else { continue }
            _ = self.rules?.step(self.inputs.removeValue(forKey: self.ticks) ?? [])
            self.hashes[self.ticks] = self.rules?.stateHash
        }
    }

    private mutating func apply(_ event: LogEvent) throws {
        switch event.kind {
        case .state where event.data.json?["to"] == "live": self.begin(event.data.json)
        case .join where self.isLive: self.rules?.joined(event.seat)
        case .leave where self.isLive: self.rules?.left(event.seat)
        case .away: self.setAway(true, event.seat)
        case .back: self.setAway(false, event.seat)
        case _ where event.kind.isOfGame && !self.isInRealTime:
            do throws(Refusal) {
                try self.rules?.apply(Move(event.kind, event.data), by: event.seat)
            } catch {
                throw Violation("I10", "a logged move is refused when played again: \(event): \(error)")
            }
        default: break
        }
    }

    private mutating func begin(_ data: JSON?) {
        let seats = data?["seats"]?.elements?.compactMap(\.int).map { Seat(rawValue: UInt8($0)) } ?? []
        let seed = data?["seed"]?.string.flatMap { UInt64($0) } ?? 0
        self.rules = self.game.begin?(seats, data?["round"]?.int ?? 0, seed)
        for seat in seats where self.away.contains(seat) { self.rules?.setAway(true, seat) }
        self.isLive = true
    }

    private mutating func setAway(_ isAway: Bool, _ seat: Seat) {
        if isAway { self.away.insert(seat) } else { self.away.remove(seat) }
        if self.isLive { self.rules?.setAway(isAway, seat) }
    }

    private mutating func compare(_ event: LogEvent) throws {
        let tick = event.data.json?["tick"]?.int.map { UInt32($0) } ?? 0
        let hash = self.isInRealTime && tick < self.ticks ? self.hashes[tick] : self.rules?.stateHash
        let digits = String(hash ?? 0, radix: 16)
        let expected = String(repeating: "0", count: 16 - digits.count) + digits
        try hold("I10", event.data.json?["h"]?.string == expected, "played again comes to \(expected): \(event)")
        self.comparisons += 1
    }
}
