import Simulator
import NIOCore
import NIOPosix
import SocketIO
import SocketIOClient

/// All viewers, live, on one event loop, which is the actor's executor: their connections call nothing across threads.
actor Audience {
    private let eventLoop: any EventLoop
    nonisolated let unownedExecutor: UnownedSerialExecutor

    private let settings: DeviceSimConfiguration
    private let roster: Roster
    private let client: ClientConfiguration
    private let ledger: Ledger
    private let clock: RunClock
    private var seats: [(viewer: Viewer, connection: ClientConnection)] = []
    private var pending = 0
    /// Viewers that may be seated by now.
    private var admitted = 0
    private var samples = 0
    private var isClosing = false

    /// Viewers that may be on their way in at once.
    private static let pendingLimit = 100
    /// Topics, times viewers, that a sample of the staleness looks at.
    private static let sampleSize = 20_000

    /// - Parameter clock: messages from before its run are a former run's.
    /// - Throws: if the relay's URL is none.
    init(
        _ settings: DeviceSimConfiguration, plan: StagePlan, clock: RunClock, log: PublicationLog?, outages: Outages
    ) throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        self.eventLoop = eventLoop
        self.unownedExecutor = eventLoop.executor.asUnownedSerialExecutor()
        self.settings = settings
        self.roster = Roster(settings)
        self.client = try settings.viewers.client()
        self.clock = clock
        self.ledger = Ledger(self.roster, plan: plan, clock: clock, log: log, outages: outages)
    }

    /// Begins to let in those who are to be there from the beginning, a hundred at a time.
    func open() {
        self.admit(self.settings.viewers.early)
    }

    /// The run begins: lets the others in when their time comes.
    func openToLate() {
        let viewers = self.settings.viewers
        let late = viewers.count - viewers.early
        for number in 0..<late {
            let delay = viewers.lateAfter + viewers.lateRamp * Double(number) / Double(late)
            let admitted = viewers.early + number + 1
            self.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) { self.admit(admitted) }
        }
    }

    private func admit(_ count: Int) {
        guard !self.isClosing else { return }
        self.admitted = max(self.admitted, count)
        self.seatNext()
    }

    private func seatNext() {
        while self.pending < Self.pendingLimit, self.seats.count < self.admitted {
            self.pending += 1
            let number = self.seats.count
            let following = self.settings.viewers.following(number, of: self.roster.count)
            let manners = self.settings.viewers.manners(of: number)
            let viewer = Viewer(
                self.ledger.verifier.join(following: following),
                subscription: self.subscription(to: following, of: number), ledger: self.ledger,
                pace: ReadingPace(manners)
            ) {
                self.pending -= 1
                self.seatNext()
            }
            var client = self.client
            client.receiveBufferBytes = manners.receiveBufferBytes
            let connection = ClientConnection(client, on: self.eventLoop, delegate: viewer)
            self.seats.append((viewer, connection))
            connection.open()
            viewer.pace.begin(connection)
        }
    }

    /// Nothing more is sent: whoever read slowly reads on as fast as it can.
    func hurry() {
        for seat in self.seats { seat.viewer.pace.end(seat.connection) }
    }

    /// Looks at how old the values are that the viewers have. Call once a second.
    func sampleStaleness() {
        let stride = max(1, self.ledger.verifier.topics / Self.sampleSize)
        self.ledger.verifier.sampleStaleness(now: self.clock.now, offset: self.samples % stride, stride: stride)
        self.samples += 1
    }

    /// Whether every viewer is subscribed, or was told that it never will be.
    var isSeated: Bool {
        return self.seats.count == self.admitted
            && self.seats.allSatisfy { $0.viewer.isSubscribed || $0.viewer.isRefused || $0.connection.isEnded }
    }

    /// Viewers that are in, and messages received.
    var progress: (subscribed: Int, received: UInt64) {
        return (self.ledger.subscribed, self.ledger.verifier.tally.received)
    }

    /// What was wrong, in words, the first few times.
    var troubles: [String] {
        return self.ledger.troubles
    }

    /// Whether everything published has arrived, or there is nobody left for it to arrive at.
    func isComplete(_ published: Published) -> Bool {
        return self.seats.allSatisfy { $0.viewer.isRefused || $0.connection.isEnded }
            || self.ledger.verifier.isComplete(
                published: { published($0, $1) }, lastSent: { published.lastSent($0, $1) })
    }

    /// Nothing more will come. Closes the connections.
    func close() {
        self.isClosing = true
        for seat in self.seats { seat.connection.close() }
    }

    /// Whether all connections are closed.
    var isClosed: Bool {
        return self.seats.allSatisfy(\.connection.isEnded)
    }

    /// What the viewers got, of what was published in all.
    /// - Parameter seconds: the time over which it was sent.
    func figures(of published: Published, seconds: Double) -> (figures: ViewerFigures, tally: Tally) {
        var verifier = self.ledger.verifier
        verifier.finish(published: { published($0, $1) }, lastSent: { published.lastSent($0, $1) })
        let figures = ViewerFigures(
            count: self.admitted, connected: self.ledger.subscribed,
            connectFailures: self.ledger.connectFailures, reconnects: self.ledger.reconnects, tally: verifier.tally,
            seconds: seconds)
        return (figures, verifier.tally)
    }

    private func subscription(to following: Following, of number: Int) -> Arguments {
        let filters: [JSON]
        if following.count == following.devices {
            filters = self.roster.filters.map { JSON($0) }
        } else {
            filters = (0..<following.count).map(following.device(at:)).flatMap { device in
                let kinds = self.roster.groups[self.roster.group(of: device)].devices.profile.kinds
                return kinds.map { JSON(self.roster.topic($0.leaf, of: device)) }
            }
        }
        let rate = self.settings.viewers.rate(of: number)
        guard rate > 0 else { return Arguments(["subscribe", .array(filters)]) }
        // JSON has whole numbers here: no relay is asked for less than one per second.
        return Arguments(["subscribe", .array(filters), ["maxHz": JSON(max(1, Int(rate)))]])
    }
}

extension Roster {
    /// Everything that the devices send, each topic once.
    fileprivate var filters: [String] {
        var filters: [String] = []
        for group in self.groups {
            for kind in group.devices.profile.kinds {
                let filter = "\(group.devices.naming.prefix)/+/\(kind.leaf)"
                if !filters.contains(filter) { filters.append(filter) }
            }
        }
        return filters
    }
}

extension DeviceSimConfiguration.Viewers {
    /// How a viewer connects.
    fileprivate func client() throws(ImpossibleSetting) -> ClientConfiguration {
        var client: ClientConfiguration
        do {
            client = try ClientConfiguration(url: self.url)
        } catch {
            throw ImpossibleSetting(name: "viewers.url (--url)", problem: "\(error)")
        }
        client.path = self.path
        client.namespace = self.namespace
        client.reconnect = Backoff(initial: .milliseconds(500))
        return client
    }

    /// Viewers that are there from the beginning.
    fileprivate var early: Int {
        return self.count - Int((Double(self.count) * self.late).rounded())
    }

    /// Values per second and topic that a viewer asks for; 0 for no wish.
    fileprivate func rate(of viewer: Int) -> Double {
        return self.maxHz.isEmpty ? 0 : self.maxHz[viewer % self.maxHz.count]
    }

    /// How a viewer reads. The slow and the stalling are spread over all, and stall one after the other.
    fileprivate func manners(of viewer: Int) -> Manners {
        func crosses(_ part: Double) -> Bool {
            return (Double(viewer + 1) * part).rounded(.down) > (Double(viewer) * part).rounded(.down)
        }
        let isSlow = crosses(self.slow)
        if crosses(self.slow + self.stalled), !isSlow {
            let first = self.stallEvery * Double(viewer) / Double(max(1, self.count))
            return .stalling(
                pause: TimeAmount(self.stallFor), every: TimeAmount(self.stallEvery), first: TimeAmount(first))
        }
        return isSlow ? .slow(bytes: self.slowBytes) : .eager
    }

    /// The devices that a viewer follows.
    fileprivate func following(_ viewer: Int, of devices: Int) -> Following {
        guard let count = self.follow, count < devices, devices > 0 else { return .all(of: devices) }
        return Following(first: viewer * count % devices, count: count, devices: devices)
    }
}
