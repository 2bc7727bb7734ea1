import Simulator
import NIOCore
import SocketIO

/// What all viewers of one event loop write down: the proof of what arrived, and how they fared themselves. Touched on
/// that loop only.
final class Ledger {
    var verifier: Verifier
    /// Viewers that were subscribed at least once.
    var subscribed = 0
    var connectFailures: UInt64 = 0
    var reconnects: UInt64 = 0
    /// What was wrong, in words, the first few times.
    private(set) var troubles: [String] = []
    private let reader: StampReader
    private let clock: RunClock
    private let outages: Outages

    init(_ roster: Roster, plan: StagePlan, clock: RunClock, log: PublicationLog?, outages: Outages) {
        self.verifier = Verifier(
            kinds: roster.kinds, runBegan: clock.began * 1000, plan: plan, log: log, outages: outages)
        self.reader = StampReader(roster)
        self.clock = clock
        self.outages = outages
    }

    func note(_ trouble: String) {
        if self.troubles.count < 5, !self.troubles.contains(trouble) { self.troubles.append(trouble) }
    }

    /// An event came to a viewer.
    func received(_ event: Arguments, by viewer: Int) {
        let stamp = event.bytes.withUnsafeReadableBytes { text in
            guard let attachment = event.attachments.first else {
                return self.reader.read(event: text, attachment: nil)
            }
            return attachment.withUnsafeReadableBytes { self.reader.read(event: text, attachment: $0) }
        }
        if let stamp {
            self.verifier.received(stamp, by: viewer, now: self.clock.now)
        } else if event[0]?.string == "upstream" {
            self.upstreamChanged(event[1])
        } else if event.bytes.withUnsafeReadableBytes({ self.reader.concerns(event: $0) }) {
            self.verifier.receivedMalformed()
        } else {
            self.verifier.receivedForeign()
        }
    }

    /// The relay's link to the broker is down, or back.
    private func upstreamChanged(_ link: JSON?) {
        guard let connected = link?["connected"]?.bool, let at = link?["at"]?.int, (0...Self.latest).contains(at) else {
            return self.verifier.receivedMalformed()
        }
        self.outages.relayTold(connected: connected, at: Int64(at))
    }

    /// Unix milliseconds; a relay that says later is wrong.
    private static let latest = 100_000_000_000_000
}
