package import NIOCore
import SocketIO

// Coming, going, being lost and coming back.
extension Room {
    package enum Role: String, CaseIterable, Sendable {
        case player
        case spectator
    }

    /// Lets somebody in.
    /// - Parameters:
    ///   - role: nil: as a player, or as a spectator where a round is on that takes no one.
    ///   - token: a new one.
    /// - Throws: `NO_ROOM`, `BANNED`, `PASSWORD`, `ALREADY_IN` with the seat, `LOCKED`, `ROOM_FULL`.
    package mutating func join(
        _ player: Player, as role: Role? = nil, password: String? = nil, member: MemberID, token: ResumeToken,
        at now: NIODeadline
    ) throws(Refusal) -> Joined {
        self.advance(to: now)
        try self.checkAdmission(of: player, password: password)
        if role == .spectator || (role == nil && self.isOpen && !self.takesLateJoins) {
            return try self.watch(player, member: member, token: token)
        }
        let seat = try self.freeSeat()
        self.sit(player, on: seat, member: member, token: token)
        self.settle()
        self.told(seat, through: self.log.lastNumber)
        return self.joined(seat: seat, token: token)
    }

    /// Whether none of these is a member. Players are known by their `pid`, and whoever has resumed another's seat is in
    /// the room under that one's.
    /// - Throws: `ALREADY_IN` with the seat.
    package func checkIsOutside(_ members: [MemberID]) throws(Refusal) {
        if let seated = members.lazy.compactMap({ self.seats[$0] }).first {
            throw Refusal(.alreadyIn, "you are in this room", details: [("seat", JSON(seated.seat.rawValue))])
        }
        guard !self.spectators.contains(where: { $0.member.map(members.contains) ?? false }) else {
            throw Refusal(.alreadyIn, "you are watching this room", details: [("seat", .null)])
        }
    }

    private func checkAdmission(of player: Player, password: String?) throws(Refusal) {
        guard !self.isClosed else { throw Refusal(.noRoom, "the room is closed") }
        guard !self.banned.contains(player.id) else { throw Refusal(.banned, "you are banned from this room") }
        if let seated = self.seats.players.first(where: { $0.player.id == player.id }) {
            throw Refusal(.alreadyIn, "you are in this room", details: [("seat", JSON(seated.seat.rawValue))])
        }
        guard !self.spectators.contains(where: { $0.player.id == player.id }) else {
            throw Refusal(.alreadyIn, "you are watching this room", details: [("seat", .null)])
        }
        guard self.settings.password.map({ $0.isSecretly(password ?? "") }) ?? true else {
            throw Refusal(.password, "the room has another password")
        }
    }

    private func freeSeat() throws(Refusal) -> Seat {
        guard self.isOpen, self.takesLateJoins else { throw Refusal(.locked, "the room takes no more players") }
        guard self.seats.count < self.settings.maximumPlayers, let seat = self.seats.next else {
            throw Refusal(.roomFull, "all \(self.settings.maximumPlayers) seats are taken")
        }
        return seat
    }

    private mutating func sit(_ player: Player, on seat: Seat, member: MemberID, token: ResumeToken) {
        self.seats.append(
            SeatedPlayer(
                seat: seat, player: player, presence: .on(member), tokens: TokenPair(token),
                moves: MoveNumbering(isStrict: self.settings.isStrict), told: .max))
        self.emptySince = nil
        self.output.infoChanged = true
        self.record(.join, seat, ["pid": JSON(player.id), "name": JSON(player.name)])
        guard self.phase == .live else { return }
        self.round?.seats.append(seat)
        self.round?.rules?.joined(seat)
    }

    private mutating func watch(_ player: Player, member: MemberID, token: ResumeToken) throws(Refusal) -> Joined {
        guard self.spectators.count < self.settings.limits.spectators else {
            throw Refusal(.roomFull, "the room has \(self.settings.limits.spectators) spectators already")
        }
        self.spectators.append(
            Spectator(player: player, member: member, tokens: TokenPair(token), told: self.log.lastNumber))
        self.output.infoChanged = true
        return self.joined(seat: nil, token: token)
    }

    /// Brings a player, or a spectator, back by a token. Takes the seat over at once, even from a connection that
    /// still looks alive; a token that is no good changes nothing.
    /// - Parameters:
    ///   - number: the last event that the client has seen; 0: none.
    ///   - newToken: the one that counts from now on.
    /// - Throws: `NO_ROOM`, `TOKEN`.
    package mutating func resume(
        _ token: ResumeToken, after number: UInt32, member: MemberID, newToken: ResumeToken, at now: NIODeadline
    ) throws(Refusal) -> Resumed {
        self.advance(to: now)
        guard !self.isClosed else { throw Refusal(.noRoom, "the room is closed") }
        if let returning = self.seats.players.first(where: { $0.tokens.contains(token) && $0.presence != .automatic }) {
            self.takeOver(returning, by: member, token, newToken)
            self.settle()
            let replay = self.log.frames(after: number, through: self.lastSent, for: returning.seat)
            self.told(returning.seat, through: replay == nil ? self.log.lastNumber : max(number, self.lastSent))
            return Resumed(
                joined: self.joined(seat: returning.seat, token: newToken), replay: replay,
                lastMove: returning.moves.last)
        }
        guard let index = self.spectators.firstIndex(where: { $0.tokens.contains(token) }) else {
            throw Refusal(.token, "the token is not, or no more, good for this room")
        }
        self.replace(self.spectators[index].member, by: member)
        let replay = self.log.frames(after: number, through: self.lastSent, for: nil)
        self.spectators[index].tokens.exchange(token, for: newToken)
        self.spectators[index].member = member
        self.spectators[index].graceDeadline = nil
        self.spectators[index].told = replay == nil ? self.log.lastNumber : max(number, self.lastSent)
        return Resumed(joined: self.joined(seat: nil, token: newToken), replay: replay, lastMove: 0)
    }

    private mutating func takeOver(
        _ returning: SeatedPlayer, by member: MemberID, _ token: ResumeToken, _ newToken: ResumeToken
    ) {
        self.replace(returning.member, by: member)
        self.seats.update(returning.seat) {
            $0.presence = .on(member)
            $0.tokens.exchange(token, for: newToken)
            $0.roundTrip = nil
            $0.told = .max
        }
        self.record(.back, returning.seat, [:])
        self.output.infoChanged = true
        if !returning.isOn, self.phase == .live { self.round?.rules?.setAway(false, returning.seat) }
    }

    /// An answer tells a player everything up to an event; until it was clear which, no frame was for that player.
    private mutating func told(_ seat: Seat, through number: UInt32) {
        self.seats.update(seat) { $0.told = number }
    }

    /// The last event that a frame has carried.
    private var lastSent: UInt32 { self.log.lastNumber &- UInt32(clamping: self.pending.count) }

    private mutating func replace(_ old: MemberID?, by member: MemberID) {
        guard let old, old != member else { return }
        self.output.departures.append(RoomOutput.Departure(old, .replaced))
    }

    /// A member's connection is gone. The seat is kept for the grace. Nothing happens when the member is in the room no
    /// more: the connection may have outlived it.
    package mutating func lost(_ member: MemberID, at now: NIODeadline) {
        self.advance(to: now)
        let deadline = self.now + self.settings.grace
        if let seat = self.seats[member]?.seat {
            self.seats.update(seat) {
                $0.presence = .away(until: deadline)
                $0.inputs.removeAll()
            }
            self.record(.away, seat, [:])
            self.output.infoChanged = true
            if self.phase == .live { self.round?.rules?.setAway(true, seat) }
            self.settle()
        } else if let index = self.spectators.firstIndex(where: { $0.member == member }) {
            self.spectators[index].member = nil
            self.spectators[index].graceDeadline = deadline
        }
    }

    /// A member goes for good: the seat is free, the token dead.
    /// - Throws: `NOT_IN`.
    package mutating func leave(_ member: MemberID, at now: NIODeadline) throws(Refusal) {
        self.advance(to: now)
        if let seat = self.seats[member]?.seat {
            self.remove(seat, .left)
            self.settle()
        } else if let index = self.spectators.firstIndex(where: { $0.member == member }) {
            self.removeSpectator(at: index, .left)
        } else {
            throw .notIn
        }
    }

    /// A member that is to be dropped by the server's decision: too much sent, or too little read.
    package mutating func expel(_ member: MemberID, _ reason: DepartureReason, at now: NIODeadline) {
        self.advance(to: now)
        if let seat = self.seats[member]?.seat {
            self.remove(seat, reason)
            self.settle()
        } else if let index = self.spectators.firstIndex(where: { $0.member == member }) {
            self.removeSpectator(at: index, reason)
        }
    }

    /// Gives a member that reads too slowly all there is to know at once, instead of the frames that wait for it. Frames
    /// go on with the number after.
    /// - Throws: `NOT_IN`.
    package mutating func resynchronise(_ member: MemberID, at now: NIODeadline) throws(Refusal) -> Joined {
        self.advance(to: now)
        if let player = self.seats[member] {
            self.told(player.seat, through: self.log.lastNumber)
            return self.joined(seat: player.seat, token: player.tokens.newest)
        }
        guard let index = self.spectators.firstIndex(where: { $0.member == member }) else { throw .notIn }
        self.spectators[index].told = self.log.lastNumber
        return self.joined(seat: nil, token: self.spectators[index].tokens.newest)
    }

    // MARK: What the other parts need

    /// Frees a seat and lets everything that hung on it go on without.
    mutating func remove(_ seat: Seat, _ reason: DepartureReason) {
        guard let player = self.seats[seat] else { return }
        self.record(.leave, seat, ["why": JSON(reason.wordInLog)])
        if let member = player.member {
            self.output.departures.append(RoomOutput.Departure(member, reason))
        }
        self.seats.remove(seat)
        self.cache.left(seat)
        self.guardian?.left(seat)
        self.output.infoChanged = true
        if self.seats.isEmpty { self.emptySince = self.now }
        self.leftRound(seat)
        self.cancelCountdown(without: player)
        self.startWhenAllAreReady()
    }

    mutating func removeSpectator(at index: Int, _ reason: DepartureReason) {
        let spectator = self.spectators.remove(at: index)
        if let member = spectator.member {
            self.output.departures.append(RoomOutput.Departure(member, reason))
        }
        self.output.infoChanged = true
    }

    /// - Throws: `SPECTATOR`, `NOT_IN`.
    func player(_ member: MemberID) throws(Refusal) -> SeatedPlayer {
        if let player = self.seats[member] { return player }
        guard self.spectators.contains(where: { $0.member == member }) else { throw .notIn }
        throw Refusal(.spectator, "spectators have no say")
    }

    /// - Throws: `NOT_HOST`, `SPECTATOR`, `NOT_IN`.
    func host(_ member: MemberID) throws(Refusal) -> SeatedPlayer {
        let player = try self.player(member)
        guard player.seat == self.election.host else { throw Refusal(.notHost, "only the host may do that") }
        return player
    }

    /// Everybody who is connected, players first.
    var present: [MemberID] {
        self.seats.players.compactMap(\.member) + self.spectators.compactMap(\.member)
    }

    /// Looks whether the room needs another host.
    mutating func electHost() {
        let seats = self.seats
        let elected = self.election.elect(
            among: seats.connected, isSeated: { seats[$0] != nil }, at: self.now)
        if let elected { self.hostChanged(to: elected) }
    }

    mutating func hostChanged(to seat: Seat) {
        self.record(.host, seat, ["seat": JSON(seat.rawValue)])
        self.output.infoChanged = true
    }
}

extension DepartureReason {
    /// As the event `leave` says it: `left`, `timeout`, `kicked` or `closed`.
    fileprivate var wordInLog: String {
        switch self {
        case .left: "left"
        case .timeout: "timeout"
        case .kicked, .banned: "kicked"
        case .replaced, .draining, .empty, .closed, .error: "closed"
        }
    }
}

extension Refusal {
    package static let notIn = Refusal(.notIn, "you are not in this room")
}

extension String {
    /// Equality that takes as long however much of it holds.
    fileprivate func isSecretly(_ other: String) -> Bool {
        let (mine, others) = (Array(self.utf8), Array(other.utf8))
        guard mine.count == others.count else { return false }
        return zip(mine, others).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
