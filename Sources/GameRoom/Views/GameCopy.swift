import Game
import NIOCore
import SocketIO

/// A player's own copy of the game: a board that follows the moves of the log, an arena that follows the state frames.
///
/// It knows what may be played next, and proves that log, hashes and outcomes go together (I9, I10).
struct GameCopy: Sendable {
    let definition: GameDefinition
    /// The round as the log leads to it; nil where there is none to know: real time, no rules, or joined in the middle.
    private(set) var rules: (any Rules)?
    private(set) var arena = ArenaFollower()
    /// Whether the arena is known by a snapshot at best: which state the next difference is from is still to be seen.
    private var isArenaTentative = true
    /// Rounds that began while this copy watched.
    private(set) var rounds = 0
    /// A state that was told before the events that lead to it.
    private var awaitedSnapshot: (number: UInt32, state: JSON)?

    init(_ definition: GameDefinition) {
        self.definition = definition
    }

    private var isBoard: Bool { self.definition.begin != nil && self.definition.description.hz == 0 }

    /// Takes an event of the log in.
    mutating func follow(_ event: LogEvent) -> Violation? {
        switch event.kind {
        case .state: self.changeState(event.data.json)
        case .leave: self.rules?.left(event.seat)
        case .hash: return self.compareHash(event)
        case .end: return self.compareEnd(event)
        case let kind where kind.isOfGame && self.isBoard: return self.play(event)
        default: break
        }
        return nil
    }

    /// Takes a state of the arena in.
    /// - Returns: nil also for a difference that a member who has just come in cannot apply: it waits for a whole state.
    mutating func follow(_ state: StateFrame) -> Violation? {
        let last = self.arena.tick
        if self.isArenaTentative, state.base > 0, state.base != last { return nil }
        do throws(ArenaUpdate.Unreadable) {
            try self.arena.receive(state)
            self.isArenaTentative = false
            return nil
        } catch {
            self.beginArena(with: nil, at: 0)
            return Violation(
                .state,
                "the state of tick \(state.tick), told from \(state.base), cannot follow that of \(last ?? 0): \(error)"
            )
        }
    }

    /// A member comes in: the arena is what the answer says.
    mutating func beginArena(with snapshot: JSON?, at tick: UInt32) {
        self.arena = ArenaFollower()
        self.isArenaTentative = true
        guard let snapshot, self.definition.description.hz > 0 else { return }
        try? self.arena.receive(StateFrame(tick: tick, time: 0, base: 0, progress: [], payload: .json(snapshot)))
    }

    /// What was missed is not known: there is no board before the next round.
    mutating func loseBoard() {
        self.rules = nil
    }

    private mutating func changeState(_ data: JSON?) {
        guard data?["to"]?.string == "live" else { return }
        self.rounds += 1
        self.beginArena(with: nil, at: 0)
        guard self.isBoard, let round = data?["round"]?.int, let seed = data?["seed"]?.string.flatMap({ UInt64($0) }),
            let seats = data?["seats"]?.elements?.compactMap({ $0.int.flatMap { UInt8(exactly: $0) } })
        else { return }
        self.rules = self.definition.begin?(seats.map(Seat.init), round, seed)
    }

    private mutating func play(_ event: LogEvent) -> Violation? {
        guard self.rules != nil else { return nil }
        do throws(Refusal) {
            try self.rules?.apply(Move(event.kind, event.data), by: event.seat)
            return nil
        } catch {
            self.rules = nil
            return Violation(
                .replay, event: event.number, "the log has a move that the rules refuse with \(error.code.rawValue)")
        }
    }

    /// Takes in the whole state of a board, as it is behind an event.
    /// - Parameter last: the event that this copy has come to.
    mutating func receive(_ snapshot: JSON, behind number: UInt32, now last: UInt32) -> Violation? {
        guard self.isBoard, number >= last else { return nil }
        self.awaitedSnapshot = (number, snapshot)
        return number == last ? self.compareAwaitedSnapshot(behind: number) : nil
    }

    /// Whether the board is what was told of it, once the event has come that it is behind.
    mutating func compareAwaitedSnapshot(behind number: UInt32) -> Violation? {
        guard let awaited = self.awaitedSnapshot, number >= awaited.number else { return nil }
        self.awaitedSnapshot = nil
        guard number == awaited.number, let rules, let own = rules.state(since: nil, as: .json).json,
            own.bytes != awaited.state.bytes
        else { return nil }
        return Violation(
            .mqtt, event: number,
            "the topic says \(String(buffer: awaited.state.bytes)), the log leads to \(String(buffer: own.bytes))")
    }

    private func compareHash(_ event: LogEvent) -> Violation? {
        guard self.isBoard, let rules, let text = event.data.json?["h"]?.string else { return nil }
        guard rules.stateHash.hexDigits != text else { return nil }
        return Violation(
            .replay, event: event.number, "the log says hash \(text), its moves lead to \(rules.stateHash.hexDigits)")
    }

    private func compareEnd(_ event: LogEvent) -> Violation? {
        guard self.isBoard, let rules, let end = event.data.json else { return nil }
        let told = end["winner"]?.int.flatMap { UInt8(exactly: $0) }.map(Seat.init)
        guard let outcome = rules.outcome else {
            // Somebody gave up, which the log says by the leaves.
            return end["why"]?.string == "finished"
                ? Violation(.replay, event: event.number, "the log says that the round is over, its moves do not") : nil
        }
        guard outcome.winner != told else { return nil }
        return Violation(
            .replay, event: event.number,
            "the log says that \(told.map(\.description) ?? "nobody") has won, its moves say "
                + "\(outcome.winner.map(\.description) ?? "nobody")")
    }
}
