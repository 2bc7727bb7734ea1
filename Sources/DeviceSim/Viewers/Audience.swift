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
    private let client: ClientConfiguration
    private let ledger: Ledger
    private var seats: [(viewer: Viewer, connection: ClientConnection)] = []
    private var pending = 0

    /// Viewers that may be on their way in at once.
    private static let pendingLimit = 100

    /// - Parameter clock: messages from before its run are a former run's.
    /// - Throws: if the relay's URL is none.
    init(_ settings: DeviceSimConfiguration, clock: RunClock) throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        self.eventLoop = eventLoop
        self.unownedExecutor = eventLoop.executor.asUnownedSerialExecutor()
        self.settings = settings
        self.client = try settings.viewers.client()
        self.ledger = Ledger(settings, clock: clock)
    }

    /// Begins to let the viewers in, a hundred at a time.
    func open() {
        while self.pending < Self.pendingLimit, self.seats.count < self.settings.viewers.count {
            self.pending += 1
            let following = self.settings.viewers.following(self.seats.count, of: self.settings.devices.count)
            let viewer = Viewer(
                self.ledger.verifier.join(following: following), subscription: self.subscription(to: following),
                ledger: self.ledger
            ) {
                self.pending -= 1
                self.open()
            }
            let connection = ClientConnection(self.client, on: self.eventLoop, delegate: viewer)
            self.seats.append((viewer, connection))
            connection.open()
        }
    }

    /// Whether every viewer is subscribed, or was told that it never will be.
    var isSeated: Bool {
        return self.seats.count == self.settings.viewers.count
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
            || self.ledger.verifier.isComplete { published($0, $1) }
    }

    /// Nothing more will come. Closes the connections.
    func close() {
        for seat in self.seats { seat.connection.close() }
    }

    /// Whether all connections are closed.
    var isClosed: Bool {
        return self.seats.allSatisfy(\.connection.isEnded)
    }

    /// What the viewers got, of what was published in all.
    /// - Parameter seconds: the time over which it was sent.
    func figures(of published: Published, seconds: Double) -> ViewerFigures {
        var verifier = self.ledger.verifier
        verifier.finish { published($0, $1) }
        return ViewerFigures(
            count: self.settings.viewers.count, connected: self.ledger.subscribed,
            connectFailures: self.ledger.connectFailures, reconnects: self.ledger.reconnects, tally: verifier.tally,
            seconds: seconds)
    }

    private func subscription(to following: Following) -> Arguments {
        let (naming, kinds) = (self.settings.devices.naming, self.settings.devices.profile.kinds)
        let filters: [JSON]
        if following.count == following.devices {
            filters = kinds.map { JSON("\(naming.prefix)/+/\($0.leaf)") }
        } else {
            let devices = (0..<following.count).map(following.device(at:))
            filters = devices.flatMap { device in kinds.map { JSON(naming.topic($0.leaf, of: device)) } }
        }
        guard let rate = self.settings.viewers.maxHz else { return Arguments(["subscribe", .array(filters)]) }
        // JSON has whole numbers here: no relay is asked for less than one per second.
        return Arguments(["subscribe", .array(filters), ["maxHz": JSON(max(1, Int(rate)))]])
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
        client.namespace = self.namespace
        client.reconnect = Backoff(initial: .milliseconds(500))
        return client
    }

    /// The devices that a viewer follows.
    fileprivate func following(_ viewer: Int, of devices: Int) -> Following {
        guard let count = self.follow, count < devices, devices > 0 else { return .all(of: devices) }
        return Following(first: viewer * count % devices, count: count, devices: devices)
    }
}
