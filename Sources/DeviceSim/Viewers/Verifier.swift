import Simulator
import Histogram

/// Proves from `seq` what the viewers got of what the devices sent: per viewer and topic nothing lost, nothing twice,
/// everything in order. And how long it took, from `ts`.
///
/// Publications of a topic have numbers without gaps: `seq` itself or, where faults were injected, what the
/// ``PublicationLog`` says. The first one that a viewer sees of a topic is its baseline: nothing before it is missed. From
/// there every number must come, once, in order, up to the last one published (``finish(published:lastSent:)``). Numbers
/// that the relay says it merged away (`skipped`) are counted apart, and so are those of an outage, which nobody can
/// deliver. One that comes after a later one is out of order, and no longer lost.
///
/// A value: it is fed and read on one event loop.
struct Verifier {
    /// What one viewer knows of one topic.
    private struct Progress {
        /// The highest number seen; 0 before the first.
        var highest: UInt32 = 0
        /// When that was meant to be sent, milliseconds since the run began.
        var newest: UInt32 = 0
        /// Whether the next message is a new baseline, because the viewer was away.
        var awaitsBaseline = false
    }

    /// Numbers that have not come: `lost` of them without a reason, `excused` with one, the others merged away.
    fileprivate struct Hole {
        var numbers: ClosedRange<UInt32>
        var lost: UInt32
        var excused: UInt32
    }

    private struct Viewer {
        let following: Following
        var progress: [Progress]
        /// By place in `progress`; only topics with holes are here.
        var holes: [Int: [Hole]] = [:]
    }

    /// A message as the run knows it.
    private struct Arrival {
        let number: UInt32
        let stamp: Stamp
        /// When it was meant to be sent, Unix microseconds, by a clock that is right.
        let sent: Int64
        /// Whether it was sent when it was meant to be.
        let isPunctual: Bool
    }

    /// Holes that are remembered per viewer and topic; what comes later to fill an older one counts as duplicated.
    static let holeLimit = 64

    private(set) var tally: Tally
    private var viewers: [Viewer] = []
    private let kinds: [MessageKind]
    private let runBegan: Int64
    private let plan: StagePlan?
    private let log: PublicationLog?
    private let outages: Outages?
    /// When the relay had the newest message known to be a former run's, by its clock.
    private var formerRun: Int64 = 0

    /// - Parameters:
    ///   - runBegan: Unix microseconds; messages from before are a former run's and only counted.
    ///   - plan: nil for a run that is one stage.
    ///   - log: nil where no faults are injected.
    ///   - outages: nil where no link is ever down.
    init(
        kinds: [MessageKind], runBegan: Int64, plan: StagePlan? = nil, log: PublicationLog? = nil,
        outages: Outages? = nil
    ) {
        self.kinds = kinds
        self.runBegan = runBegan
        self.plan = plan
        self.log = log
        self.outages = outages
        self.tally = Tally(stages: plan?.names.count ?? 1)
    }

    /// A new viewer, who sees nothing yet.
    /// - Returns: its number for the other calls.
    mutating func join(following: Following) -> Int {
        let progress = [Progress](repeating: Progress(), count: following.count * self.kinds.count)
        self.viewers.append(Viewer(following: following, progress: progress))
        return self.viewers.count - 1
    }

    /// The viewer was away and is back: what passed in between is not lost, each topic's next message is a new baseline.
    mutating func rejoin(_ viewer: Int) {
        guard self.viewers.indices.contains(viewer) else { return }
        for place in self.viewers[viewer].progress.indices {
            self.viewers[viewer].progress[place].awaitsBaseline = true
        }
        self.viewers[viewer].holes = [:]
    }

    /// A message came.
    /// - Parameter now: Unix microseconds.
    mutating func received(_ stamp: Stamp, by viewer: Int, now: Int64) {
        guard self.viewers.indices.contains(viewer), let place = self.place(of: stamp, for: viewer) else {
            self.tally.unexpected += 1
            return
        }
        let progress = self.viewers[viewer].progress[place]
        guard !self.isFormer(stamp), let arrival = self.arrival(stamp, after: progress.highest),
            arrival.sent >= self.runBegan
        else {
            self.tally.stale += 1
            return
        }
        let stage = self.plan?.stage(at: arrival.sent / 1000) ?? 0
        self.tally.countReceived(in: stage)
        let isFirst = progress.awaitsBaseline || progress.highest == 0
        if isFirst {
            self.see(arrival, viewer, place)
        } else if arrival.number > progress.highest {
            self.advance(viewer, place, to: arrival, in: stage)
        } else {
            self.fillHole(viewer, place, arrival.number)
        }
        // What a viewer is given when it comes is as old as it is; it says nothing about the way it took.
        let isSnapshot = isFirst && (progress.awaitsBaseline || arrival.number > 1)
        guard arrival.isPunctual, !isSnapshot else { return }
        self.tally.record(latency: now - arrival.sent, in: stage)
    }

    /// Whether a message is a former run's, whatever its devices' clocks said: it comes before the devices send, or the relay
    /// has had it no later than such a one.
    private mutating func isFormer(_ stamp: Stamp) -> Bool {
        if self.plan?.hasBegun != false { return stamp.at > 0 && stamp.at <= self.formerRun }
        self.formerRun = max(self.formerRun, stamp.at)
        return true
    }

    /// Something came of the fleet's topics that is no message of it.
    mutating func receivedMalformed() {
        self.tally.malformed += 1
    }

    /// A message of somebody else's topic.
    mutating func receivedForeign() {
        self.tally.foreign += 1
    }

    /// Notes how old the newest values are that the viewers have, of one in `stride` topics.
    /// - Parameter now: Unix microseconds.
    mutating func sampleStaleness(now: Int64, offset: Int, stride: Int) {
        var place = offset
        for viewer in self.viewers {
            while place < viewer.progress.count {
                let progress = viewer.progress[place]
                if progress.highest > 0 {
                    self.tally.staleness.recordClamped(now - self.runBegan - Int64(progress.newest) * 1000)
                }
                place += stride
            }
            place -= viewer.progress.count
        }
    }

    /// Topics, times viewers.
    var topics: Int {
        return self.viewers.reduce(0) { $0 + $1.progress.count }
    }

    /// Whether every viewer has the last message of every topic it follows, but for those that nobody can deliver.
    /// - Parameters:
    ///   - published: the number of messages published, by device and kind.
    ///   - lastSent: for when the last message was meant, Unix milliseconds, by device and kind.
    func isComplete(
        published: (Int, MessageKind) -> UInt64, lastSent: (Int, MessageKind) -> Int64 = { _, _ in .max }
    ) -> Bool {
        return self.viewers.allSatisfy { viewer in
            return viewer.progress.indices.allSatisfy { place in
                let (device, kind) = self.topic(at: place, of: viewer)
                let (highest, last) = (viewer.progress[place].highest, published(device, kind))
                return highest >= last
                    || self.excused(after: highest, upTo: last, device, kind, lastSent(device, kind))
                        >= last - UInt64(highest)
            }
        }
    }

    /// Nothing more will come: what was published and has not arrived is lost.
    mutating func finish(
        published: (Int, MessageKind) -> UInt64, lastSent: (Int, MessageKind) -> Int64 = { _, _ in .max }
    ) {
        for viewer in self.viewers {
            for place in viewer.progress.indices {
                let (device, kind) = self.topic(at: place, of: viewer)
                let (progress, last) = (viewer.progress[place], published(device, kind))
                self.noteAge(of: progress, atEnd: last, lastSent(device, kind))
                guard last > UInt64(progress.highest) else { continue }
                let excused = self.excused(after: progress.highest, upTo: last, device, kind, lastSent(device, kind))
                self.tally.excused += excused
                // Of what passed while a viewer was away it is owed the last value alone.
                let lost = min(last - UInt64(progress.highest) - excused, progress.awaitsBaseline ? 1 : .max)
                guard lost > 0 else { continue }
                self.tally.lost += lost
                self.tally.gaps += 1
                self.tally.behind += 1
                if progress.highest == 0 { self.tally.unseen += 1 }
            }
        }
    }

    private mutating func noteAge(of progress: Progress, atEnd last: UInt64, _ sent: Int64) {
        guard progress.highest > 0, sent < .max else { return }
        let newest = self.runBegan / 1000 + Int64(progress.newest)
        self.tally.stalenessAtEnd.recordClamped(last > UInt64(progress.highest) ? (sent - newest) * 1000 : 0)
    }

    /// How many of the last publications of a topic need not arrive: all of them if the very last was sent in an outage.
    private func excused(
        after highest: UInt32, upTo last: UInt64, _ device: Int, _ kind: MessageKind, _ sent: Int64
    ) -> UInt64 {
        if self.outages?.touch(device, sent...sent) == true { return last - UInt64(highest) }
        guard let log = self.log, let end = UInt32(exactly: last), end > highest else { return 0 }
        return UInt64(log.optional((highest + 1)...end, device, kind))
    }

    /// Which publication this is; nil if none that is known.
    private func arrival(_ stamp: Stamp, after highest: UInt32) -> Arrival? {
        guard let log = self.log else {
            return Arrival(number: stamp.sequence, stamp: stamp, sent: stamp.timestamp, isPunctual: true)
        }
        let found = log.find(stamp.sequence, stamp.device, stamp.kind, after: highest, skipped: stamp.skipped)
        guard let found else { return nil }
        return Arrival(
            number: found.number, stamp: stamp, sent: stamp.timestamp - found.publication.shift,
            isPunctual: !found.publication.isLate)
    }

    private mutating func see(_ arrival: Arrival, _ viewer: Int, _ place: Int) {
        self.viewers[viewer].progress[place] = Progress(
            highest: arrival.number, newest: UInt32(clamping: (arrival.sent - self.runBegan) / 1000))
    }

    private mutating func advance(_ viewer: Int, _ place: Int, to arrival: Arrival, in stage: Int) {
        let progress = self.viewers[viewer].progress[place]
        self.see(arrival, viewer, place)
        let missing = arrival.number - progress.highest - 1
        guard missing > 0 else { return }
        let numbers = (progress.highest + 1)...(arrival.number - 1)
        let declared = min(arrival.stamp.skipped, missing)
        let excused = min(missing - declared, self.excused(numbers, since: progress, until: arrival))
        let lost = missing - declared - excused
        self.tally.countSkipped(UInt64(declared), in: stage)
        self.tally.excused += UInt64(excused)
        self.tally.lost += UInt64(lost)
        if lost > 0 { self.tally.gaps += 1 }
        var holes = self.viewers[viewer].holes[place] ?? []
        if holes.count == Self.holeLimit { holes.removeFirst() }
        holes.append(Hole(numbers: numbers, lost: lost, excused: excused))
        self.viewers[viewer].holes[place] = holes
    }

    /// How many of these numbers may be missing.
    private func excused(_ numbers: ClosedRange<UInt32>, since progress: Progress, until arrival: Arrival) -> UInt32 {
        let (device, kind) = (arrival.stamp.device, arrival.stamp.kind)
        let before = self.runBegan / 1000 + Int64(progress.newest)
        let times = min(before, arrival.sent / 1000)...max(before, arrival.sent / 1000)
        if self.outages?.touch(device, times) == true { return .max }
        return self.log?.optional(numbers, device, kind) ?? 0
    }

    /// A number that is not above the highest: it fills a hole, or it is here for the second time.
    private mutating func fillHole(_ viewer: Int, _ place: Int, _ number: UInt32) {
        guard var holes = self.viewers[viewer].holes[place],
            let index = holes.firstIndex(where: { $0.numbers.contains(number) })
        else {
            self.tally.duplicated += 1
            return
        }
        self.tally.outOfOrder += 1
        var hole = holes.remove(at: index)
        if hole.lost > 0 {
            hole.lost -= 1
            self.tally.lost -= 1
        } else if hole.excused > 0 {
            hole.excused -= 1
            self.tally.excused -= 1
        } else {
            self.tally.skipped -= 1
        }
        holes.insert(contentsOf: hole.split(at: number), at: index)
        self.viewers[viewer].holes[place] = holes.isEmpty ? nil : holes
    }

    private func place(of stamp: Stamp, for viewer: Int) -> Int? {
        guard let kind = self.kinds.firstIndex(of: stamp.kind),
            let position = self.viewers[viewer].following.position(of: stamp.device)
        else { return nil }
        return position * self.kinds.count + kind
    }

    private func topic(at place: Int, of viewer: Viewer) -> (Int, MessageKind) {
        return (viewer.following.device(at: place / self.kinds.count), self.kinds[place % self.kinds.count])
    }
}

/// Which devices a viewer follows: `count` of them from `first` on, round the end of the fleet.
struct Following: Equatable, Sendable {
    let first: Int
    let count: Int
    let devices: Int

    /// Everything.
    static func all(of devices: Int) -> Following {
        return Following(first: 0, count: devices, devices: devices)
    }

    func position(of device: Int) -> Int? {
        guard (0..<self.devices).contains(device) else { return nil }
        let position = device >= self.first ? device - self.first : device - self.first + self.devices
        return position < self.count ? position : nil
    }

    func device(at position: Int) -> Int {
        return (self.first + position) % self.devices
    }
}

extension Verifier.Hole {
    /// The holes left when `number` has come. What is lost or excused stays with the first part as far as it fits.
    fileprivate func split(at number: UInt32) -> [Verifier.Hole] {
        var parts: [Verifier.Hole] = []
        var (lost, excused) = (self.lost, self.excused)
        let ranges = [(self.numbers.lowerBound, number), (number + 1, self.numbers.upperBound + 1)]
        for (low, end) in ranges where low < end {
            let lostHere = min(lost, end - low)
            let excusedHere = min(excused, end - low - lostHere)
            lost -= lostHere
            excused -= excusedHere
            parts.append(Verifier.Hole(numbers: low...(end - 1), lost: lostHere, excused: excusedHere))
        }
        return parts
    }
}
