/// One event of a room's log. The log is the one order of everything that happens in the room.
package struct LogEvent: Hashable, Sendable {
    /// `q`: from 1, without gaps.
    package let number: UInt32
    package let kind: EventKind
    /// Who did it, or to whom it happened.
    package let seat: Seat
    /// `n`: which move of the seat it is, from 1; 0 for what is no move.
    package let moveNumber: UInt32
    package let data: Payload
    /// The seats that may see it; nil: everybody. The others get a hole in its place.
    package let recipients: [Seat]?

    package init(
        number: UInt32, kind: EventKind, seat: Seat, moveNumber: UInt32 = 0, data: Payload, recipients: [Seat]? = nil
    ) {
        self.number = number
        self.kind = kind
        self.seat = seat
        self.moveNumber = moveNumber
        self.data = data
        self.recipients = recipients
    }
}

/// What a room's members are told at once: the events since the last frame, in order.
package struct TickFrame: Hashable, Sendable {
    package let tick: UInt32
    /// Milliseconds since the room began.
    package let time: UInt32
    /// The events' numbers follow one another; empty only where a room says that time passes.
    package let events: [LogEvent]
    /// The number of the first event, or of the next one when there is none.
    package let firstNumber: UInt32

    package init(tick: UInt32, time: UInt32, firstNumber: UInt32, events: [LogEvent]) {
        self.tick = tick
        self.time = time
        self.firstNumber = firstNumber
        self.events = events
    }
}

/// The state of a round in an authoritative room with a tick.
package struct StateFrame: Hashable, Sendable {
    /// How far a seat's inputs have come.
    package struct Progress: Hashable, Sendable {
        package let seat: Seat
        /// The last input that went into the state.
        package let moveNumber: UInt32
        /// Milliseconds that it had waited for its tick.
        package let wait: UInt16

        package init(seat: Seat, moveNumber: UInt32, wait: UInt16) {
            self.seat = seat
            self.moveNumber = moveNumber
            self.wait = wait
        }
    }

    package let tick: UInt32
    /// Milliseconds since the room began.
    package let time: UInt32
    /// The tick of the state frame that this one tells the difference from; 0: it tells all.
    package let base: UInt32
    package let progress: [Progress]
    package let payload: Payload

    package init(tick: UInt32, time: UInt32, base: UInt32, progress: [Progress], payload: Payload) {
        self.tick = tick
        self.time = time
        self.base = base
        self.progress = progress
        self.payload = payload
    }
}
