import Simulator

/// What the progress line of a run says: who plays, what was sent and received since a second ago, and what is wrong.
actor RunProgress {
    private let shards: [Shard]
    private var line: ProgressLine
    private var last = Shard.Progress()
    private var troublesTold: Set<String> = []

    init(_ shards: [Shard], isQuiet: Bool) {
        self.shards = shards
        self.line = ProgressLine(isQuiet: isQuiet)
    }

    /// Call once a second.
    func show() async {
        var now = Shard.Progress()
        for shard in self.shards {
            let progress = await shard.progress
            now.playersInside += progress.playersInside
            now.rooms += progress.rooms
            now.sent += progress.sent
            now.received += progress.received
            now.violations += progress.violations
            for trouble in progress.troubles where self.troublesTold.insert(trouble).inserted {
                self.line.tell("players: \(trouble)")
            }
        }
        self.line.show(
            "\(now.rooms) rooms  \(now.playersInside) players  \(now.sent - self.last.sent) moves/s  "
                + "\(now.received - self.last.received) frames/s  \(now.violations) violations")
        self.last = now
    }

    /// Makes room for what comes next.
    func end() {
        self.line.end()
    }
}
