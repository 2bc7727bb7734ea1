import NIOCore
import SocketIO
import SocketIOServer

/// What carries a client of a chat namespace. Lives on the client's loop.
protocol ChatConnection: AnyObject {
    var form: ChatForm { get }
    /// Sends something that a room tells; what is not in the connection's form is not for it.
    func send(_ event: ChatEvent)
}

/// One client of a chat namespace: what it may still send, and which rooms it is in.
final class ChatClient {
    private let namespace: String
    private let connection: any ChatConnection
    private let clients: ChatClients
    private var budget: ChatBudget
    /// By the room's name.
    private var rooms: [String: ChatMembership] = [:]

    /// - Parameter namespace: as the client named it.
    init(of namespace: String, over connection: any ChatConnection, among clients: ChatClients) {
        self.namespace = namespace
        self.connection = connection
        self.clients = clients
        self.budget = ChatBudget(rate: clients.settings.rate)
    }

    // MARK: What the client asks for

    /// Charges the client for an event that has come, before it is read.
    /// - Throws: `RATE`. Whoever goes on for long after that is out of its rooms.
    func charge(isMessage: Bool) throws(ChatRefusal) {
        switch self.budget.charge(isMessage: isMessage, at: .now()) {
        case .within: return
        case .over(let refusal): throw refusal
        case .expel(let refusal):
            for (_, membership) in self.rooms { self.leave(membership, reason: .rate, reply: nil) }
            throw refusal
        }
    }

    /// Goes into a room, or takes another name there.
    ///
    /// - Parameter name: nil: a guest's.
    /// - Throws: `TOO_MANY`; what the room says comes by `reply`.
    func join(_ room: String, as name: ChatName?, reply: ChatReply?) throws(ChatRefusal) {
        let membership: ChatMembership
        if let known = self.rooms[room] { membership = known } else { membership = try self.newMembership(in: room) }
        let historyBytes = self.historyBytes
        membership.pendingJoins += 1
        let (address, key, form) = (membership.address, membership.key, self.connection.form)
        self.clients.network.onHost(of: address) {
            $0.join(address, key, as: name, reading: form, historyBytes: historyBytes, reply: reply)
        }
    }

    /// What a join may be answered with, of the room's history. Many joins at once have less each, so that all answers
    /// together are no more than may wait for the client.
    private var historyBytes: Int {
        let queue = self.clients.shard.configuration.maximumQueue
        let isAlone = self.rooms.values.allSatisfy { $0.pendingJoins == 0 }
        return isAlone
            ? min(ChatRoom.maximumHistoryBytes, queue / 4) : queue / (4 * self.clients.settings.maximumRoomsPerClient)
    }

    private func newMembership(in room: String) throws(ChatRefusal) -> ChatMembership {
        let limit = self.clients.settings.maximumRoomsPerClient
        guard self.rooms.count < limit else { throw ChatRefusal(.tooMany, "one client may be in \(limit) rooms") }
        let address = ChatAddress(namespace: self.namespace, room: room)
        let membership = self.clients.makeMembership(of: self, in: address)
        self.rooms[room] = membership
        return membership
    }

    /// - Throws: `NOT_IN`; what the room says comes by `reply`.
    func say(_ text: ChatText, in room: String, reply: ChatReply?) throws(ChatRefusal) {
        guard let membership = self.rooms[room] else { throw .notIn }
        let (address, key) = (membership.address, membership.key)
        self.clients.network.onHost(of: address) { $0.say(text, in: address, by: key, reply: reply) }
    }

    /// - Throws: `NOT_IN`; what the room says comes by `reply`.
    func leave(_ room: String, reply: ChatReply?) throws(ChatRefusal) {
        guard let membership = self.rooms[room] else { throw .notIn }
        self.leave(membership, reason: nil, reply: reply)
    }

    private func leave(_ membership: ChatMembership, reason: RefusalCode?, reply: ChatReply?) {
        let (address, key) = (membership.address, membership.key)
        self.clients.network.onHost(of: address) { $0.leave(address, key, reason: reason, reply: reply) }
    }

    /// The connection has ended.
    func disconnected() {
        for membership in self.rooms.values {
            self.clients.forget(membership)
            let (address, key) = (membership.address, membership.key)
            self.clients.network.onHost(of: address) { $0.lost(address, key) }
        }
        self.rooms = [:]
    }

    // MARK: What comes of it

    func receive(_ event: ChatEvent) {
        self.connection.send(event)
    }

    /// The client is in the room no more, or the room has not let it in.
    func forget(_ membership: ChatMembership) {
        self.rooms[membership.address.room] = nil
    }
}
