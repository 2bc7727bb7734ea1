import Simulator
import Histogram

/// Proves from `seq` what the viewers got of what the devices sent: per viewer and topic nothing lost, nothing twice,
/// everything in order. And how long it took, from `ts`.
///
/// The first message a viewer sees of a topic is its baseline: nothing before it is missed. From there every number must
/// come, once, in order, up to the last one published (``finish(published:)``). Numbers the relay says it merged away
/// (`skipped`) are counted apart. One that comes after a later one is out of order, and no longer lost.
///
/// A value: it is fed and read on one event loop, and those of several loops are added up (``Tally/add(_:)``).
struct Verifier {
    /// What one viewer knows of one topic.
    private struct Progress {
        /// The highest number seen; 0 before the first.
        var highest: UInt32 = 0
        /// Whether the next message is a new baseline, because the viewer was away.
        var awaitsBaseline = false
    }

    /// Numbers that have not come, `undeclared` of which the relay did not call skipped.
    fileprivate struct Hole {
        var numbers: ClosedRange<UInt32>
        var undeclared: UInt32
    }

    private struct Viewer {
        let following: Following
        var progress: [Progress]
        /// By place in `progress`; only topics with holes are here.
        var holes: [Int: [Hole]] = [:]
    }

    /// Holes that are remembered per viewer and topic; what comes later to fill an older one counts as duplicated.
    static let holeLimit = 64

    private(set) var tally = Tally()
    private var viewers: [Viewer] = []
    private let kinds: [MessageKind]
    private let runBegan: Int64

    /// - Parameter runBegan: Unix microseconds; messages from before are a former run's and only counted.
    init(kinds: [MessageKind], runBegan: Int64) {
        self.kinds = kinds
        self.runBegan = runBegan
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
        guard stamp.timestamp >= self.runBegan else {
            self.tally.stale += 1
            return
        }
        guard self.viewers.indices.contains(viewer), let place = self.place(of: stamp, for: viewer) else {
            self.tally.unexpected += 1
            return
        }
        self.tally.received += 1
        let progress = self.viewers[viewer].progress[place]
        let isBaselineAgain = progress.awaitsBaseline && progress.highest > 0
        if progress.awaitsBaseline || progress.highest == 0 {
            self.viewers[viewer].progress[place] = Progress(highest: stamp.sequence)
        } else if stamp.sequence > progress.highest {
            self.advance(viewer, place, to: stamp, from: progress.highest)
        } else {
            self.fillHole(viewer, place, stamp.sequence)
        }
        // What a viewer is given on its return is as old as it is; it says nothing about the way it took.
        guard !isBaselineAgain else { return }
        self.tally.latency.recordClamped(now - stamp.timestamp)
    }

    /// Something came that is no message of the fleet.
    mutating func receivedMalformed() {
        self.tally.malformed += 1
    }

    /// Whether every viewer has the last message of every topic it follows.
    /// - Parameter published: the number of messages published, by device and kind.
    func isComplete(published: (Int, MessageKind) -> UInt64) -> Bool {
        return self.viewers.allSatisfy { viewer in
            return viewer.progress.indices.allSatisfy { place in
                let (device, kind) = self.topic(at: place, of: viewer)
                return viewer.progress[place].highest >= published(device, kind)
            }
        }
    }

    /// Nothing more will come: what was published and has not arrived is lost.
    mutating func finish(published: (Int, MessageKind) -> UInt64) {
        for viewer in self.viewers {
            for place in viewer.progress.indices {
                let (device, kind) = self.topic(at: place, of: viewer)
                let last = published(device, kind)
                let progress = viewer.progress[place]
                guard last > UInt64(progress.highest) else { continue }
                if progress.highest == 0 { self.tally.unseen += 1 }
                // Of what passed while a viewer was away it is owed the last value alone.
                self.tally.lost += progress.awaitsBaseline ? 1 : last - UInt64(progress.highest)
            }
        }
    }

    private mutating func advance(_ viewer: Int, _ place: Int, to stamp: Stamp, from highest: UInt32) {
        self.viewers[viewer].progress[place].highest = stamp.sequence
        let missing = stamp.sequence - highest - 1
        guard missing > 0 else { return }
        let declared = min(stamp.skipped, missing)
        self.tally.skipped += UInt64(declared)
        self.tally.lost += UInt64(missing - declared)
        var holes = self.viewers[viewer].holes[place] ?? []
        if holes.count == Self.holeLimit { holes.removeFirst() }
        holes.append(Hole(numbers: (highest + 1)...(stamp.sequence - 1), undeclared: missing - declared))
        self.viewers[viewer].holes[place] = holes
    }

    /// A number that is not above the highest: it fills a hole, or it is here for the second time.
    private mutating func fillHole(_ viewer: Int, _ place: Int, _ sequence: UInt32) {
        guard var holes = self.viewers[viewer].holes[place],
            let index = holes.firstIndex(where: { $0.numbers.contains(sequence) })
        else {
            self.tally.duplicated += 1
            return
        }
        self.tally.outOfOrder += 1
        var hole = holes.remove(at: index)
        if hole.undeclared > 0 {
            hole.undeclared -= 1
            self.tally.lost -= 1
        } else {
            self.tally.skipped -= 1
        }
        holes.insert(contentsOf: hole.split(at: sequence), at: index)
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
    /// The holes left when `number` has come. What was undeclared stays with the first part as far as it fits.
    fileprivate func split(at number: UInt32) -> [Verifier.Hole] {
        var parts: [Verifier.Hole] = []
        var undeclared = self.undeclared
        let ranges = [(self.numbers.lowerBound, number), (number + 1, self.numbers.upperBound + 1)]
        for (low, end) in ranges where low < end {
            let share = min(undeclared, end - low)
            undeclared -= share
            parts.append(Verifier.Hole(numbers: low...(end - 1), undeclared: share))
        }
        return parts
    }
}
