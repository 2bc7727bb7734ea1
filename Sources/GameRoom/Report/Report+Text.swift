import Simulator

extension Report {
    /// The report for people: a few lines, the verdict last.
    var description: String {
        var lines = self.playLines + self.deliveryLines
        lines += self.violations.prefix(20).map { "VIOLATION  \($0)" }
        if self.figures.violations > 0 { lines.append("repeat     \(self.command)") }
        lines += self.thresholds.filter { !$0.passed }.map { "FAILED     \($0)" }
        lines += self.failures.map { "FAILED     \($0)" }
        lines.append(self.passed ? "passed" : "failed")
        return lines.joined(separator: "\n")
    }

    private var playLines: [String] {
        let (players, rooms, moves) = (self.figures.players, self.figures.rooms, self.figures.moves)
        return [
            "players    \(players.connected) of \(players.count) got in, \(players.connectFailures) connect failures, "
                + "\(players.lostConnections) connections lost, \(players.bytesPerSecond.brief) bytes/s each",
            "rooms      \(rooms.opened) of \(rooms.count) opened, \(self.game), \(rooms.rounds) rounds, "
                + "\(rooms.hostChanges) changes of host, \(rooms.disposed) gone in time; seed \(self.seed)",
            "moves      \(moves.sent) sent, \(moves.rate.brief)/s, \(moves.acknowledged) acknowledged, "
                + "\(moves.duplicatesRecognised) duplicates recognised",
            "schedule   \(moves.overruns) overruns, \(moves.missed) missed while away; "
                + "late by \(self.figures.generator.latenessMs)",
            "refusals   \(Self.list(moves.refusals)); unexpected: \(Self.list(moves.unexpectedCodes))",
        ]
    }

    private var deliveryLines: [String] {
        let (delivery, ticks, resumes) = (self.figures.delivery, self.figures.ticks, self.figures.resumes)
        return [
            "delivered  \(delivery.received) of \(delivery.expected) events, reach \(delivery.reach.brief), "
                + "\(delivery.duplicated) duplicated, \(delivery.missing) missing",
            "latency    \(delivery.latencyMs)",
            "ticks      \(ticks.received), \(ticks.states) states; late by \(ticks.latenessMs)",
            "resumes    \(resumes.replays) replayed, \(resumes.snapshots) by snapshot, \(resumes.failed) failed, "
                + "\(resumes.badTokensRefused) bad tokens refused; \(delivery.resynchronisations) resynchronised",
            "generator  \(self.figures.generator.cores.brief) of \(self.figures.generator.availableCores) cores",
        ]
    }

    private static func list(_ counts: [String: UInt64]) -> String {
        if counts.isEmpty { return "none" }
        return counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }
}

extension Finding: CustomStringConvertible {
    var description: String {
        let event = self.q.map { ", q \($0)" } ?? ""
        return "\(self.invariant): table \(self.table) (\(self.room ?? "no room")), member \(self.member) "
            + "(\(self.brain), \(self.link))\(event): \(self.text)"
    }
}
