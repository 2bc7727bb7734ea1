import Game
import NIOCore

/// What one player expects of the moves that it has sent: each is answered, is in the log once and as it was sent, at the
/// number that the answer gave; and a refused one is nowhere (I3, I4, I11).
struct MoveExpectations: Sendable {
    /// A move on its way.
    struct Pending: Equatable, Sendable {
        let move: NumberedMove
        /// The codes it may be refused with; empty: it is to be taken.
        let refusals: [Refusal.Code]
        /// When it was meant to be sent.
        let intended: NIODeadline
        fileprivate var acknowledged: UInt32?
        fileprivate var logged: UInt32?
    }

    /// By number, ascending: the moves of which something is still to come.
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
        self.pending.filter { $0.acknowledged == nil && $0.logged == nil && $0.refusals.isEmpty }.map(\.move)
    }

    /// The player sends a move.
    /// - Parameter refusals: what it is to be refused with; it uses up no number then.
    mutating func sent(_ move: NumberedMove, refusals: [Refusal.Code] = [], intended: NIODeadline) {
        if refusals.isEmpty { self.next = max(self.next, move.number &+ 1) }
        if self.pending.count >= Self.capacity { self.pending.removeFirst() }
        self.pending.append(Pending(move: move, refusals: refusals, intended: intended))
    }

    /// The server has taken a move.
    /// - Parameter event: its number in the log; nil: an input, or a duplicate of an old one.
    mutating func acknowledged(_ number: UInt32, event: UInt32?) -> Violation? {
        guard let index = self.pending.firstIndex(where: { $0.move.number == number && $0.refusals.isEmpty }) else {
            return nil
        }
        defer { self.forgetIfDone(index) }
        guard let event else {
            self.pending[index].acknowledged = 0
            return nil
        }
        self.pending[index].acknowledged = event
        return Self.contradiction(self.pending[index])
    }

    /// The server has refused a move.
    /// - Returns: what is wrong with that.
    mutating func refused(_ number: UInt32, code: String) -> Violation? {
        let isMeant = { (pending: Pending) in pending.move.number == number && !pending.refusals.isEmpty }
        if let index = self.pending.firstIndex(where: isMeant) {
            let refusals = self.pending.remove(at: index).refusals
            guard !refusals.contains(where: { $0.rawValue == code }) else { return nil }
            let codes = refusals.map(\.rawValue).joined(separator: " or ")
            return Violation(.refusal, "move \(number) was refused with \(code) instead of \(codes)")
        }
        guard let index = self.pending.firstIndex(where: { $0.move.number == number }) else { return nil }
        let logged = self.pending.remove(at: index).logged
        // A refused number is free again.
        self.next = min(self.next, number)
        guard let logged else { return nil }
        return Violation(.refusal, event: logged, "move \(number) was refused with \(code), and is in the log")
    }

    /// A move that was to be refused has been taken.
    mutating func taken(unexpectedly number: UInt32) -> Violation? {
        let isMeant = { (pending: Pending) in pending.move.number == number && !pending.refusals.isEmpty }
        guard let index = self.pending.firstIndex(where: isMeant) else { return nil }
        let codes = self.pending.remove(at: index).refusals.map(\.rawValue).joined(separator: " or ")
        self.next = max(self.next, number &+ 1)
        return Violation(.refusal, "move \(number) was taken; \(codes) was expected")
    }

    /// A move of the player's own is in the log.
    mutating func logged(_ event: LogEvent) -> Violation? {
        let index = self.pending.firstIndex { $0.move.number == event.moveNumber && $0.refusals.isEmpty }
        guard let index else {
            let isRefused = self.pending.contains { $0.move.number == event.moveNumber && $0.sameContent(as: event) }
            guard isRefused else { return nil }
            return Violation(
                .refusal, event: event.number, "move \(event.moveNumber), which had to be refused, is in the log")
        }
        defer { self.forgetIfDone(index) }
        guard self.pending[index].sameContent(as: event) else {
            return Violation(
                .acknowledgedIsLogged, event: event.number,
                "move \(event.moveNumber) is in the log, but not as it was sent")
        }
        self.pending[index].logged = event.number
        return Self.contradiction(self.pending[index])
    }

    /// Everything up to a number has been taken, as the answer to a resume, or a state frame, says.
    mutating func taken(through number: UInt32) {
        self.next = max(self.next, number &+ 1)
        for index in self.pending.indices.reversed() {
            guard self.pending[index].refusals.isEmpty, self.pending[index].move.number <= number else { continue }
            self.pending[index].acknowledged = self.pending[index].acknowledged ?? 0
            self.forgetIfDone(index)
        }
    }

    /// The answers that were on their way will not come.
    mutating func connectionLost() {
        self.pending.removeAll { !$0.refusals.isEmpty }
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

extension MoveExpectations.Pending {
    fileprivate func sameContent(as event: LogEvent) -> Bool {
        self.move.move.kind == event.kind && self.move.move.data.bytes == event.data.bytes
    }
}
