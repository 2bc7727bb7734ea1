import NIOCore

/// The chat rooms of one event loop as a value: those with members, and for a while those without, whose history waits for
/// whoever comes back.
struct ChatRooms {
    private struct Entry {
        var room: ChatRoom
        /// Among the rooms with a history.
        var history: Int?
        /// Among the empty ones.
        var vacancy: Int?
    }

    private let settings: RelayConfiguration.Chat
    private let keep: TimeAmount
    private let maximumHistoryBytes: Int
    private var rooms: [ChatAddress: Entry] = [:]
    /// Those with a history, the one silent longest first.
    private var histories = RecencyList<ChatAddress>()
    /// The empty ones, the one empty longest first, each with the time to forget it.
    private var vacancies = RecencyList<(address: ChatAddress, deadline: NIODeadline)>()

    private(set) var historyBytes = 0
    private(set) var memberCount = 0
    /// Messages forgotten before their time, for want of room.
    private(set) var evictedCount = 0

    /// Bytes that a room without members counts for beside its messages.
    private static let roomOverhead = 512

    /// - Parameter maximumHistoryBytes: of all rooms together; beyond it the rooms that were silent longest forget.
    init(_ settings: RelayConfiguration.Chat, maximumHistoryBytes: Int) {
        self.settings = settings
        self.keep = TimeAmount(settings.keep)
        self.maximumHistoryBytes = maximumHistoryBytes
    }

    /// Rooms with members.
    var occupiedCount: Int { self.rooms.count - self.vacancies.count }

    subscript(address: ChatAddress) -> ChatRoom? { self.rooms[address]?.room }

    func isOccupied(_ address: ChatAddress) -> Bool {
        self.rooms[address].map { !$0.room.isEmpty } ?? false
    }

    mutating func join(
        _ address: ChatAddress, _ key: ChatMemberKey, as name: ChatName?, reading form: ChatForm, at time: Int64
    ) throws(ChatRefusal) -> (member: ChatMember, notice: ChatNotice?) {
        var entry = self.rooms[address] ?? Entry(room: ChatRoom(address, historyLength: self.settings.history))
        let before = entry.room.memberCount
        let joined = try entry.room.join(
            key, as: name, reading: form, limit: self.settings.maximumMembers, at: time)
        if let vacancy = entry.vacancy {
            self.vacancies.remove(vacancy)
            self.historyBytes -= Self.roomOverhead
            entry.vacancy = nil
        }
        self.memberCount += entry.room.memberCount - before
        self.rooms[address] = entry
        return joined
    }

    mutating func say(
        _ text: ChatText, in address: ChatAddress, by key: ChatMemberKey, at time: Int64
    ) throws(ChatRefusal) -> ChatMessage {
        guard let before = self.counts(of: address),
            let message = try self.rooms[address]?.room.say(text, by: key, at: time)
        else { throw .notIn }
        self.settle(address, before)
        if let place = self.rooms[address]?.history {
            self.histories.touch(place)
        } else if self.settings.history > 0 {
            self.rooms[address]?.history = self.histories.insert(address)
        }
        self.evict()
        return message
    }

    /// - Parameter now: from when on the room, where it is empty now, is kept for as long as the configuration says.
    mutating func leave(
        _ address: ChatAddress, _ key: ChatMemberKey, reason: RefusalCode? = nil, at time: Int64, now: NIODeadline
    ) -> ChatNotice? {
        guard let notice = self.rooms[address]?.room.leave(key, reason: reason, at: time) else { return nil }
        self.memberCount -= 1
        guard let entry = self.rooms[address], entry.room.isEmpty else { return notice }
        self.rooms[address]?.vacancy = self.vacancies.insert((address, now + self.keep))
        self.historyBytes += Self.roomOverhead
        if entry.history == nil || self.keep == .zero { self.forget(address) }
        self.evict()
        return notice
    }

    // MARK: Forgetting

    /// When the next empty room is to be forgotten.
    var nextDeadline: NIODeadline? { self.vacancies.oldest?.deadline }

    /// Forgets the empty rooms whose time is up.
    mutating func advance(to now: NIODeadline) {
        while let oldest = self.vacancies.oldest, oldest.deadline <= now { self.forget(oldest.address) }
    }

    private mutating func forget(_ address: ChatAddress) {
        guard let entry = self.rooms.removeValue(forKey: address) else { return }
        if let place = entry.history { self.histories.remove(place) }
        if let place = entry.vacancy {
            self.vacancies.remove(place)
            self.historyBytes -= Self.roomOverhead
        }
        self.historyBytes -= entry.room.historyBytes
    }

    private mutating func evict() {
        while self.historyBytes > self.maximumHistoryBytes, let address = self.histories.oldest {
            self.evictOldest(of: address)
        }
    }

    private mutating func evictOldest(of address: ChatAddress) {
        guard let before = self.counts(of: address) else { return }
        self.rooms[address]?.room.evictOldest()
        self.settle(address, before)
        guard let entry = self.rooms[address], entry.room.messageCount == 0, let place = entry.history else { return }
        self.histories.remove(place)
        self.rooms[address]?.history = nil
        if entry.vacancy != nil { self.forget(address) }
    }

    // MARK: Counting

    private func counts(of address: ChatAddress) -> (bytes: Int, evicted: Int)? {
        self.rooms[address].map { ($0.room.historyBytes, $0.room.evictedCount) }
    }

    /// Adds what a room's counts have changed by.
    private mutating func settle(_ address: ChatAddress, _ before: (bytes: Int, evicted: Int)) {
        guard let now = self.counts(of: address) else { return }
        self.historyBytes += now.bytes - before.bytes
        self.evictedCount += now.evicted - before.evicted
    }
}
