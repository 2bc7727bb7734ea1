/// One namespace on one shard: its sockets there, their rooms, and the program's handler.
package final class Namespace {
    package let name: String
    unowned let shard: Shard
    let handler: any NamespaceHandler
    var rooms = RoomTable()
    private var sockets: [String: Socket] = [:]
    private var broadcasts: UInt64 = 0

    init(name: String, shard: Shard, handler: any NamespaceHandler) {
        self.name = name
        self.shard = shard
        self.handler = handler
    }

    package var socketCount: Int { self.sockets.count }

    func add(_ socket: Socket) {
        self.sockets[socket.id] = socket
    }

    /// The socket has left; the last one takes the namespace along.
    func remove(_ socket: Socket) {
        self.rooms.removeFromAll(socket)
        self.sockets[socket.id] = nil
        if self.sockets.isEmpty { self.shard.removeNamespace(self) }
    }

    /// Calls `body` once for each socket of this shard that the broadcast is for.
    func forEachSocket(in audience: Audience, _ body: (Socket) -> Void) {
        if audience.rooms.count == 1 && audience.except.isEmpty, let room = audience.rooms.first {
            return self.members(of: room).forEach(body)
        }
        // Marking who has been reached, or is left out, makes the union without building a set.
        self.broadcasts += 1
        for name in audience.except {
            for socket in self.members(of: name) { socket.lastBroadcast = self.broadcasts }
        }
        func reach(_ socket: Socket) {
            guard socket.lastBroadcast != self.broadcasts else { return }
            socket.lastBroadcast = self.broadcasts
            body(socket)
        }
        if audience.rooms.isEmpty {
            self.sockets.values.forEach(reach)
        } else {
            for room in audience.rooms { self.members(of: room).forEach(reach) }
        }
    }

    /// A socket's id names a room that only it is in.
    private func members(of room: String) -> [Socket] {
        self.sockets[room].map { [$0] } ?? self.rooms.members(of: room)
    }
}

/// Whom a broadcast is for: the union of some rooms, or all of the namespace when none is named, without the sockets of
/// other rooms. A socket's id is a room.
package struct Audience: Sendable {
    package var rooms: [String]
    package var except: [String]

    package init(rooms: [String] = [], except: [String] = []) {
        self.rooms = rooms
        self.except = except
    }
}
