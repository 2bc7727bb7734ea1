package import NIOCore
package import SocketIO

// What members say and hosts decide.
extension Room {
    /// - Parameter recipients: the seats that may read it; nil: everybody.
    /// - Returns: the message's number in the log.
    /// - Throws: `NOT_IN`, `SPECTATOR`, `BAD_INPUT`, `TOO_BIG`.
    package mutating func say(
        _ text: String, to recipients: [Seat]? = nil, by member: MemberID, at now: NIODeadline
    ) throws(Refusal) -> UInt32 {
        self.advance(to: now)
        let player = try self.player(member)
        guard !text.isEmpty else { throw Refusal(.badInput, "text: nothing was said") }
        guard text.unicodeScalars.count <= self.settings.limits.chatCharacters else {
            throw Refusal(.tooBig, "text: at most \(self.settings.limits.chatCharacters) characters")
        }
        let to = recipients.map { [("to", JSON.array($0.map { JSON($0.rawValue) }))] } ?? []
        let event = self.record(
            .chat, player.seat, .json(.object([("text", JSON(text))] + to)), to: recipients, from: member)
        if recipients == nil {
            self.chat.append(
                ChatHistory.Message(
                    number: event.number, time: self.time, seat: player.seat, name: player.player.name, text: text))
        }
        self.settle()
        return event.number
    }

    /// What a host may change; nil: stays.
    package struct Change: Hashable, Sendable {
        package var isOpen: Bool?
        package var isPrivate: Bool?
        package var meta: JSON?
        package var properties: [PropertyStore.Change]
        /// Properties that must be like this, or nothing changes.
        package var expecting: [PropertyStore.Change]

        package init(
            isOpen: Bool? = nil, isPrivate: Bool? = nil, meta: JSON? = nil, properties: [PropertyStore.Change] = [],
            expecting: [PropertyStore.Change] = []
        ) {
            self.isOpen = isOpen
            self.isPrivate = isPrivate
            self.meta = meta
            self.properties = properties
            self.expecting = expecting
        }
    }

    /// All of the change, or nothing. It is told as one event of kind 9: the properties under their names, what is the
    /// room's own as `@open`, `@private` and `@meta`.
    /// - Returns: the room's version after it.
    /// - Throws: `NOT_HOST`, `SPECTATOR`, `NOT_IN`, `CAS`, `TOO_BIG`.
    package mutating func set(_ change: Change, by member: MemberID, at now: NIODeadline) throws(Refusal) -> Int {
        self.advance(to: now)
        let host = try self.host(member)
        let meta = try change.meta.map { (meta) throws(Refusal) in
            try RoomSettings.checked(meta: meta, self.settings.limits)
        }
        try self.properties.apply(change.properties, expecting: change.expecting)
        self.isOpen = change.isOpen ?? self.isOpen
        self.isPrivate = change.isPrivate ?? self.isPrivate
        self.meta = meta ?? self.meta
        self.version &+= 1
        self.record(.properties, host.seat, change.event)
        self.output.infoChanged = true
        self.settle()
        return self.version
    }

    /// Hands the role of host on.
    /// - Throws: `NOT_HOST`, `SPECTATOR`, `NOT_IN`, `NO_SEAT`.
    package mutating func appoint(_ seat: Seat, by member: MemberID, at now: NIODeadline) throws(Refusal) {
        self.advance(to: now)
        let host = try self.host(member)
        guard self.seats[seat]?.isOn == true else { throw Refusal(.noSeat, "nobody is there on seat \(seat)") }
        guard seat != host.seat else { return }
        self.election.appoint(seat)
        self.hostChanged(to: seat)
        self.settle()
    }

    /// Puts a player out, and with `bans` for the room's life.
    /// - Throws: `NOT_HOST`, `SPECTATOR`, `NOT_IN`, `NO_SEAT`, `BAD_INPUT` for oneself.
    package mutating func kick(
        _ seat: Seat, bans: Bool = false, by member: MemberID, at now: NIODeadline
    ) throws(Refusal) {
        self.advance(to: now)
        let host = try self.host(member)
        guard let kicked = self.seats[seat] else { throw Refusal(.noSeat, "nobody is on seat \(seat)") }
        guard seat != host.seat else { throw Refusal(.badInput, "seat: yours; leave instead") }
        if bans { self.banned.insert(kicked.player.id) }
        self.remove(seat, bans ? .banned : .kicked)
        self.settle()
    }
}

extension Room.Change {
    fileprivate var event: JSON {
        var members = self.properties.map { ($0.name, $0.value ?? .null) }
        if let isOpen { members.append(("@open", JSON(isOpen))) }
        if let isPrivate { members.append(("@private", JSON(isPrivate))) }
        if let meta { members.append(("@meta", meta)) }
        return .object(members)
    }
}
