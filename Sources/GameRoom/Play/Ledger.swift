import NIOCore

/// What all players of one event loop write down. Touched on that loop only.
final class Ledger {
    var tally = Tally()
    private(set) var findings: [Finding] = []
    /// Violations, those beyond the first few included.
    private(set) var violations: UInt64 = 0
    /// What was wrong with connections, in words, the first few times.
    private(set) var troubles: [String] = []

    /// Violations that are kept with all there is to know.
    private static let findingLimit = 100

    func note(_ trouble: String) {
        if self.troubles.count < 5, !self.troubles.contains(trouble) { self.troubles.append(trouble) }
    }

    func report(_ finding: Finding) {
        self.violations += 1
        if self.findings.count < Self.findingLimit { self.findings.append(finding) }
    }
}

/// A violation, and where it was seen.
struct Finding: Encodable, Equatable, Sendable {
    let invariant: String
    /// Which room of the run, from 0: with the seed it says who plays there, and how.
    let table: Int
    /// The room's `rid`, different in each run.
    let room: String?
    /// Which member of the room saw it, from 0.
    let member: Int
    let brain: String
    let link: String
    /// The event's number in the log.
    let q: UInt32?
    let text: String
}
