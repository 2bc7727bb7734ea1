import Game
import Histogram
import Simulator

/// What the players of one event loop, or all of them, have counted.
struct Tally: Sendable {
    // MARK: Players

    /// Who has been in a room at least once.
    var connected = 0
    var connectFailures: UInt64 = 0
    /// Connections that ended although nobody wanted it.
    var lostConnections: UInt64 = 0
    /// Bytes of what arrived: events and their attachments, without the transport's own.
    var bytesReceived: UInt64 = 0

    // MARK: Moves

    var sent: UInt64 = 0
    var acknowledged: UInt64 = 0
    /// Moves sent twice, which the server called duplicates.
    var duplicatesRecognised: UInt64 = 0
    /// Slots at which a player had no connection to move over.
    var missed: UInt64 = 0
    /// Moves of a recording that were not made.
    var unplayed = 0
    /// Moves sent later after their time than the tolerance.
    var overruns: UInt64 = 0
    /// From the intended send time to the real one, microseconds.
    var lateness = Histogram<UInt64>.microseconds
    /// By code; how many were meant to come.
    var expectedRefusals: [String: UInt64] = [:]
    var unexpectedRefusals: [String: UInt64] = [:]

    // MARK: Delivery

    var received: UInt64 = 0
    var expected: UInt64 = 0
    var duplicated: UInt64 = 0
    var missing: UInt64 = 0
    var resynchronisations: UInt64 = 0
    /// From the intended send time to a member that sees the move, microseconds.
    var latency = Histogram<UInt64>.microseconds

    // MARK: Ticks

    var ticks: UInt64 = 0
    var states: UInt64 = 0
    /// How much later than the fastest of its room a tick arrives, microseconds.
    var tickLateness = Histogram<UInt64>.microseconds

    // MARK: Rooms

    var rooms = 0
    var rounds: UInt64 = 0
    var hostChanges: UInt64 = 0
    /// Rooms that were left empty and found gone in time.
    var disposed: UInt64 = 0

    // MARK: Coming back

    var replays: UInt64 = 0
    var snapshots: UInt64 = 0
    var failedResumes: UInt64 = 0
    var badTokensRefused: UInt64 = 0

    mutating func add(_ other: Tally) {
        self.connected += other.connected
        self.connectFailures += other.connectFailures
        self.lostConnections += other.lostConnections
        self.bytesReceived += other.bytesReceived
        self.sent += other.sent
        self.acknowledged += other.acknowledged
        self.duplicatesRecognised += other.duplicatesRecognised
        self.missed += other.missed
        self.unplayed += other.unplayed
        self.overruns += other.overruns
        self.lateness.add(other.lateness)
        self.expectedRefusals.merge(other.expectedRefusals, uniquingKeysWith: +)
        self.unexpectedRefusals.merge(other.unexpectedRefusals, uniquingKeysWith: +)
        self.received += other.received
        self.expected += other.expected
        self.duplicated += other.duplicated
        self.missing += other.missing
        self.resynchronisations += other.resynchronisations
        self.latency.add(other.latency)
        self.ticks += other.ticks
        self.states += other.states
        self.tickLateness.add(other.tickLateness)
        self.rooms += other.rooms
        self.rounds += other.rounds
        self.hostChanges += other.hostChanges
        self.disposed += other.disposed
        self.replays += other.replays
        self.snapshots += other.snapshots
        self.failedResumes += other.failedResumes
        self.badTokensRefused += other.badTokensRefused
    }
}
