/// What a room wants told to its members and to the server, in order.
package struct RoomOutput: Equatable, Sendable {
    /// A stretch of the log on its way out.
    package struct Frame: Hashable, Sendable {
        /// All of it. What everybody may see of it, a spectator sees.
        package let whole: TickFrame
        /// What goes to whom. Who sees the same is in the same copy, so that each is encoded once; nobody is in two.
        package let copies: [Copy]
    }

    package struct Copy: Hashable, Sendable {
        package let frame: TickFrame
        package let members: [MemberID]
    }

    /// A state on its way out, to be written in the forms that somebody reads.
    package struct State: Sendable {
        package let tick: UInt32
        /// Milliseconds since the room began.
        package let time: UInt32
        /// The tick of the state frame before, when this one tells only what has changed since; 0: it tells all.
        package let base: UInt32
        package let progress: [StateFrame.Progress]
        package let members: [MemberID]
        let rules: any Rules
        let previous: (any Rules)?
    }

    package struct Departure: Hashable, Sendable {
        package let member: MemberID
        package let reason: DepartureReason

        package init(_ member: MemberID, _ reason: DepartureReason) {
            self.member = member
            self.reason = reason
        }
    }

    /// Log frames. With `hz` 0 one an event, otherwise at most one a tick.
    package var frames: [Frame] = []
    /// The inputs that each tick has consumed, be it none, where the room is recorded: numbered by `n`, their `q` is 0. In a
    /// recording they go before the frame of the same or a later tick.
    package var inputs: [TickFrame] = []
    /// After the log frames of their tick.
    package var states: [State] = []
    /// Members that belong to the room no more. Tell all but those who left by themselves.
    package var departures: [Departure] = []
    /// Whether ``Room/info`` has changed, for the lobby.
    package var infoChanged = false

    package init() {}
}

/// Why a member is in a room no more: the `reason` of `room:closed`.
package enum DepartureReason: String, Sendable {
    /// By the member's own wish.
    case left
    case timeout
    case kicked
    case banned
    /// The player has come back by another connection.
    case replaced
    /// The server is about to stop.
    case draining
    /// All players had gone.
    case empty
    case closed
    /// The member reads too slowly, and resynchronising does not help.
    case error
}

extension RoomOutput.State: Equatable {
    package static func == (left: Self, right: Self) -> Bool {
        left.tick == right.tick && left.time == right.time && left.base == right.base && left.progress == right.progress
            && left.members == right.members && left.rules.stateHash == right.rules.stateHash
    }

    package func frame(as form: StateForm) -> StateFrame {
        StateFrame(
            tick: self.tick, time: self.time, base: self.base, progress: self.progress,
            payload: self.rules.state(since: self.previous, as: form))
    }
}
