import Game
import Settings
import SocketIO
import SocketIOServer

/// A namespace of kind `game` on one shard.
final class GameNamespace: NamespaceHandler {
    private let table: ClientTable
    private let token: Secret?

    init(table: ClientTable, token: Secret?) {
        self.table = table
        self.token = token
    }

    func refusal(of handshake: SocketHandshake) -> ConnectRefusal? {
        if let refusal = self.token?.refusal(of: handshake) { return refusal }
        do throws(Refusal) {
            if self.table.isDraining { throw .draining }
            try Introduction(handshake.auth).check(with: self.table.identities)
            try self.countAddress(of: handshake.request)
            return nil
        } catch {
            return ConnectRefusal(error.message, data: ["code": JSON(error.code.rawValue)])
        }
    }

    private func countAddress(of request: HandshakeRequest) throws(Refusal) {
        guard let limit = self.table.games.connectionsPerAddress, let address = request.remoteAddress else { return }
        if self.table.identities.opens(address, limit: limit) { return }
        throw Refusal(.busy, "\(limit) connections of one address are enough")
    }

    func connected(_ socket: Socket) {
        guard let introduction = try? Introduction(socket.handshake.auth),
            let (player, key) = try? introduction.identify(by: self.table.identities)
        else { return socket.disconnect() }
        let client = GameClient(
            player, reading: introduction.encoding, over: SocketConnection(socket), table: self.table)
        socket.context = client
        self.table.connected(client)
        client.greet(key: key)
    }

    func received(_ event: Event, from socket: Socket) {
        (socket.context as? GameClient)?.received(GameEvent(event))
    }

    func writable(_ socket: Socket) {
        (socket.context as? GameClient)?.writable()
    }

    func disconnected(_ socket: Socket, reason: String) {
        if self.table.games.connectionsPerAddress != nil, let address = socket.handshake.request.remoteAddress {
            self.table.identities.closed(address)
        }
        guard let client = socket.context as? GameClient else { return }
        self.table.disconnected(client)
        client.disconnected(leaves: reason == Socket.goodbye)
    }
}
