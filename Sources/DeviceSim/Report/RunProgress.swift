import MQTT
import Simulator

/// What the progress line of a run says: how many are online, what was published and received since a second ago, and
/// what troubles them.
actor RunProgress {
    private var line: ProgressLine
    private var lastPublished: UInt64 = 0
    private var lastReceived: UInt64 = 0
    private var lastTrouble: LinkDownReason?
    private var troublesTold = 0

    init(isQuiet: Bool) {
        self.line = ProgressLine(isQuiet: isQuiet)
    }

    /// Call once a second.
    func show(_ fleet: Fleet, _ audience: Audience?) async {
        if let trouble = await fleet.trouble, trouble != self.lastTrouble {
            self.lastTrouble = trouble
            self.line.tell("broker: \(trouble)")
        }
        let (online, published, stage) = await fleet.progress
        var text = stage.isEmpty ? "" : "\(stage)  "
        text += "\(online) online  \(published) published  \(published - self.lastPublished)/s"
        self.lastPublished = published
        if let audience {
            await self.tellTroubles(of: audience)
            let (subscribed, received) = await audience.progress
            text += "  \(subscribed) viewers  \(received) received  \(received - self.lastReceived)/s"
            self.lastReceived = received
        }
        self.line.show(text)
    }

    /// Tells what troubled the viewers and was not told yet.
    func tellTroubles(of audience: Audience) async {
        let troubles = await audience.troubles
        for trouble in troubles.dropFirst(self.troublesTold) { self.line.tell("viewers: \(trouble)") }
        self.troublesTold = troubles.count
    }

    /// Makes room for what comes next.
    func end() {
        self.line.end()
    }
}
