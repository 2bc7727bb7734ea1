import EngineIO
package import NIOCore

/// One event loop's share of the server: its connections, their sockets and rooms. Everything in it happens on that
/// loop, so nothing in it is locked; other threads reach it through its mailbox.
package final class Shard {
    package let index: Int
    package let eventLoop: any EventLoop
    package let configuration: ServerConfiguration
    /// All shards, this one included: where broadcasts go.
    package let hub: Hub
    var metrics = ServerMetrics()
    /// What this loop has counted so far, and what waits on it now.
    package var currentMetrics: ServerMetrics {
        var metrics = self.metrics
        metrics.bytesQueued = self.connections.values.reduce(0) { $0 + $1.queuedBytes }
        return metrics
    }
    /// What the program made for this loop.
    package internal(set) var application: (any Application)?

    private var connections: [SessionID: EngineConnection] = [:]
    /// Last answers to polling clients that were between two polls when they were closed.
    private var farewells: [SessionID: Farewell] = [:]
    private var namespaces: [String: Namespace] = [:]
    private var touched: [EngineConnection] = []
    private var touchedStreams: [ResponseStream] = []
    private var flushIsScheduled = false
    private var lastAckID: UInt64 = 0
    private var random = SystemRandomNumberGenerator()
    private(set) var isStopping = false
    let deadlines: Deadlines

    init(index: Int, eventLoop: any EventLoop, configuration: ServerConfiguration, hub: Hub) {
        self.index = index
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.hub = hub
        self.deadlines = Deadlines(eventLoop: eventLoop, configuration: configuration)
    }

    // MARK: Turns

    /// Has the connection flushed once at the end of this turn of the loop, however much is sent to it.
    func touch(_ connection: EngineConnection) {
        guard !connection.isTouched else { return }
        connection.isTouched = true
        self.touched.append(connection)
        self.scheduleFlush()
    }

    /// The same for an answer that goes on; called once a turn.
    func touch(_ stream: ResponseStream) {
        self.touchedStreams.append(stream)
        self.scheduleFlush()
    }

    private func scheduleFlush() {
        guard !self.flushIsScheduled else { return }
        self.flushIsScheduled = true
        self.eventLoop.assumeIsolated().execute { self.flushTouched() }
    }

    func flushTouched() {
        self.flushIsScheduled = false
        let touched = self.touched
        self.touched.removeAll(keepingCapacity: touched.count < 4_096)
        for connection in touched { connection.flush() }
        guard !self.touchedStreams.isEmpty else { return }
        let streams = self.touchedStreams
        self.touchedStreams.removeAll(keepingCapacity: streams.count < 4_096)
        for stream in streams { stream.flush() }
    }

    // MARK: Connections

    func handshake(for id: SessionID, transport: SessionStateMachine.Transport) -> Handshake {
        Handshake(
            sid: id, upgrades: transport == .polling ? ["websocket"] : [],
            pingInterval: Int(self.configuration.pingInterval.nanoseconds / 1_000_000),
            pingTimeout: Int(self.configuration.pingTimeout.nanoseconds / 1_000_000),
            maxPayload: self.configuration.maximumPayload)
    }

    func connection(_ id: SessionID) -> EngineConnection? {
        self.connections[id]
    }

    /// A new session; nil when there are as many as there may be.
    func makeConnection(
        _ request: HandshakeRequest, at endpoint: Endpoint, transport: SessionStateMachine.Transport
    ) -> EngineConnection? {
        guard !self.isStopping, self.hub.connectionOpened() else { return nil }
        let id = SessionID(shard: self.index, using: &self.random)
        let connection = EngineConnection(
            id: id, shard: self, request: request, endpoint: endpoint, transport: transport)
        self.connections[id] = connection
        self.metrics.connectionsOpened += 1
        self.metrics.connectionsOpen += 1
        self.schedulePing(of: connection)
        return connection
    }

    /// Counts a client that has no session, such as an answer that goes on, among those that may be at once.
    /// - Returns: false when there are as many as there may be; else `releaseClient` is owed.
    package func admitClient() -> Bool {
        !self.isStopping && self.hub.connectionOpened()
    }

    package func releaseClient() {
        self.hub.connectionClosed()
    }

    func closed(_ connection: EngineConnection, _ reason: CloseReason) {
        guard self.connections.removeValue(forKey: connection.id) != nil else { return }
        self.hub.connectionClosed()
        self.metrics.connectionsOpen -= 1
        self.metrics.connectionsClosed[reason, default: 0] += 1
    }

    /// Keeps what a client is to hear at its next poll, its last, for as long as it could take to answer a ping. There
    /// are no more of them than there may be sessions.
    func keep(_ farewell: Farewell, for id: SessionID) {
        guard !self.isStopping, self.farewells.count < self.configuration.maximumConnections else { return }
        self.farewells[id] = farewell
        self.deadlines.farewell(id, of: self)
    }

    /// The last answer for a session that has ended, once.
    func takeFarewell(for id: SessionID, at endpoint: Endpoint) -> ByteBuffer? {
        guard let farewell = self.farewells[id], farewell.endpoint == endpoint else { return nil }
        self.farewells[id] = nil
        return farewell.body
    }

    func dropFarewell(for id: SessionID) {
        self.farewells[id] = nil
    }

    /// Tells every client that the server stops, and takes no more.
    func stop() {
        self.isStopping = true
        self.application?.stopping()
        for connection in Array(self.connections.values) { connection.close(.serverShuttingDown) }
        self.deadlines.stop()
    }

    // MARK: Namespaces

    /// The namespace of this name, made by the application when the first client comes; nil when there is none.
    func namespace(named name: String) -> Namespace? {
        if let namespace = self.namespaces[name] { return namespace }
        guard let handler = self.application?.namespace(named: name) else { return nil }
        let namespace = Namespace(name: name, shard: self, handler: handler)
        self.namespaces[name] = namespace
        return namespace
    }

    func removeNamespace(_ namespace: Namespace) {
        guard self.namespaces[namespace.name] === namespace else { return }
        self.namespaces[namespace.name] = nil
        namespace.handler.closed()
    }

    func removeNamespaceIfEmpty(_ namespace: Namespace) {
        if namespace.socketCount == 0 { self.removeNamespace(namespace) }
    }

    /// The namespace of this name if a client is in it.
    package func liveNamespace(named name: String) -> Namespace? {
        self.namespaces[name]
    }

    /// Sockets by namespace.
    package var socketCounts: [String: Int] { self.namespaces.mapValues(\.socketCount) }

    func makeSocketID() -> String {
        SessionID.socketID(using: &self.random)
    }

    /// An odd number for an event of one socket; broadcasts take the even ones. Some clients read them as Int32.
    func nextAckID() -> UInt64 {
        self.lastAckID = (self.lastAckID + 2) & 0x3fff_ffff
        return self.lastAckID | 1
    }
}

/// The body of a polling session's last answer.
struct Farewell {
    let body: ByteBuffer
    let endpoint: Endpoint
}

@available(*, unavailable)
extension Shard: Sendable {}
