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

    init(_ settings: DeviceSimConfiguration, clock: RunClock) {
        self.verifier = Verifier(kinds: settings.devices.profile.kinds, runBegan: clock.began * 1000)
        self.reader = StampReader(naming: settings.devices.naming, devices: settings.devices.count)
        self.clock = clock
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
        } else if event[0]?.string != "upstream" {
            self.verifier.receivedMalformed()
        }
    }
}
