import Game
import NIOCore
import Simulator
import SocketIO

/// One room of the run with everybody who plays in it. All of them are on one event loop, so that what they see can be held
/// against each other as it comes. Brings the room from its creation through round after round to its end.
final class RoomTable {
    let number: Int
    let settings: GameRoomConfiguration
    let definition: GameDefinition
    let ledger: Ledger
    private let playground: Playground
    private(set) var players: [Player] = []
    private(set) var room: (id: String, code: String)?
    private(set) var isClosing = false
    var comparison = RoomComparison()
    var moveTimes = MoveTimes()
    private var states = StateComparison()
    private var punctuality = Punctuality()
    /// When the present round was over.
    private var endedAt: NIODeadline?
    /// When the first round began.
    private var liveSince: NIODeadline?
    private var isHostLeaving = false
    private var stock: UInt32?
    private var whenClosed: (() -> Void)?
    /// Since when the room waits for somebody to be ready.
    private var waitingSince: NIODeadline?

    /// How long a room of the run stays without players, for I15 to be seen in a run's time.
    static let emptyTTL = TimeAmount.seconds(1)
    /// How long everybody has to leave, and the room to go.
    private static let patience = TimeAmount.seconds(20)
    private static let patienceWithVisitors = TimeAmount.seconds(8)

    init(_ number: Int, _ casting: Casting, _ definition: GameDefinition, in playground: Playground) {
        self.number = number
        self.settings = playground.settings
        self.definition = definition
        self.ledger = playground.ledger
        self.playground = playground
        self.players = casting.roles(at: number).enumerated().map { index, role in
            Player(
                index, role, casting.brain(of: index, at: number, role), seed: casting.seed(of: index, at: number),
                game: definition, at: self)
        }
    }

    private var description: GameDescription { self.definition.description }

    /// Whether moves must have the very next number.
    var isStrict: Bool { self.description.isAuthoritative && self.description.hz == 0 }

    /// Whether one may sit down while a round is on.
    var takesLatePlayers: Bool { self.description.allowsLateJoin }

    /// What `room:create` asks for.
    var creation: JSON {
        let seated = self.players.count { !$0.role.onlyWatches }
        let most = max(
            self.description.players.lowerBound,
            min(seated + self.settings.rooms.free, self.description.players.upperBound))
        return [
            "game": JSON(self.description.name), "name": JSON("\(self.description.name) \(self.number + 1)"),
            "max": JSON(most),
            "options": [
                "seed": JSON(String(self.settings.run.seed &+ UInt64(self.number))),
                "emptyTtlMs": JSON(Self.emptyTTL.nanoseconds / 1_000_000),
                "record": JSON(self.settings.rooms.isRecorded),
            ],
        ]
    }

    func makeLink(_ kind: LinkKind, for player: Player) -> (any Link)? {
        self.playground.makeLink(kind, for: player, at: self)
    }

    func schedule(after delay: TimeAmount, _ body: @escaping () -> Void) {
        self.playground.schedule(after: delay, body)
    }

    // MARK: Opening

    /// The first player opens the room; the others wait for its code.
    func open() {
        self.players.first?.enter(by: .create)
    }

    func opened(by admission: Admission) {
        guard self.room == nil else { return }
        self.ledger.tally.rooms += 1
        self.room = (admission.room, admission.code)
        for player in self.players.dropFirst() where player.role.brain != .late { player.enter(by: .join) }
    }

    func entered(_ player: Player) {
        guard !player.wasInside else { return }
        player.wasInside = true
        self.ledger.tally.connected += 1
        self.playground.begin(player)
    }

    // MARK: What is seen

    /// - Parameter now: nil: it says nothing about how long events take.
    func saw(_ event: LogEvent, by player: Player, at now: NIODeadline?) {
        let isFirst = event.number > self.comparison.lastNumber
        player.report(self.comparison.observe(event, by: player.number))
        if event.kind.isOfGame, event.moveNumber > 0, let now {
            self.measure(event.moveNumber, of: event.seat, at: now)
        }
        if isFirst { self.noteFirst(event) }
    }

    private func noteFirst(_ event: LogEvent) {
        switch event.kind {
        // At the end of a run everybody leaves, the hosts among them.
        case .host: if !self.isClosing { self.ledger.tally.hostChanges += 1 }
        case .state: self.changed(to: event.data.json?["to"]?.string ?? "")
        default: break
        }
    }

    private func changed(to state: String) {
        self.endedAt = state == "ended" ? .now() : nil
        guard state == "live" else { return }
        self.liveSince = self.liveSince ?? .now()
        self.ledger.tally.rounds += 1
        self.states.restart()
    }

    func saw(_ view: ArenaView, at tick: UInt32, isRepeated: Bool, by player: Player) {
        player.report(self.states.observe(view, at: tick, isRepeated: isRepeated, by: player.number))
    }

    /// A move has reached a member.
    func measure(_ number: UInt32, of seat: Seat, at now: NIODeadline) {
        guard let intended = self.moveTimes.intended(number, of: seat) else { return }
        self.ledger.tally.latency.recordClamped((now - intended).nanoseconds / 1_000)
    }

    /// A tick has arrived whose time in the room is known.
    func arrived(_ time: UInt32, at now: NIODeadline) {
        let lateness = self.punctuality.lateness(of: time, at: now)
        self.ledger.tally.tickLateness.recordClamped(lateness.nanoseconds / 1_000)
    }

    // MARK: Tending

    /// Sees to it that the game goes on. Called a few times a second.
    func tend(at now: NIODeadline) {
        guard self.room != nil, !self.isClosing else { return }
        self.bringInLatePlayers(at: now)
        guard let state = self.players.first(where: \.isInside)?.view?.roster.state else { return }
        switch state {
        case "lobby", "countdown":
            self.makeReady()
            self.startWithoutTheUnready(at: now)
        case "ended": if let endedAt, now > endedAt + .milliseconds(1_200) { self.askForRematch() }
        default: break
        }
    }

    private func bringInLatePlayers(at now: NIODeadline) {
        let isOn = self.liveSince.map { now > $0 + .seconds(2) } ?? self.description.startsAtOnce
        guard isOn else { return }
        for player in self.players where player.role.brain == .late && !player.wasInside {
            if case .outside = player.state { player.enter(by: .join) }
        }
    }

    private func makeReady() {
        for player in self.players where !player.isReady {
            guard let membership = player.membership, membership.seat != nil else { continue }
            player.isReady = true
            // A round that has begun meanwhile needs nobody's readiness.
            player.send("room:ready", ["rid": JSON(membership.room), "ready": true]) { _, _ in }
        }
    }

    /// Where seats are left free, whoever sits down and never says that it is ready would keep the others waiting.
    private func startWithoutTheUnready(at now: NIODeadline) {
        guard self.settings.rooms.free > 0, let host = self.players.first(where: \.isHost),
            let membership = host.membership, let roster = host.view?.roster, roster.state == "lobby"
        else {
            self.waitingSince = nil
            return
        }
        let since = self.waitingSince ?? now
        self.waitingSince = since
        guard now > since + Self.patienceWithVisitors else { return }
        self.waitingSince = nil
        host.send("room:start", ["rid": JSON(membership.room)]) { _, _ in }
    }

    private func askForRematch() {
        guard let host = self.players.first(where: \.isHost), let membership = host.membership else { return }
        self.endedAt = .now()
        host.send("room:rematch", ["rid": JSON(membership.room)]) { _, _ in }
    }

    /// Whoever is host leaves, and sits down again as somebody new after a while.
    func removeHost() {
        guard !self.isHostLeaving, let host = self.players.first(where: \.isHost) else { return }
        self.isHostLeaving = true
        host.leave { [weak self] player in
            self?.schedule(after: .seconds(4)) {
                self?.isHostLeaving = false
                if self?.isClosing == false { player.comeBack() }
            }
        }
    }

    // MARK: Closing

    var isUpToDate: Bool { self.players.allSatisfy(\.isUpToDate) }

    /// The event that everybody has to have seen: the last one of all, until stock has been taken.
    var end: UInt32 { self.stock ?? self.comparison.lastNumber }

    /// What happens from now on need not reach everybody before the end.
    func takeStock() {
        self.stock = self.comparison.lastNumber
    }

    /// A member's view ends here: takes stock of what it has been told.
    /// - Parameter end: up to which event it should have been told; nil: as far as it has.
    func countOut(_ player: Player, through end: UInt32? = nil) {
        guard let view = player.view, !self.isClosing else { return }
        let counts = view.counts
        let behind = UInt64(max(end ?? 0, view.lastNumber) - view.lastNumber)
        self.ledger.tally.received += counts.received
        self.ledger.tally.duplicated += counts.duplicated
        self.ledger.tally.missing += counts.missing
        self.ledger.tally.expected += counts.received + counts.missing + behind
    }

    /// The run is over: everybody leaves; then the room must be gone in time (I15).
    func close(_ done: @escaping () -> Void) {
        for player in self.players {
            self.countOut(player, through: player.isInside ? self.end : nil)
            if player.isInside, let move = player.unaccountedMoves.first {
                player.report(Violation(.protocolKept, "move \(move.number) was neither logged nor refused"))
            }
        }
        self.isClosing = true
        self.whenClosed = done
        self.schedule(after: Self.patience) { [weak self] in self?.farewell() }
        let inside = self.players.filter(\.isInside)
        var waiting = inside.count
        guard waiting > 0 else { return self.farewell() }
        for player in inside {
            player.leave { [weak self] _ in
                waiting -= 1
                if waiting == 0 { self?.checkDisposal() }
            }
        }
    }

    private func checkDisposal() {
        guard !self.players.contains(where: \.mayHaveSeat), let room,
            let prober = self.players.first(where: { $0.link != nil })
        else { return self.farewell() }
        self.schedule(after: Self.emptyTTL + .seconds(1)) { [weak self] in
            prober.send("room:join", ["rid": JSON(room.id)]) { player, answer in
                if answer["code"]?.string == Refusal.Code.noRoom.rawValue {
                    player.ledger.tally.disposed += 1
                } else {
                    player.report(Violation(.disposal, "the room is still there, two seconds after it was left empty"))
                }
                self?.farewell()
            }
        }
    }

    /// Once, be it because somebody's link broke before its goodbye was answered.
    private func farewell() {
        guard let done = self.whenClosed else { return }
        self.whenClosed = nil
        for player in self.players { player.link?.close() }
        done()
    }
}
