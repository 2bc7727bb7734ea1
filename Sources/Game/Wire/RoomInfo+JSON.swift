package import SocketIO

extension RoomInfo {
    /// The `Room` of the contract.
    package var json: JSON { .object(self.fields) }

    /// `{rid, …}` with what is different from an earlier state of the room; nil: nothing is.
    package func changes(from earlier: RoomInfo) -> JSON? {
        let changed = zip(self.fields, earlier.fields).filter { $0.1 != $1.1 }.map(\.0)
        return changed.isEmpty ? nil : .object([("rid", JSON(self.id))] + changed)
    }

    private var fields: [(String, JSON)] {
        [
            ("rid", JSON(self.id)), ("code", JSON(self.code)), ("game", JSON(self.game)),
            ("mode", JSON(self.mode.rawValue)), ("name", JSON(self.name)), ("private", JSON(self.isPrivate)),
            ("open", JSON(self.isOpen)), ("state", JSON(self.state.rawValue)), ("hz", JSON(self.hz)),
            ("max", JSON(self.maximumPlayers)), ("host", self.host.map { JSON($0.rawValue) } ?? .null),
            ("meta", self.meta ?? .null),
            ("kinds", .object(self.kinds.map { ($0.name, JSON($0.kind.rawValue)) })),
            ("version", JSON(self.version)), ("players", .array(self.players.map(\.json))),
            ("spectators", JSON(self.spectators)),
        ]
    }
}

extension RoomInfo.SeatInfo {
    /// An entry of `players`.
    package var json: JSON {
        [
            "seat": JSON(self.seat.rawValue), "pid": JSON(self.player.id), "name": JSON(self.player.name),
            "state": JSON(self.state.rawValue), "ready": JSON(self.isReady),
            "rtt": self.roundTrip.map { JSON($0) } ?? .null,
        ]
    }
}
