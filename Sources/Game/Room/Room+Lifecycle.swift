package import NIOCore
import Seeding
import SocketIO

// Lobby, countdown, live, ended, closed.
extension Room {
    /// - Throws: `NOT_IN`, `SPECTATOR`, `WRONG_STATE` once the round is on.
    package mutating func setReady(_ isReady: Bool, by member: MemberID, at now: NIODeadline) throws(Refusal) {
        self.advance(to: now)
        let player = try self.player(member)
        switch self.phase {
        case .lobby, .countdown: break
        case .live, .ended, .closed: throw Refusal(.wrongState, "the room is \(self.phase.state.rawValue)")
        }
        guard player.isReady != isReady else { return }
        self.seats.update(player.seat) { $0.isReady = isReady }
        self.record(.ready, player.seat, ["ready": JSON(isReady)])
        self.output.infoChanged = true
        if !isReady { self.cancelCountdown(without: player) }
        self.startWhenAllAreReady()
        self.settle()
    }

    mutating func startWhenAllAreReady() {
        guard self.phase == .lobby, self.hasEnoughPlayers, self.seats.players.allSatisfy(\.isReady) else { return }
        self.beginCountdown()
    }

    /// Starts without waiting for all to be ready.
    /// - Throws: `NOT_HOST`, `SPECTATOR`, `NOT_IN`, `WRONG_STATE`, `NOT_READY` with the number of players needed.
    package mutating func start(by member: MemberID, at now: NIODeadline) throws(Refusal) {
        self.advance(to: now)
        _ = try self.host(member)
        guard self.phase == .lobby else {
            throw Refusal(.wrongState, "the room is \(self.phase.state.rawValue)")
        }
        guard self.hasEnoughPlayers else {
            throw Refusal(
                .notReady, "a round needs \(self.leastPlayers) players", details: [("need", JSON(self.leastPlayers))])
        }
        self.beginCountdown()
        self.settle()
    }

    /// Back to the lobby, everybody on the same seat; who begins changes.
    /// - Throws: `NOT_HOST`, `SPECTATOR`, `NOT_IN`, `WRONG_STATE`.
    package mutating func rematch(by member: MemberID, at now: NIODeadline) throws(Refusal) {
        self.advance(to: now)
        _ = try self.host(member)
        guard self.phase == .ended else {
            throw Refusal(.wrongState, "the room is \(self.phase.state.rawValue)")
        }
        self.round = nil
        self.enter(.lobby)
        self.settle()
    }

    /// Ends the room for everybody.
    package mutating func close(_ reason: DepartureReason, at now: NIODeadline) {
        self.advance(to: now)
        self.shut(reason)
    }

    var leastPlayers: Int { self.settings.game.description.players.lowerBound }
    private var hasEnoughPlayers: Bool { self.seats.count >= self.leastPlayers }

    private mutating func enter(_ phase: Phase, _ more: [(String, JSON)] = []) {
        let from = self.phase.state.rawValue
        let members = [("from", JSON(from)), ("to", JSON(phase.state.rawValue))] + more
        self.phase = phase
        self.record(.state, .server, JSON.object(members))
        self.output.infoChanged = true
    }

    // MARK: Countdown

    private mutating func beginCountdown() {
        let countdown = Countdown(earliest: self.now + .seconds(3), latest: self.now + .seconds(5))
        self.enter(.countdown(countdown), [("at", JSON(self.time(of: countdown.earliest)))])
    }

    /// When the countdown ends as things stand.
    var countdownDeadline: NIODeadline? {
        guard case .countdown(let countdown) = self.phase else { return nil }
        let isWarm = self.seats.players.allSatisfy { $0.isReady || !$0.isOn }
        return isWarm ? countdown.earliest : countdown.latest
    }

    mutating func passCountdown() {
        guard let deadline = self.countdownDeadline, deadline <= self.now else { return }
        self.goLive()
    }

    /// Somebody who was ready is so no more, or too few are left: everybody back to the lobby.
    mutating func cancelCountdown(without player: SeatedPlayer) {
        guard case .countdown = self.phase, player.isReady || !self.hasEnoughPlayers else { return }
        self.enter(.lobby)
    }

    // MARK: Live

    mutating func goLive() {
        let seats = self.seats.seats
        let seed =
            self.rounds == 0
            ? self.settings.seed : SplitMix64.first(seed: self.settings.seed, stream: UInt64(self.rounds))
        self.enter(
            .live,
            [
                ("round", JSON(self.rounds)), ("seed", JSON(String(seed))),
                ("seats", .array(seats.map { JSON($0.rawValue) })),
            ])
        let rules = self.isAuthoritative ? self.settings.game.begin?(seats, self.rounds, seed) : nil
        self.round = Round(number: self.rounds, seed: seed, beganAt: self.time, seats: seats, rules: rules)
        self.rounds += 1
        self.turnOrder = TurnOrder()
        self.turnTimer = TurnTimer()
        for player in self.seats.players where !player.isOn { self.round?.rules?.setAway(true, player.seat) }
        self.seats.updateAll { $0.inputs = InputQueue() }
        self.clock?.restart(at: self.now)
    }

    /// A seat of the round was given up.
    mutating func leftRound(_ seat: Seat) {
        guard self.round?.seats.contains(seat) == true else { return }
        self.round?.seats.removeAll { $0 == seat }
        guard self.phase == .live, let round = self.round else { return }
        self.round?.rules?.left(seat)
        if let outcome = self.round?.rules?.outcome { return self.finish(outcome) }
        // Of too few, rules make what they like.
        guard !self.isAuthoritative, self.hasLobby, round.seats.count < self.leastPlayers else { return }
        self.finish(Outcome(winner: round.seats.count == 1 ? round.seats.first : nil, reason: .abandoned))
    }

    /// The round is over: hash, outcome and state go into the log, and seats that the rules had to play are given up.
    mutating func finish(_ outcome: Outcome) {
        guard self.phase == .live else { return }
        self.recordHash()
        self.record(.end, .server, outcome.json)
        self.enter(.ended)
        self.seats.updateAll { $0.isReady = false }
        self.seats.updateAll { $0.inputs.removeAll() }
        for player in self.seats.players where player.presence == .automatic { self.remove(player.seat, .timeout) }
        self.sendState()
    }

    mutating func recordHash() {
        guard let hash = self.stateHash else { return }
        let digits = String(hash, radix: 16)
        let padded = String(repeating: "0", count: 16 - digits.count) + digits
        self.record(.hash, .server, ["h": JSON(padded), "tick": JSON(self.ticks)])
    }

    // MARK: Absence

    /// Players whose grace is over are gone, or played by the rules; so are lost spectators.
    mutating func expireGraces() {
        for player in self.seats.players {
            guard let deadline = player.graceDeadline, deadline <= self.now else { continue }
            self.giveUp(player)
        }
        while let index = self.spectators.firstIndex(where: { $0.graceDeadline.map { $0 <= self.now } ?? false }) {
            self.removeSpectator(at: index, .timeout)
        }
    }

    private mutating func giveUp(_ player: SeatedPlayer) {
        let others = self.seats.players.contains { $0.seat != player.seat && $0.presence != .automatic }
        let isPlaying = self.phase == .live && self.round?.seats.contains(player.seat) == true
        guard self.settings.absence == .automatic, self.isAuthoritative, isPlaying, others else {
            return self.remove(player.seat, .timeout)
        }
        self.seats.update(player.seat) { $0.presence = .automatic }
        self.record(.bot, player.seat, ["brain": "auto"])
        self.output.infoChanged = true
    }

    /// Nobody is left for whom a round would go on.
    mutating func removeAutomaticsAmongThemselves() {
        guard self.seats.players.allSatisfy({ $0.presence == .automatic }) else { return }
        for player in self.seats.players { self.remove(player.seat, .timeout) }
    }

    /// Whoever made the room has a second to come in, however short a time it stays without players.
    var emptyDeadline: NIODeadline? {
        let least = self.seats.hasHadPlayers ? TimeAmount.zero : .seconds(1)
        return self.emptySince.map { $0 + max(self.settings.emptyTTL, least) }
    }

    mutating func expireEmptiness() {
        guard let deadline = self.emptyDeadline, deadline <= self.now else { return }
        self.shut(.empty)
    }

    private mutating func shut(_ reason: DepartureReason) {
        guard !self.isClosed else { return }
        self.enter(.closed, [("why", JSON(reason.rawValue))])
        self.turnTimer = TurnTimer()
        // The last frame waits for no tick.
        if self.clock == nil { self.flushEach() } else { self.flush() }
        for member in self.present {
            self.output.departures.append(RoomOutput.Departure(member, reason))
        }
        self.seats = SeatTable()
        self.spectators = []
    }

}

extension SplitMix64 {
    fileprivate static func first(seed: UInt64, stream: UInt64) -> UInt64 {
        var stream = SplitMix64(seed: seed, stream: stream)
        return stream.next()
    }
}

extension Outcome {
    /// The data of the event `end`: `{winner?, draw?, scores, why}`.
    fileprivate var json: JSON {
        let scores = JSON.array(self.scores.map { [JSON($0.seat.rawValue), JSON($0.score)] })
        var members: [(String, JSON)] = []
        if let winner { members.append(("winner", JSON(winner.rawValue))) }
        if self.winner == nil, self.reason == .finished { members.append(("draw", true)) }
        return .object(members + [("scores", scores), ("why", JSON(self.reason.rawValue))])
    }
}
