/// The rooms of one namespace on one shard. A room is a list of sockets, each of which knows its place in it: joining,
/// leaving and sending to all touch no dictionary of members.
struct RoomTable {
    private var rooms: [String: [Socket]] = [:]

    var count: Int { self.rooms.count }

    func members(of room: String) -> [Socket] {
        self.rooms[room] ?? []
    }

    mutating func add(_ socket: Socket, to room: String) {
        guard socket.memberships[room] == nil else { return }
        var members = self.rooms[room, default: []]
        self.rooms[room] = nil
        socket.memberships[room] = members.count
        members.append(socket)
        self.rooms[room] = members
    }

    /// The last member takes the place of the one who leaves.
    mutating func remove(_ socket: Socket, from room: String) {
        guard let place = socket.memberships.removeValue(forKey: room), var members = self.rooms[room],
            members.indices.contains(place), let last = members.last
        else { return }
        self.rooms[room] = nil
        members[place] = last
        members.removeLast()
        if last !== socket { last.memberships[room] = place }
        if !members.isEmpty { self.rooms[room] = members }
    }

    mutating func removeFromAll(_ socket: Socket) {
        for room in Array(socket.memberships.keys) { self.remove(socket, from: room) }
    }
}
