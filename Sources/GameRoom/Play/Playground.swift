import Game
import MQTT
import NIOCore
import Seeding
import Simulator
import SocketIOClient

/// All rooms and players of one event loop. Does what the agenda says when it is due, tends the rooms, and counts. On that
/// loop only.
final class Playground {
    let settings: GameRoomConfiguration
    let ledger = Ledger()
    private let eventLoop: any EventLoop
    private let client: ClientConfiguration
    private let clock: RunClock
    private let casting: Casting
    /// Nil: nobody comes by MQTT.
    private let sessions: BrokerSessions?
    private var tables: [RoomTable] = []
    private var doorstep: Doorstep?
    private var agenda = Agenda()
    private var wake: (task: Scheduled<Void>, at: Moment)?
    private var tending: Scheduled<Void>?
    private var isActing = true

    /// Slots that are worked off before the sockets are looked at again.
    private static let turnLimit = 500
    private static let tendingInterval = TimeAmount.milliseconds(250)

    init(
        _ casting: Casting, _ settings: GameRoomConfiguration, _ client: ClientConfiguration,
        _ sessions: BrokerSessions?, clock: RunClock, on eventLoop: any EventLoop
    ) {
        self.settings = settings
        self.client = client
        self.sessions = sessions
        self.clock = clock
        self.eventLoop = eventLoop
        self.casting = casting
    }

    /// Lets the tables with these numbers open, each at its time.
    func open(_ numbers: [Int]) {
        guard let definition = self.settings.rooms.kind.definition else { return }
        self.tables = numbers.map { RoomTable($0, self.casting, definition, in: self) }
        let ramp = Int64(self.settings.rooms.ramp.milliseconds)
        for table in self.tables {
            let at = Moment(milliseconds: ramp * Int64(table.number) / Int64(max(1, self.settings.rooms.count)))
            self.schedule(at: self.clock.deadline(of: at)) { [weak self] in
                if self?.isActing == true { table.open() }
            }
        }
        if numbers.contains(0) { self.sendCheatersToTheDoor() }
        self.tend()
    }

    /// Where there are cheaters, they are tried at the door, too: once a run.
    private func sendCheatersToTheDoor() {
        guard self.casting.hasCheaters else { return }
        let doorstep = Doorstep(self.client, on: self.eventLoop, ledger: self.ledger)
        self.doorstep = doorstep
        self.schedule(after: .seconds(1)) { doorstep.begin() }
    }

    func makeLink(_ kind: LinkKind, for player: Player, at table: RoomTable) -> (any Link)? {
        if kind == .mqtt, let sessions {
            return try? BrokerLink(
                sessions, name: "\(table.number)-\(player.number)", on: self.eventLoop, delegate: player)
        }
        return SocketLink(
            self.client, kind: kind, name: "\(player.role.brain.rawValue) \(player.number)", identity: player.identity,
            on: self.eventLoop, delegate: player)
    }

    func schedule(after delay: TimeAmount, _ body: @escaping () -> Void) {
        self.schedule(at: .now() + delay, body)
    }

    @discardableResult
    private func schedule(at deadline: NIODeadline, _ body: @escaping () -> Void) -> Scheduled<Void> {
        self.eventLoop.assumeIsolated().scheduleTask(deadline: deadline, body)
    }

    private func tend() {
        let now = NIODeadline.now()
        if self.isActing { for table in self.tables { table.tend(at: now) } }
        self.tending = self.schedule(at: now + Self.tendingInterval) { [weak self] in self?.tend() }
    }

    // MARK: The agenda

    /// A player is in its room, and acts from now on.
    func begin(_ player: Player) {
        guard let index = self.tables.firstIndex(where: { $0 === player.table }) else { return }
        self.agenda.begin(
            player.number, at: index, since: self.now, rate: self.settings.rooms.rate,
            random: SplitMix64(seed: player.seed, stream: 0))
        self.sleep()
    }

    private var now: Moment { Moment(milliseconds: self.clock.elapsed / 1_000) }

    private func work() {
        self.wake = nil
        let now = self.now
        var turn = 0
        while self.isActing, turn < Self.turnLimit, let slot = self.agenda.popDue(by: now) {
            turn += 1
            self.count(lateness: self.clock.elapsed - slot.at.milliseconds * 1_000)
            self.tables[slot.table].players[slot.member].act(intended: self.clock.deadline(of: slot.at))
        }
        self.sleep()
    }

    /// Until the next slot. To be called when the agenda has changed.
    private func sleep() {
        guard self.isActing, let next = self.agenda.next, next != self.wake?.at else { return }
        self.wake?.task.cancel()
        self.wake = (self.schedule(at: self.clock.deadline(of: next)) { [weak self] in self?.work() }, next)
    }

    private func count(lateness microseconds: Int64) {
        self.ledger.tally.lateness.recordClamped(microseconds)
        if Double(microseconds) / 1_000 > self.settings.run.tolerance.milliseconds { self.ledger.tally.overruns += 1 }
    }

    // MARK: What others ask

    /// Players in a room at this moment.
    var playersInside: Int { self.tables.reduce(0) { $0 + $1.players.count(where: \.isInside) } }

    /// Whether everybody has been told everything.
    var isUpToDate: Bool { self.tables.allSatisfy(\.isUpToDate) }

    /// Moves of a recording that are still to be made.
    var unplayed: Int {
        self.tables.flatMap(\.players).reduce(0) { $0 + (($1.brain as? ScriptedBrain)?.remaining ?? 0) }
    }

    /// From now on nobody acts.
    func stopActing() {
        self.isActing = false
        self.wake?.task.cancel()
    }

    /// What has been seen by now is what everybody has to see before the end.
    func takeStock() {
        for table in self.tables { table.takeStock() }
    }

    /// Everybody leaves, and the rooms are seen to go.
    func close(_ done: @escaping () -> Void) {
        var waiting = self.tables.count
        guard waiting > 0 else { return done() }
        for table in self.tables {
            table.close {
                waiting -= 1
                if waiting == 0 { done() }
            }
        }
    }

    /// Breaks off what is still open. Nothing is to be asked after it.
    func end() {
        self.tending?.cancel()
        self.doorstep?.end()
        for player in self.tables.flatMap(\.players) { player.link?.abandon() }
    }
}
