import Game
import NIOCore
import Seeding
import SocketIO

// What a player does when it is its turn to act.
extension Player {
    /// Inputs of which an answer is asked for in real time: one in so many. The states tell of all of them.
    private static let answeredInputs: UInt32 = 10

    /// A slot of the schedule has come.
    /// - Parameter intended: when that was meant to be.
    func act(intended: NIODeadline) {
        defer { self.slots += 1 }
        guard let membership, let view, self.link != nil, !self.isLeaving else {
            if self.wasInside { self.ledger.tally.missed += 1 }
            return
        }
        if self.isToDrop { return self.drop(for: .seconds(1)) }
        switch self.brain.act(in: self.situation(membership, view)) {
        case .nothing: break
        case .move(let move): self.make(move, in: membership, intended: intended)
        case .repeatMove: self.repeatMove(in: membership)
        case .provoke(let provocation): self.provoke(provocation, self.situation(membership, view), membership)
        case .drop(let delay): self.drop(for: delay)
        case .stall(let time): self.stall(for: time)
        case .removeHost: self.table.removeHost()
        }
    }

    func situation(_ membership: Membership, _ view: LogView) -> Situation {
        Situation(
            slot: self.slots, number: self.expectations.next, seat: membership.seat, isHost: self.isHost,
            state: view.roster.state, room: membership.room, reference: membership.reference,
            isStrict: self.table.isStrict, answersMoves: self.link?.answersMoves ?? true,
            ownsSeat: self.seatIsOfBroker == (self.linkKind == .mqtt), isMoving: self.isMoving, game: self.game)
    }

    /// Whether `--flap` has chosen this player for this slot. Not again for a while: servers count resumes.
    private var isToDrop: Bool {
        let rooms = self.table.settings.rooms
        guard rooms.flap > 0, Double(self.slots - (self.lastDrop ?? -1_000_000)) > 15 * rooms.rate else { return false }
        var random = SplitMix64(seed: ~self.seed, stream: UInt64(self.slots))
        guard random.unit() < rooms.flap / 100 / rooms.rate else { return false }
        self.lastDrop = self.slots
        return true
    }

    // MARK: Moves

    private var isMoving: Bool { self.game.rules != nil && !self.expectations.pending.isEmpty }

    private func make(_ move: Move, in membership: Membership, intended: NIODeadline) {
        // On a board one move waits for the next; in other rooms time passes whatever the server does.
        guard !self.isMoving, let seat = membership.seat else { return }
        let numbered = NumberedMove(self.expectations.next, move)
        self.expectations.sent(numbered)
        self.lastMove = numbered
        self.table.moveTimes.note(numbered.number, of: seat, intended: intended)
        self.ledger.tally.sent += 1
        self.transmit(numbered, in: membership)
    }

    private func transmit(_ move: NumberedMove, in membership: Membership) {
        let isAnswered = self.expectations.isLogged || move.number % Self.answeredInputs == 0
        guard isAnswered, self.link?.answersMoves == true else {
            self.link?.send(move, to: membership, answer: nil)
            return
        }
        self.send(move, to: membership) { player, answer in
            guard answer["ok"]?.bool == true else { return player.refused(move.number, answer["code"]?.string ?? "?") }
            player.ledger.tally.acknowledged += 1
            let event = answer["q"]?.number(UInt32.self)
            player.report(player.expectations.acknowledged(move.number, event: event))
            guard let event, let seat = membership.seat else { return }
            player.report(
                player.table.comparison.contradiction(
                    to: .init(event: event, kind: move.move.kind, seat: seat, number: move.number)))
        }
    }

    /// What the server had not answered when the connection was lost goes out again, under the same numbers.
    func sendAgain(after lastMove: UInt32) {
        guard let membership else { return }
        for move in self.expectations.unanswered where move.number > lastMove { self.transmit(move, in: membership) }
    }

    private func repeatMove(in membership: Membership) {
        guard let link, let move = self.lastMove, move.number < self.expectations.next else { return }
        // Where nothing is answered, the log alone shows that it was made once.
        guard link.answersMoves else { return link.sendAgain(move, to: membership) }
        self.send(move, to: membership) { player, answer in
            guard answer["ok"]?.bool == true else {
                // Refused the first time, refused again.
                guard player.expectations.next > move.number else { return }
                return player.noteUnexpected(answer["code"]?.string ?? "?")
            }
            if answer["dup"]?.bool == true {
                player.ledger.tally.duplicatesRecognised += 1
            } else if player.expectations.next > move.number {
                player.report(Violation(.onceInTheLog, "move \(move.number) was taken a second time"))
            }
        }
    }

    private func send(_ move: NumberedMove, to membership: Membership, answered: @escaping (Player, JSON) -> Void) {
        let link = self.link
        self.unanswered += 1
        link?.send(move, to: membership) { [weak self] answer in
            guard let self, self.link === link else { return }
            self.unanswered -= 1
            guard let answer else {
                return self.report(Violation(.protocolKept, "move \(move.number) was not answered"))
            }
            answered(self, answer)
        }
    }

    /// A move was refused, in its answer or by the event `refused`.
    func refused(_ number: UInt32, _ code: String) {
        if let violation = self.expectations.refused(number, code: code) { return self.report(violation) }
        if self.isOvertaken(code) {
            self.ledger.tally.expectedRefusals[code, default: 0] += 1
        } else {
            self.noteUnexpected(code)
        }
    }

    /// Whether a move may have been refused because things had moved on before it arrived: a round was over, a turn's
    /// time was up, the player was in the room no more.
    private func isOvertaken(_ code: String) -> Bool {
        switch Refusal.Code(rawValue: code) {
        case .gameOver, .wrongState, .notYourTurn: true
        case .reference, .notIn: !self.isInside
        default: false
        }
    }

    private func noteUnexpected(_ code: String) {
        self.ledger.tally.unexpectedRefusals[code, default: 0] += 1
    }

    // MARK: Provocations

    private func provoke(_ provocation: Provocation, _ situation: Situation, _ membership: Membership) {
        let codes = provocation.refusals(in: situation)
        switch provocation.attempt(in: situation) {
        case .move(let move, let reference, let token):
            let target = Membership(membership, reference: reference, token: token)
            self.send(move, to: target) { $0.provoked(provocation, codes, $1) }
        case .command(let event, let payload):
            self.send(event, payload) { $0.provoked(provocation, codes, $1) }
        case .flood(let event, let payload, let count):
            self.flood(event, payload, count: count, codes)
        }
    }

    private func provoked(_ provocation: Provocation, _ codes: [Refusal.Code], _ answer: JSON) {
        let words = codes.map(\.rawValue).joined(separator: " or ")
        guard let code = answer["code"]?.string else {
            return self.report(Violation(.refusal, "\(provocation) met with \(answer.words) instead of \(words)"))
        }
        guard codes.contains(where: { $0.rawValue == code }) else {
            return self.report(Violation(.refusal, "\(provocation) met with \(code) instead of \(words)"))
        }
        self.ledger.tally.expectedRefusals[code, default: 0] += 1
    }

    private func flood(_ event: String, _ payload: JSON, count: Int, _ codes: [Refusal.Code]) {
        var refused = 0
        for index in 1...max(1, count) {
            self.send(event, payload) { player, answer in
                if answer["ok"]?.bool == false { refused += 1 }
                guard index == count else { return }
                if refused == 0 {
                    return player.report(Violation(.refusal, "\(count) of \(event) at once were all taken"))
                }
                for code in codes { player.ledger.tally.expectedRefusals[code.rawValue, default: 0] += 1 }
            }
        }
    }

    // MARK: Stalls

    /// Reads nothing for a while. What has waited, or a `room:resync` in its place, must make the log whole again.
    private func stall(for time: TimeAmount) {
        let link = self.link
        self.catchesUpUntil = .now() + time + .seconds(2)
        link?.setReading(false)
        self.table.schedule(after: time) { link?.setReading(true) }
    }
}

extension Membership {
    /// The same, as if the room had another number, or the seat another token.
    fileprivate init(_ other: Membership, reference: UInt16?, token: String?) {
        self.init(
            room: other.room, reference: reference ?? other.reference, seat: other.seat, token: token ?? other.token)
    }
}

extension JSON {
    /// Its text, as far as a line has room for it.
    fileprivate var words: String { String(String(buffer: self.bytes).prefix(120)) }
}
