/// One player, or spectator, in one room: as the answer that let it in says.
package struct GameSeat: Sendable {
    package let player: GamePlayer
    package let answer: JSONValue

    package var rid: JSONValue { self.answer["room"]["rid"] }
    package var ref: JSONValue { self.answer["ref"] }
    package var seat: JSONValue { self.answer["seat"] }
    package var token: JSONValue { self.answer["token"] }
    /// `q` as of the answer.
    package var number: Int { self.answer["q"].int ?? 0 }

    package func move(_ number: Int, _ kind: JSONValue, _ data: JSONValue, _ options: JSONValue? = nil) async throws
        -> JSONValue
    {
        try await self.player.call("move", .array(self.moveArguments(number, kind, data, options)))
    }

    /// A move that asks for no answer.
    package func play(_ number: Int, _ kind: JSONValue, _ data: JSONValue, _ options: JSONValue? = nil) async throws {
        try await self.player.emit("move", .array(self.moveArguments(number, kind, data, options)))
    }

    private func moveArguments(
        _ number: Int, _ kind: JSONValue, _ data: JSONValue, _ options: JSONValue?
    ) -> [JSONValue] {
        [self.ref, .number(Double(number)), kind, data] + (options.map { [$0] } ?? [])
    }

    /// A command for this room.
    package func call(_ event: String, _ more: JSONValue = [:]) async throws -> JSONValue {
        try await self.player.call(event, .object((more.object ?? [:]).merging(["rid": self.rid]) { $1 }))
    }

    @discardableResult
    package func must(_ event: String, _ more: JSONValue = [:]) async throws -> JSONValue {
        let answer = try await self.call(event, more)
        guard answer["ok"] == true else { throw GamePlayer.Refused(answer: answer) }
        return answer
    }

    package func resume(by player: GamePlayer, after number: Int) async throws -> GameSeat {
        try await player.enter(
            "room:resume", ["rid": self.rid, "token": self.token, "q": .number(Double(number))])
    }
}

extension GameSeat {
    /// What the client was told since it came in.
    package func log(skipping: Bool = false) throws -> GameLog {
        try GameLog(self.player.packets, reference: self.ref, after: self.number, skipping: skipping)
    }

    /// Waits until an event with this number, or a later one, was told.
    @discardableResult
    package func log(
        skipping: Bool = false, through number: Int, within limit: Duration = .seconds(20)
    ) async throws -> GameLog {
        try await eventually("event \(number)", within: limit) {
            (try self.log(skipping: true).events.last?.number ?? self.number) >= number
        }
        return try self.log(skipping: skipping)
    }

    /// Waits for an event that fits.
    @discardableResult
    package func event(
        _ awaited: String, within limit: Duration = .seconds(20), where fits: (GameLog.Event) -> Bool
    ) async throws -> GameLog.Event {
        var found: GameLog.Event?
        try await eventually(awaited, within: limit) {
            found = try self.log(skipping: true).events.first(where: fits)
            return found != nil
        }
        return try found.orThrow(TimedOut(awaiting: awaited, after: limit))
    }

    /// Waits until the room is in a state of its life.
    package func until(_ state: String, within limit: Duration = .seconds(20)) async throws {
        try await self.event("state \(state)", within: limit) { $0.kind == 7 && $0.data["to"].string == state }
    }
}

extension Optional {
    fileprivate func orThrow(_ error: some Error) throws -> Wrapped {
        guard let self else { throw error }
        return self
    }
}
