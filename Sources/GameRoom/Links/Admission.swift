import Game
import NIOCore
import SocketIO

/// What a member is told on coming in, or instead of what it missed: `Joined` of the contract (§3.2).
struct Admission: Equatable, Sendable {
    let room: String
    let code: String
    /// The room's number on this connection.
    let reference: UInt16
    /// Nil: a spectator.
    let seat: Seat?
    /// Nil in a `room:resync`, where it stays.
    let token: String?
    /// The last event that all this holds.
    let lastNumber: UInt32
    let roster: Roster
    let game: String
    let isAuthoritative: Bool
    let hz: Int
    let tick: UInt32
    /// The state under the rules; nil where there is none.
    let snapshot: JSON?
    /// After a resume: whether what was missed follows, or all of it is here.
    let isReplayed: Bool
    /// After a resume: the last move of the player that was taken.
    let lastMove: UInt32?

    /// - Parameter answer: the ok-acknowledgement, or the payload of `room:resync`.
    init?(_ answer: JSON) {
        guard let room = answer["room"], let id = room["rid"]?.string, let code = room["code"]?.string,
            let reference = answer["ref"]?.number(UInt16.self), let number = answer["q"]?.number(UInt32.self),
            let seat = answer["seat"], let roster = Roster(room)
        else { return nil }
        self.room = id
        self.code = code
        self.reference = reference
        self.seat = seat.number(UInt8.self).map(Seat.init)
        self.token = answer["token"]?.string
        self.lastNumber = number
        self.roster = roster
        self.game = room["game"]?.string ?? ""
        self.isAuthoritative = room["mode"]?.string == "authoritative"
        self.hz = room["hz"]?.int ?? 0
        self.tick = answer["tick"]?.number(UInt32.self) ?? 0
        self.snapshot = answer["snapshot"]
        self.isReplayed = answer["mode"]?.string == "replay"
        self.lastMove = answer["lastN"]?.number(UInt32.self)
    }
}

extension Roster {
    /// From the `Room` of the contract.
    init?(_ room: JSON) {
        guard let maximum = room["max"]?.int, let state = room["state"]?.string, let players = room["players"]?.elements
        else { return nil }
        var seats: [(seat: Seat, isOn: Bool)] = []
        for player in players {
            guard let seat = player["seat"]?.number(UInt8.self) else { return nil }
            seats.append((Seat(rawValue: seat), player["state"]?.string == "on"))
        }
        self.init(
            seats: seats, host: room["host"]?.number(UInt8.self).map(Seat.init), state: state, maximumPlayers: maximum)
    }
}

extension JSON {
    /// A whole number that fits.
    func number<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
        self.int.flatMap { Number(exactly: $0) }
    }
}
