import Game
import NIOCore

/// What one player expects of the moves that it has sent: each is answered, is in the log once and as it was sent, at the
/// number that the answer gave; and what was refused, or never sent, is nowhere (I3, I4, I11).
struct MoveExpectations: Sendable {
    /// A move of which something is still to come.
    struct Pending: Equatable, Sendable {
        let move: NumberedMove
        /// The number in the log that the answer gave; 0: it was taken, and which number it has is not known.
        fileprivate var acknowledged: UInt32?
        fileprivate var logged: UInt32?
    }

    /// By number, ascending.
    private(set) var pending: [Pending] = []
    /// The number of the next move.
    private(set) var next: UInt32 = 1
    /// Whether moves get a number in the log; inputs in real time get none.
    let isLogged: Bool

    /// Moves that are followed at once; of older ones nothing is expected any more.
    static let capacity = 256

    init(isLogged: Bool) {
        self.isLogged = isLogged
    }

    /// The moves that the server has not answered, to be sent again after a connection was lost.
    var unanswered: [NumberedMove] {
        self.pending.filter { $0.acknowledged == nil && $0.logged == nil }.map(\.move)
    }

    /// The player sends a move, whose number is ``next``.
    mutating func sent(_ move: NumberedMove) {
        self.next = max(self.next, move.number &+ 1)
        if self.pending.count >= Self.capacity { self.pending.removeFirst() }
        self.pending.append(Pending(move: move))
    }

    /// The server has taken a move.
    /// - Parameter event: its number in the log; nil: an input, or a duplicate of an old one.
    mutating func acknowledged(_ number: UInt32, event: UInt32?) -> Violation? {
        guard let index = self.index(of: number) else { return nil }
        defer { self.forgetIfDone(index) }
        self.pending[index].acknowledged = event ?? 0
        return Self.contradiction(self.pending[index])
    }

    /// The server has refused a move.
    mutating func refused(_ number: UInt32, code: String) -> Violation? {
        guard let index = self.index(of: number) else { return nil }
        let logged = self.pending.remove(at: index).logged
        // A refused number is free again, unless others have followed.
        if number == self.next &- 1 { self.next = number }
        return logged.map {
            Violation(.refusal, event: $0, "move \(number) was refused with \(code), and is in the log")
        }
    }

    /// A move of the player's own is in the log.
    mutating func logged(_ event: LogEvent) -> Violation? {
        guard let index = self.index(of: event.moveNumber) else {
            guard event.moveNumber >= self.next else { return nil }
            return Violation(
                .refusal, event: event.number,
                "move \(event.moveNumber) is in the log, and was refused or never sent")
        }
        defer { self.forgetIfDone(index) }
        let move = self.pending[index].move.move
        guard move.kind == event.kind, move.data.bytes == event.data.bytes else {
            return Violation(
                .acknowledgedIsLogged, event: event.number, "move \(event.moveNumber) is not in the log as it was sent")
        }
        self.pending[index].logged = event.number
        return Self.contradiction(self.pending[index])
    }

    /// Everything up to a number has been taken, as the answer to a resume, or a state frame, says.
    mutating func taken(through number: UInt32) {
        self.next = max(self.next, number &+ 1)
        for index in self.pending.indices.reversed() where self.pending[index].move.number <= number {
            self.pending[index].acknowledged = self.pending[index].acknowledged ?? 0
            self.forgetIfDone(index)
        }
    }

    private func index(of number: UInt32) -> Int? {
        self.pending.firstIndex { $0.move.number == number }
    }

    private mutating func forgetIfDone(_ index: Int) {
        let pending = self.pending[index]
        let isDone = pending.acknowledged != nil && (pending.logged != nil || !self.isLogged)
        if isDone { self.pending.remove(at: index) }
    }

    private static func contradiction(_ pending: Pending) -> Violation? {
        guard let acknowledged = pending.acknowledged, acknowledged > 0, let logged = pending.logged,
            acknowledged != logged
        else { return nil }
        return Violation(
            .acknowledgedIsLogged, event: logged,
            "move \(pending.move.number) was acknowledged as event \(acknowledged), and is event \(logged)")
    }
}
