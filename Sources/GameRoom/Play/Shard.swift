import NIOCore
import Simulator
import SocketIOClient

/// One event loop with its rooms, for those who live elsewhere. The actor runs on that loop, which everything in the rooms
/// happens on, too.
actor Shard {
    private let eventLoop: any EventLoop
    nonisolated let unownedExecutor: UnownedSerialExecutor
    private let settings: GameRoomConfiguration
    private let client: ClientConfiguration
    private let sessions: BrokerSessions?
    private let casting: Casting
    private var playground: Playground?

    init(
        _ casting: Casting, _ settings: GameRoomConfiguration, _ client: ClientConfiguration,
        _ sessions: BrokerSessions?, on eventLoop: any EventLoop
    ) {
        self.casting = casting
        self.eventLoop = eventLoop
        self.unownedExecutor = eventLoop.executor.asUnownedSerialExecutor()
        self.settings = settings
        self.client = client
        self.sessions = sessions
    }

    /// What a shard has to say while a run goes on.
    struct Progress: Sendable {
        var playersInside = 0
        var rooms = 0
        var sent: UInt64 = 0
        var received: UInt64 = 0
        var violations: UInt64 = 0
        var troubles: [String] = []
    }

    /// Lets rooms open.
    func open(_ tables: [Int], clock: RunClock) {
        let playground = Playground(
            self.casting, self.settings, self.client, self.sessions, clock: clock, on: self.eventLoop)
        self.playground = playground
        playground.open(tables)
    }

    var progress: Progress {
        guard let playground else { return Progress() }
        let ledger = playground.ledger
        return Progress(
            playersInside: playground.playersInside, rooms: ledger.tally.rooms, sent: ledger.tally.sent,
            received: ledger.tally.ticks, violations: ledger.violations, troubles: ledger.troubles)
    }

    /// Moves of a recording that are still to be made.
    var unplayed: Int { self.playground?.unplayed ?? 0 }

    func stopActing() { self.playground?.stopActing() }

    /// What has been seen by now is what everybody has to see before the end.
    func takeStock() { self.playground?.takeStock() }

    var isUpToDate: Bool { self.playground?.isUpToDate ?? true }

    /// Everybody leaves; returns when the rooms have gone.
    func close() async {
        guard let playground else { return }
        await withCheckedContinuation { continuation in
            playground.close { continuation.resume() }
        }
    }

    /// What has been counted, and what was wrong.
    func result() -> (tally: Tally, findings: [Finding], violations: UInt64) {
        guard let playground else { return (Tally(), [], 0) }
        playground.end()
        playground.ledger.tally.unplayed = playground.unplayed
        return (playground.ledger.tally, playground.ledger.findings, playground.ledger.violations)
    }
}
