import NIOCore
package import SocketIO

extension Room {
    package var info: RoomInfo {
        let description = self.settings.game.description
        return RoomInfo(
            id: self.settings.id, code: self.settings.code, game: description.name, mode: self.settings.mode,
            name: self.settings.name, isPrivate: self.isPrivate, isOpen: self.takesPlayers,
            hasPassword: self.settings.password != nil, state: self.phase.state, hz: self.settings.hz,
            maximumPlayers: self.settings.maximumPlayers, host: self.election.host, meta: self.meta,
            kinds: description.kinds, version: self.version, players: self.seats.players.map(\.info),
            spectators: self.spectators.count)
    }

    /// Whether somebody could take a seat now.
    var takesPlayers: Bool {
        self.isOpen && self.seats.count < self.settings.maximumPlayers && self.seats.next != nil && self.takesLateJoins
            && !self.isClosed
    }

    /// Whether the round that is on, if one is, takes new players.
    var takesLateJoins: Bool { self.phase != .live || self.settings.game.description.allowsLateJoin || !self.hasLobby }

    /// Whether rounds have a beginning and an end.
    var hasLobby: Bool { !self.settings.game.description.startsAtOnce }

    /// The state under the rules, as anybody may see it; nil: there are none, or no round has begun.
    package var snapshot: JSON? { self.round?.rules?.state(since: nil, as: .json).json }

    /// Everything that a member has to know who comes in now.
    func joined(seat: Seat?, token: ResumeToken) -> Joined {
        Joined(
            info: self.info, seat: seat, token: token, grace: self.settings.grace, tick: self.tick,
            number: self.log.lastNumber, time: self.time,
            roundBegan: self.phase == .live ? self.round?.beganAt : nil,
            turnDeadline: self.turnTimer.deadline.map { self.time(of: $0) },
            snapshot: self.snapshot, properties: self.properties.properties,
            cached: self.cache.cached, chat: self.chat.messages)
    }

    /// How long a message takes to the member and back, in milliseconds. Not worth telling the lobby of.
    package mutating func setRoundTrip(_ milliseconds: Int, of member: MemberID) {
        guard let seat = self.seats[member]?.seat else { return }
        self.seats.update(seat) { $0.roundTrip = milliseconds }
    }
}

extension Room.Phase {
    var state: RoomInfo.State {
        switch self {
        case .lobby: .lobby
        case .countdown: .countdown
        case .live: .live
        case .ended: .ended
        case .closed: .closed
        }
    }
}

extension SeatedPlayer {
    fileprivate var info: RoomInfo.SeatInfo {
        RoomInfo.SeatInfo(
            seat: self.seat, player: self.player, state: self.presence.state, isReady: self.isReady,
            roundTrip: self.roundTrip)
    }
}

extension SeatedPlayer.Presence {
    fileprivate var state: RoomInfo.SeatInfo.State {
        switch self {
        case .on: .on
        case .away: .away
        case .automatic: .bot
        }
    }
}
