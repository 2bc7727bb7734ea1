import NIOCore
import NIOWebSocket
import SocketIO
import SocketIOServer

/// The clients of one chat namespace on one event loop: which of them is in which room, and hence who hears what a room tells.
final class ChatClients {
    let settings: RelayConfiguration.Chat
    let network: ChatNetwork
    let shard: Shard
    private var memberships: [UInt64: ChatMembership] = [:]
    /// Those whom their room has let in, by the room.
    private var audiences: [ChatAddress: [UInt64: ChatMembership]] = [:]
    private var webSockets: [ObjectIdentifier: ChatWebSocket] = [:]
    private var touched: [ChatWebSocket] = []
    private var lastNumber: UInt64 = 0
    private var counts = ChatMetrics()

    init(_ settings: RelayConfiguration.Chat, network: ChatNetwork, shard: Shard) {
        self.settings = settings
        self.network = network
        self.shard = shard
    }

    /// What the clients of this loop were counted for, with what there is now.
    var metrics: ChatMetrics {
        var metrics = self.counts
        metrics.webSockets = self.webSockets.count
        return metrics
    }

    // MARK: Memberships

    /// A client is on its way into a room.
    func makeMembership(of client: ChatClient, in address: ChatAddress) -> ChatMembership {
        self.lastNumber += 1
        let key = ChatMemberKey(loop: self.shard.index, number: self.lastNumber)
        let membership = ChatMembership(key, in: address, of: client)
        self.memberships[key.number] = membership
        return membership
    }

    /// The client is gone; what its room still tells it is passed over.
    func forget(_ membership: ChatMembership) {
        self.memberships[membership.key.number] = nil
        self.dismiss(membership)
    }

    private func dismiss(_ membership: ChatMembership) {
        guard self.audiences[membership.address]?.removeValue(forKey: membership.key.number) != nil else { return }
        if self.audiences[membership.address]?.isEmpty == true { self.audiences[membership.address] = nil }
    }

    func receive(_ deliveries: [ChatDelivery]) {
        for delivery in deliveries { self.receive(delivery) }
    }

    private func receive(_ delivery: ChatDelivery) {
        switch delivery {
        case .admitted(let key, let reply, let welcome):
            guard let membership = self.memberships[key.number] else { return }
            membership.pendingJoins -= 1
            self.audiences[membership.address, default: [:]][key.number] = membership
            reply?.value(.ok(welcome))
        case .refused(let key, let reply, let refusal):
            self.memberships[key.number]?.pendingJoins -= 1
            self.forgetIfOutside(key)
            reply?.value(.refused(refusal))
        case .departed(let key, let reply, let event):
            guard let membership = self.memberships[key.number] else { return }
            self.dismiss(membership)
            self.forgetIfOutside(key)
            if let event { membership.client.receive(event) }
            reply?.value(.ok(["ok": true]))
        case .answer(let reply, let answer): reply.value(answer)
        case .event(let event, let address, let except): self.tell(event, in: address, except: except)
        }
    }

    private func tell(_ event: ChatEvent, in address: ChatAddress, except: ChatMemberKey?) {
        guard let audience = self.audiences[address] else { return }
        let excepted = except?.loop == self.shard.index ? except?.number : nil
        for (number, membership) in audience where number != excepted { membership.client.receive(event) }
    }

    /// A client that is not in a room, and not on its way there, has no membership.
    private func forgetIfOutside(_ key: ChatMemberKey) {
        guard let membership = self.memberships[key.number], membership.pendingJoins == 0,
            self.audiences[membership.address]?[key.number] == nil
        else { return }
        self.memberships[key.number] = nil
        membership.client.forget(membership)
    }

    // MARK: Plain WebSockets

    func opened(_ webSocket: ChatWebSocket) {
        self.webSockets[ObjectIdentifier(webSocket)] = webSocket
    }

    func closed(_ webSocket: ChatWebSocket, _ end: ChatMetrics.WebSocketEnd) {
        guard self.webSockets.removeValue(forKey: ObjectIdentifier(webSocket)) != nil else { return }
        self.counts.webSocketsClosed[end, default: 0] += 1
    }

    /// Has what was written to the WebSocket leave at the end of this turn of the loop, however much it is; called once a turn.
    func touch(_ webSocket: ChatWebSocket) {
        self.touched.append(webSocket)
        guard self.touched.count == 1 else { return }
        self.shard.eventLoop.assumeIsolated().execute { self.flushTouched() }
    }

    private func flushTouched() {
        let touched = self.touched
        self.touched.removeAll(keepingCapacity: touched.count < 4_096)
        for webSocket in touched { webSocket.flush() }
    }

    /// The server is about to stop.
    func stop() {
        for webSocket in Array(self.webSockets.values) { webSocket.close(.goingAway, .stopping) }
    }

    /// A WebSocket found no place.
    func countRefusedWebSocket() {
        self.counts.webSocketsClosed[.refused, default: 0] += 1
    }

    /// A message was refused before any room saw it.
    func countRefusedMessage() {
        self.counts.messages[.refused, default: 0] += 1
    }
}

/// One client in one room, or on its way there. Lives on the client's loop.
final class ChatMembership {
    let key: ChatMemberKey
    let address: ChatAddress
    /// Lets go of its memberships when it goes.
    let client: ChatClient
    /// Joins, changes of name among them, that the room has not answered.
    var pendingJoins = 0

    init(_ key: ChatMemberKey, in address: ChatAddress, of client: ChatClient) {
        self.key = key
        self.address = address
        self.client = client
    }
}
