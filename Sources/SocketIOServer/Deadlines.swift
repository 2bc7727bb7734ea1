import EngineIO
import NIOCore
import NIOWebSocket

/// All the times of one loop's clients: pings, pongs, upgrades, first namespaces, last answers, idle HTTP, streams, plain
/// WebSockets. Each kind lies the same time ahead when it is set, so each is a queue, and one timer serves them all.
final class Deadlines {
    private var pings: DeadlineQueue<EngineConnection>
    private var pongs: DeadlineQueue<(EngineConnection, heartbeat: UInt32)>
    private var upgrades: DeadlineQueue<(EngineConnection, WebSocketHandler)>
    private var namespaces: DeadlineQueue<Client>
    private var farewells: DeadlineQueue<(SessionID, Shard)>
    private var requests: DeadlineQueue<(HTTPHandler, activity: UInt32)>
    private var streams: DeadlineQueue<ResponseStream>
    private var webSocketPings: DeadlineQueue<WebSocketHandler>
    private var webSocketPongs: DeadlineQueue<(WebSocketHandler, heartbeat: UInt32)>

    private let eventLoop: any EventLoop
    private var timer: (task: Scheduled<Void>, deadline: NIODeadline)?
    private var isStopped = false

    init(eventLoop: any EventLoop, configuration: ServerConfiguration) {
        self.eventLoop = eventLoop
        self.pings = DeadlineQueue(delay: configuration.pingInterval)
        self.pongs = DeadlineQueue(delay: configuration.pingTimeout)
        self.upgrades = DeadlineQueue(delay: configuration.upgradeTimeout)
        self.namespaces = DeadlineQueue(delay: configuration.connectTimeout)
        self.farewells = DeadlineQueue(delay: configuration.pingTimeout)
        self.requests = DeadlineQueue(delay: configuration.requestTimeout)
        self.streams = DeadlineQueue(delay: configuration.keepAliveInterval)
        self.webSocketPings = DeadlineQueue(delay: configuration.pingInterval)
        self.webSocketPongs = DeadlineQueue(delay: configuration.pingTimeout)
    }

    func ping(_ connection: EngineConnection) {
        self.pings.append(connection, now: .now())
        self.arm()
    }

    func pong(_ connection: EngineConnection) {
        self.pongs.append((connection, connection.heartbeat), now: .now())
        self.arm()
    }

    func ping(_ webSocket: WebSocketHandler) {
        self.webSocketPings.append(webSocket, now: .now())
        self.arm()
    }

    func pong(_ webSocket: WebSocketHandler) {
        self.webSocketPongs.append((webSocket, webSocket.heartbeat), now: .now())
        self.arm()
    }

    func upgrade(_ connection: EngineConnection, _ webSocket: WebSocketHandler) {
        self.upgrades.append((connection, webSocket), now: .now())
        self.arm()
    }

    func namespace(_ client: Client) {
        self.namespaces.append(client, now: .now())
        self.arm()
    }

    func farewell(_ id: SessionID, of shard: Shard) {
        self.farewells.append((id, shard), now: .now())
        self.arm()
    }

    func request(_ handler: HTTPHandler) {
        self.requests.append((handler, handler.activity), now: .now())
        self.arm()
    }

    func look(after stream: ResponseStream) {
        self.streams.append(stream, now: .now())
        self.arm()
    }

    func stop() {
        self.isStopped = true
        self.timer?.task.cancel()
        self.timer = nil
    }

    /// Sees to it that the timer fires at the earliest deadline.
    private func arm() {
        let next = [
            self.pings.next, self.pongs.next, self.upgrades.next, self.namespaces.next, self.farewells.next,
            self.requests.next, self.streams.next, self.webSocketPings.next, self.webSocketPongs.next,
        ].compactMap(\.self).min()
        guard let next, !self.isStopped else { return }
        if let timer {
            guard next < timer.deadline else { return }
            timer.task.cancel()
        }
        let task = self.eventLoop.assumeIsolated().scheduleTask(deadline: next) { self.sweep() }
        self.timer = (task, next)
    }

    private func sweep() {
        self.timer = nil
        let now = NIODeadline.now()
        while let connection = self.pings.popDue(now: now) { connection.ping() }
        while let (connection, heartbeat) = self.pongs.popDue(now: now) { connection.pongOverdue(heartbeat) }
        while let webSocket = self.webSocketPings.popDue(now: now) { webSocket.ping() }
        while let (webSocket, heartbeat) = self.webSocketPongs.popDue(now: now) { webSocket.pongOverdue(heartbeat) }
        while let (connection, webSocket) = self.upgrades.popDue(now: now) { connection.upgradeTimedOut(webSocket) }
        while let client = self.namespaces.popDue(now: now) { client.connectTimedOut() }
        while let (id, shard) = self.farewells.popDue(now: now) { shard.dropFarewell(for: id) }
        while let (handler, activity) = self.requests.popDue(now: now) {
            if handler.closeIfIdle(since: activity) { self.requests.append((handler, handler.activity), now: now) }
        }
        while let stream = self.streams.popDue(now: now) {
            if stream.look(now: now) { self.streams.append(stream, now: now) }
        }
        self.arm()
    }
}

extension Shard {
    func schedulePing(of connection: EngineConnection) { self.deadlines.ping(connection) }
    func expectPong(from connection: EngineConnection) { self.deadlines.pong(connection) }
    func expectNamespace(from client: Client) { self.deadlines.namespace(client) }
    func expectUpgrade(of connection: EngineConnection, _ webSocket: WebSocketHandler) {
        self.deadlines.upgrade(connection, webSocket)
    }
}
