package import NIOCore
package import SocketIO

/// The public rooms, and whoever watches them.
///
/// Changes are gathered for 250 ms before anybody is told: a room that comes and goes in between never was, ten changes
/// of one room are one. Who begins to watch is told what the other watchers of the same filter know, and hears the same as
/// they do from then on; so all of them share one `rev`, and each event is encoded once.
package struct Lobby: Sendable {
    /// How long changes are gathered.
    package static let delay = TimeAmount.milliseconds(250)

    package enum Event: Hashable, Sendable {
        case add(RoomInfo)
        /// A room with only what has changed: `{rid, …}`.
        case update(JSON)
        case remove(String)
    }

    /// One event, for everybody with this filter.
    package struct Notice: Hashable, Sendable {
        package let filter: LobbyFilter
        package let event: Event
        /// One more than that of the notice before for the same filter.
        package let revision: Int
        package let watchers: [MemberID]
    }

    /// A room that is listed, in the order in which rooms came.
    private struct Entry {
        var info: RoomInfo
        let order: Int
        let key: MatchKey
    }

    private var rooms: [String: Entry] = [:]
    private var groups: [LobbyFilter: Watchers] = [:]
    private var filters: [MemberID: LobbyFilter] = [:]
    private var lastOrder = 0
    /// Rooms of which something changed, in the order in which it first did.
    private var changed: [String] = []
    private var deadline: NIODeadline?

    package init() {}

    /// When ``advance(to:)`` wants to be called.
    package var nextDeadline: NIODeadline? { self.deadline }

    // MARK: Rooms

    /// A room is there, or has changed. One that is private is not listed, or no more.
    package mutating func publish(_ info: RoomInfo, at now: NIODeadline) {
        guard !info.isPrivate, info.state != .closed else { return self.withdraw(info.id, at: now) }
        guard info != self.rooms[info.id]?.info else { return }
        self.lastOrder &+= 1
        self.rooms[info.id] = Entry(
            info: info, order: self.rooms[info.id]?.order ?? self.lastOrder,
            key: MatchKey(game: info.game, meta: info.meta))
        self.noteChange(of: info.id, at: now)
    }

    /// A room is gone.
    package mutating func withdraw(_ id: String, at now: NIODeadline) {
        guard self.rooms.removeValue(forKey: id) != nil else { return }
        self.noteChange(of: id, at: now)
    }

    private mutating func noteChange(of id: String, at now: NIODeadline) {
        guard !self.groups.isEmpty else { return }
        if !self.changed.contains(id) { self.changed.append(id) }
        self.deadline = self.deadline ?? now + Self.delay
    }

    /// The rooms that somebody who wants to play under this key could join, the oldest first.
    package func openRooms(matching key: MatchKey) -> [String] {
        self.rooms.values
            .filter { $0.key == key && $0.info.isOpen && !$0.info.hasPassword }
            .sorted { $0.order < $1.order }
            .map(\.info.id)
    }

    private func rooms(under filter: LobbyFilter) -> [RoomInfo] {
        self.rooms.values.filter { filter.admits($0.info) }.sorted { $0.order < $1.order }.map(\.info)
    }

    // MARK: Watchers

    /// Begins to watch, under another filter than before if the watcher had one.
    /// - Returns: the rooms, the oldest first, and the `rev` that notices count on from.
    package mutating func watch(_ filter: LobbyFilter, as watcher: MemberID) -> (rooms: [RoomInfo], revision: Int) {
        self.unwatch(watcher)
        self.filters[watcher] = filter
        var group = self.groups[filter] ?? Watchers(knowing: self.rooms(under: filter))
        group.members.append(watcher)
        self.groups[filter] = group
        return (group.known, group.revision)
    }

    package mutating func unwatch(_ watcher: MemberID) {
        guard let filter = self.filters.removeValue(forKey: watcher) else { return }
        self.groups[filter]?.members.removeAll { $0 == watcher }
        if self.groups[filter]?.members.isEmpty == true { self.groups[filter] = nil }
    }

    /// - Returns: what to tell, in this order within each filter.
    package mutating func advance(to now: NIODeadline) -> [Notice] {
        guard let deadline, deadline <= now else { return [] }
        self.deadline = nil
        let changed = self.changed
        self.changed = []
        var notices: [Notice] = []
        for filter in self.groups.keys.sorted(by: LobbyFilter.areInOrder) {
            guard var group = self.groups[filter] else { continue }
            for id in changed {
                let room = self.rooms[id].map(\.info).flatMap { filter.admits($0) ? $0 : nil }
                guard let event = group.update(id, to: room) else { continue }
                notices.append(
                    Notice(filter: filter, event: event, revision: group.revision, watchers: group.members))
            }
            self.groups[filter] = group
        }
        return notices
    }
}

/// Those who watch under one filter, and what they know.
private struct Watchers {
    var members: [MemberID] = []
    private(set) var known: [RoomInfo]
    private(set) var revision = 0

    init(knowing rooms: [RoomInfo]) {
        self.known = rooms
    }

    /// - Parameter room: nil: there is no such room under this filter.
    /// - Returns: what they have to be told; nil: they know.
    mutating func update(_ id: String, to room: RoomInfo?) -> Lobby.Event? {
        let index = self.known.firstIndex { $0.id == id }
        let event: Lobby.Event
        switch (index, room) {
        case (nil, nil): return nil
        case (nil, let room?):
            self.known.append(room)
            event = .add(room)
        case (let index?, nil):
            self.known.remove(at: index)
            event = .remove(id)
        case (let index?, let room?):
            guard let changes = room.changes(from: self.known[index]) else { return nil }
            self.known[index] = room
            event = .update(changes)
        }
        self.revision &+= 1
        return event
    }
}

extension LobbyFilter {
    fileprivate static func areInOrder(_ left: LobbyFilter, _ right: LobbyFilter) -> Bool {
        (left.game ?? "", left.rank) < (right.game ?? "", right.rank)
    }

    private var rank: Int { (self.game == nil ? 0 : 3) + (self.isOpen.map { $0 ? 2 : 1 } ?? 0) }
}
