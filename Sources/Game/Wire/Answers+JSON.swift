import NIOCore
package import SocketIO

// The acknowledgements of the contract: `{ok: true, …}` and `{ok: false, code, message, …}`.

extension Joined {
    /// - Parameter reference: the room's number on the connection.
    package func json(reference: UInt16, more: [(String, JSON)] = []) -> JSON {
        .object([("ok", true)] + self.fields(reference: reference) + more)
    }

    /// The event `room:resync`.
    package func resynchronisation(reference: UInt16) -> JSON {
        .object([("rid", JSON(self.info.id))] + self.fields(reference: reference))
    }

    private func fields(reference: UInt16) -> [(String, JSON)] {
        let snapshot = self.snapshot.map { [("snapshot", $0)] } ?? []
        return [
            ("room", self.info.json), ("ref", JSON(reference)), ("seat", self.seat.map { JSON($0.rawValue) } ?? .null),
            ("token", JSON(self.token.description)), ("grace", JSON(self.grace.nanoseconds / 1_000_000)),
            ("tick", JSON(self.tick)), ("q", JSON(self.number)), ("t", JSON(self.time)),
            ("began", self.roundBegan.map { JSON($0) } ?? .null),
            ("deadline", self.turnDeadline.map { JSON($0) } ?? .null),
        ] + snapshot + [
            ("props", .object(self.properties.map { ($0.name, $0.value) })),
            ("cached", .array(self.cached.map(\.json))), ("chat", .array(self.chat.map(\.json))),
        ]
    }
}

extension Resumed {
    package func json(reference: UInt16) -> JSON {
        self.joined.json(
            reference: reference,
            more: [("mode", self.replay == nil ? "snapshot" : "replay"), ("lastN", JSON(self.lastMove))])
    }
}

extension MoveReceipt {
    package var json: JSON {
        let event = self.event.map { [("q", JSON($0))] } ?? []
        let duplicate: [(String, JSON)] = self.isDuplicate ? [("dup", true)] : []
        return .object([("ok", true), ("n", JSON(self.number))] + event + [("tick", JSON(self.tick))] + duplicate)
    }
}

extension BatchReceipt {
    package var json: JSON {
        let event = self.event.map { [("q", JSON($0))] } ?? []
        let refused = self.refused.map { refused -> JSON in
            [JSON(refused.number), JSON(refused.refusal.code.rawValue), JSON(refused.refusal.message)]
        }
        return .object(
            [("ok", true), ("n", JSON(self.number))] + event
                + [("tick", JSON(self.tick)), ("refused", .array(refused))])
    }
}

extension Refusal {
    package var json: JSON {
        let retry = self.retry.map { [("retry", JSON($0))] } ?? []
        return .object(
            [("ok", false), ("code", JSON(self.code.rawValue)), ("message", JSON(self.message))] + retry
                + self.details.map { ($0.name, $0.value) })
    }

    /// The event `refused`, for a move that no acknowledgement was asked for: `[ref, n, code, message]`.
    package func event(reference: UInt16, number: UInt32) -> JSON {
        [JSON(reference), JSON(number), JSON(self.code.rawValue), JSON(self.message)]
    }
}

extension LogEvent {
    /// `[kind, seat, n, data]` of an event whose data is JSON.
    fileprivate var json: JSON {
        [
            JSON(self.kind.rawValue), JSON(self.seat.rawValue), JSON(self.moveNumber), self.data.json ?? .null,
        ]
    }
}

extension ChatHistory.Message {
    fileprivate var json: JSON {
        [
            "q": JSON(self.number), "t": JSON(self.time), "seat": JSON(self.seat.rawValue), "name": JSON(self.name),
            "text": JSON(self.text),
        ]
    }
}
