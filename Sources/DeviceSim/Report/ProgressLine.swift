import Foundation
import MQTT

/// How a run goes, on standard error: one line that renews itself on a terminal; when piped, a plain line every ten
/// seconds. Trouble is told when it comes up.
actor ProgressLine {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let start = ContinuousClock.now
    private var lastPublished: UInt64 = 0
    private var lastReceived: UInt64 = 0
    private var lastTrouble: LinkDownReason?
    private var troublesTold = 0
    private var ticks = 0

    /// Call once a second.
    func show(_ fleet: Fleet, _ audience: Audience?) async {
        if let trouble = await fleet.trouble, trouble != self.lastTrouble {
            self.lastTrouble = trouble
            self.tell("broker: \(trouble)")
        }
        let (online, published) = await fleet.progress
        let seconds = (ContinuousClock.now - self.start).components.seconds
        var line = "\(seconds) s  \(online) online  \(published) published  \(published - self.lastPublished)/s"
        self.lastPublished = published
        if let audience {
            await self.tellTroubles(of: audience)
            let (subscribed, received) = await audience.progress
            line += "  \(subscribed) viewers  \(received) received  \(received - self.lastReceived)/s"
            self.lastReceived = received
        }
        self.ticks += 1
        if Task.isCancelled { return }
        if self.isTerminal {
            self.write("\r\(line)\u{1B}[K")
        } else if self.ticks.isMultiple(of: 10) {
            self.write("\(line)\n")
        }
    }

    /// Tells what troubled the viewers and was not told yet.
    func tellTroubles(of audience: Audience) async {
        let troubles = await audience.troubles
        for trouble in troubles.dropFirst(self.troublesTold) { self.tell("viewers: \(trouble)") }
        self.troublesTold = troubles.count
    }

    /// Makes room for what comes next.
    func end() {
        if self.isTerminal { self.write("\r\u{1B}[K") }
    }

    private func tell(_ trouble: String) {
        self.write("\(self.isTerminal ? "\r\u{1B}[K" : "")\(trouble)\n")
    }

    private func write(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
