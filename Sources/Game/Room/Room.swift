package import NIOCore
import SocketIO

/// A game room: who is in it, what happens in it, and in which order. A value that decides; whoever owns it carries out
/// what it says.
///
/// ```
///   lobby ──all ready, or the host starts──► countdown ──3 to 5 s──► live ──outcome──► ended ──rematch──► lobby
///     ▲                                          │
///     └───────────── somebody backs out ─────────┘                  any ──nobody left, or stopped──► closed
/// ```
/// Everything that happens (moves, joins, leaves, away and back, host, chat, lifecycle, properties) is an event of one log
/// (contract §3.2). Each command is a method that takes the time, lets what is due until then happen, and either does
/// what it says or throws a ``Refusal`` and has changed nothing. After each call, and after ``advance(to:)`` at
/// ``nextDeadline``, ``takeOutput()`` says what to tell whom.
///
/// Equal rooms behave alike from then on.
package struct Room: Sendable {
    package let settings: RoomSettings
    package let createdAt: NIODeadline

    enum Phase: Hashable, Sendable {
        case lobby
        case countdown(Countdown)
        case live
        case ended
        case closed
    }

    /// Until when those who have to load something may say that they are ready.
    struct Countdown: Hashable, Sendable {
        /// Three seconds in: live from here on, once everybody who is connected is ready.
        let earliest: NIODeadline
        /// Five seconds in: live, ready or not.
        let latest: NIODeadline
    }

    var phase = Phase.lobby
    var round: Round?
    /// Rounds that have begun.
    var rounds = 0
    var seats = SeatTable()
    var spectators: [Spectator] = []
    var election = HostElection()
    var log: EventLog
    /// Events that no frame has carried yet.
    var pending: [Pending] = []
    /// Nil: every event goes out at once.
    var clock: TickClock?
    /// Ticks of play so far; they stand still while no round is on.
    var ticks: UInt32 = 0
    var banned: Set<String> = []
    var chat: ChatHistory
    var properties: PropertyStore
    var cache: EventCache
    var guardian: Guardian?
    var turnOrder = TurnOrder()
    var turnTimer = TurnTimer()
    var budget: TokenBucket
    var isPrivate: Bool
    /// The host's word on it; ``RoomInfo/isOpen`` counts the seats too.
    var isOpen = true
    var meta: JSON?
    var version = 1
    var emptySince: NIODeadline?
    var output = RoomOutput()
    /// The time that has been let pass.
    var now: NIODeadline

    struct Pending: Hashable, Sendable {
        let event: LogEvent
        /// Whoever is not told, because it was that member's doing.
        let sender: MemberID?
    }

    package init(_ settings: RoomSettings, at now: NIODeadline) {
        let limits = settings.limits
        self.settings = settings
        self.createdAt = now
        self.now = now
        let retention = max(limits.loggedTime, settings.grace)
        self.log = EventLog(
            bounds: EventLog.Bounds(
                events: limits.loggedEvents, bytes: limits.loggedBytes,
                milliseconds: UInt32(clamping: retention.nanoseconds / 1_000_000)))
        self.clock = settings.hz > 0 ? TickClock(hz: settings.hz, origin: now) : nil
        self.chat = ChatHistory(capacity: limits.chatHistory)
        self.properties = PropertyStore(capacity: limits.propertyBytes)
        self.cache = EventCache(events: limits.cachedEvents, bytes: limits.cachedBytes)
        self.guardian = settings.guards.map(Guardian.init)
        self.budget = TokenBucket(limits.events)
        self.isPrivate = settings.isPrivate
        self.meta = settings.meta
        self.emptySince = now
        self.output.infoChanged = true
        if settings.game.description.startsAtOnce { self.goLive() }
    }

    /// What to tell, and to whom, since the last time.
    package mutating func takeOutput() -> RoomOutput {
        defer { self.output = RoomOutput() }
        return self.output
    }

    package var isClosed: Bool { self.phase == .closed }

    /// `tick` of the contract: with `hz` 0 every event is one.
    package var tick: UInt32 { self.clock == nil ? self.log.lastNumber : self.ticks }

    /// `q` of the last event.
    package var lastNumber: UInt32 { self.log.lastNumber }

    /// The hash of the state under the rules; nil where there is none.
    package var stateHash: UInt64? { self.round?.rules?.stateHash }

    /// Milliseconds since the room began.
    package var time: UInt32 { self.time(of: self.now) }

    func time(of instant: NIODeadline) -> UInt32 {
        UInt32(clamping: (instant - self.createdAt).nanoseconds / 1_000_000)
    }

    var isAuthoritative: Bool { self.settings.mode == .authoritative }

    /// Whether moves wait for their tick and take no number in the log.
    var takesInputs: Bool { self.isAuthoritative && self.clock != nil }
}

extension Room: Equatable {
    package static func == (left: Room, right: Room) -> Bool {
        left.settings.id == right.settings.id && left.createdAt == right.createdAt && left.now == right.now
            && left.phase == right.phase && left.round == right.round && left.rounds == right.rounds
            && left.seats == right.seats && left.spectators == right.spectators && left.election == right.election
            && left.log == right.log && left.pending == right.pending && left.clock == right.clock
            && left.ticks == right.ticks && left.banned == right.banned && left.chat == right.chat
            && left.properties == right.properties && left.cache == right.cache && left.guardian == right.guardian
            && left.turnOrder == right.turnOrder && left.turnTimer == right.turnTimer && left.budget == right.budget
            && left.isPrivate == right.isPrivate && left.isOpen == right.isOpen && left.meta == right.meta
            && left.version == right.version && left.emptySince == right.emptySince && left.output == right.output
    }
}
