import DequeModule
import NIOCore
import SocketIO

/// A chat room as a value: who is in it, what was said lately, and the one order of both. It knows no socket and no clock.
struct ChatRoom {
    let address: ChatAddress
    private let historyLength: Int
    private var members: [ChatMemberKey: ChatMember] = [:]
    /// Whose a name is, by what all its spellings have in common.
    private var names: [String: ChatMemberKey] = [:]
    private var history: Deque<JSON> = []
    private var lastMember = 0
    private var lastMessage = 0
    private var lastTime: Int64 = 0

    /// Bytes of the history, with what it costs to keep it.
    private(set) var historyBytes = 0
    /// Messages forgotten before as many had come behind them as the history has, for want of room.
    private(set) var evictedCount = 0
    /// Members by the loop that their clients are on.
    private(set) var loops: [Int: Int] = [:]
    private var plainMembers = 0

    /// Most bytes of one room's history, so that it fits the answer to a join however long the messages are.
    static let maximumHistoryBytes = 256 * 1_024
    /// What keeping a message costs beside its bytes.
    private static let messageOverhead = 64

    /// - Parameter historyLength: messages that are kept for whoever joins; 0: none.
    init(_ address: ChatAddress, historyLength: Int) {
        self.address = address
        self.historyLength = historyLength
    }

    var isEmpty: Bool { self.members.isEmpty }
    var memberCount: Int { self.members.count }
    var messageCount: Int { self.history.count }
    var hasPlainMembers: Bool { self.plainMembers > 0 }
    var hasSocketMembers: Bool { self.plainMembers < self.members.count }

    /// Lets somebody in, or gives a member another name.
    ///
    /// - Parameters:
    ///   - name: nil: a guest's, made up.
    ///   - limit: most members.
    ///   - time: Unix time in milliseconds.
    /// - Returns: the member, and what the others are to hear of it.
    /// - Throws: `NAME_TAKEN`, `ROOM_FULL`.
    mutating func join(
        _ key: ChatMemberKey, as name: ChatName?, reading form: ChatForm, limit: Int, at time: Int64
    ) throws(ChatRefusal) -> (member: ChatMember, notice: ChatNotice?) {
        if let member = self.members[key] { return try self.rename(member, key, to: name, at: time) }
        guard self.members.count < limit else { throw ChatRefusal(.roomFull, "there are \(limit) in the room already") }
        let id = self.lastMember + 1
        let name = name ?? self.guestName(id)
        guard self.names[name.folded] == nil else { throw .nameTaken(name) }
        let member = ChatMember(id: id, name: name, form: form)
        self.lastMember = id
        self.members[key] = member
        self.names[name.folded] = key
        self.loops[key.loop, default: 0] += 1
        if form == .plain { self.plainMembers += 1 }
        return (member, .joined(member, was: nil, at: self.moment(time)))
    }

    private mutating func rename(
        _ member: ChatMember, _ key: ChatMemberKey, to name: ChatName?, at time: Int64
    ) throws(ChatRefusal) -> (member: ChatMember, notice: ChatNotice?) {
        guard let name, name != member.name else { return (member, nil) }
        if let owner = self.names[name.folded], owner != key { throw .nameTaken(name) }
        var renamed = member
        renamed.name = name
        self.names[member.name.folded] = nil
        self.names[name.folded] = key
        self.members[key] = renamed
        return (renamed, .joined(renamed, was: member.name, at: self.moment(time)))
    }

    /// `guest` and the member's number, or the next that nobody has.
    private func guestName(_ id: Int) -> ChatName {
        var number = id
        while self.names[ChatName(guest: number).folded] != nil { number += 1 }
        return ChatName(guest: number)
    }

    /// - Throws: `NOT_IN`.
    mutating func say(_ text: ChatText, by key: ChatMemberKey, at time: Int64) throws(ChatRefusal) -> ChatMessage {
        guard let member = self.members[key] else { throw .notIn }
        self.lastMessage += 1
        let message = ChatMessage(id: self.lastMessage, from: member, text: text, at: self.moment(time))
        guard self.historyLength > 0 else { return message }
        self.history.append(message.json)
        self.historyBytes += Self.cost(of: message.json)
        if self.history.count > self.historyLength { self.dropOldest() }
        while self.historyBytes > Self.maximumHistoryBytes, self.history.count > 1 { self.evictOldest() }
        return message
    }

    /// - Returns: what the others are to hear; nil: it was no member.
    mutating func leave(_ key: ChatMemberKey, reason: RefusalCode? = nil, at time: Int64) -> ChatNotice? {
        guard let member = self.members.removeValue(forKey: key) else { return nil }
        self.names[member.name.folded] = nil
        let left = self.loops[key.loop, default: 1] - 1
        self.loops[key.loop] = left > 0 ? left : nil
        if member.form == .plain { self.plainMembers -= 1 }
        return .left(member, reason: reason, at: self.moment(time))
    }

    func member(_ key: ChatMemberKey) -> ChatMember? { self.members[key] }

    /// Forgets the oldest message of the history, for want of room.
    mutating func evictOldest() {
        self.evictedCount += 1
        self.dropOldest()
    }

    private mutating func dropOldest() {
        guard let oldest = self.history.popFirst() else { return }
        self.historyBytes -= Self.cost(of: oldest)
    }

    private static func cost(of message: JSON) -> Int { message.bytes.readableBytes + Self.messageOverhead }

    /// Time does not go back in a room, whatever the wall clock does.
    private mutating func moment(_ time: Int64) -> Int64 {
        self.lastTime = max(self.lastTime, time)
        return self.lastTime
    }

    /// `{ok, room, members, history, you}`: what a member that has just come in is told.
    /// - Parameter bytes: most of the history; of a longer one the end is told.
    func welcome(_ member: ChatMember, historyWithin bytes: Int) -> JSON {
        let members = self.members.values.sorted { $0.id < $1.id }.map(\.json)
        var left = bytes
        let history = self.history.reversed().prefix { message in
            left -= message.bytes.readableBytes
            return left >= 0
        }
        return [
            "ok": true, "room": JSON(self.address.room), "members": .array(members),
            "history": .array(history.reversed()), "you": JSON(member.id),
        ]
    }
}

/// Which room, in which namespace.
struct ChatAddress: Hashable, Sendable {
    let namespace: String
    let room: String
}

/// Names one client in one room, over all loops.
struct ChatMemberKey: Hashable, Sendable {
    /// The client's.
    let loop: Int
    /// Never given twice on a loop.
    let number: UInt64
}

/// What a member's connection carries.
enum ChatForm: Sendable {
    /// Socket.IO's events.
    case events
    /// A plain WebSocket: what is said, as text, and nothing else.
    case plain
}

/// Somebody in a room.
struct ChatMember: Hashable, Sendable {
    /// From 1, in the order of joining, never given twice in a room.
    let id: Int
    var name: ChatName
    let form: ChatForm

    /// `{id, name}`
    var json: JSON { ["id": JSON(self.id), "name": JSON(self.name.text)] }
}

/// Something that was said in a room.
struct ChatMessage: Sendable {
    /// From 1, without gaps.
    let id: Int
    let from: ChatMember
    let text: ChatText
    /// Unix time in milliseconds.
    let at: Int64
    /// `{id, from, name, text, at}`, as it stands in a history.
    let json: JSON

    init(id: Int, from: ChatMember, text: ChatText, at: Int64) {
        self.id = id
        self.from = from
        self.text = text
        self.at = at
        self.json = .object(Self.members(id, from, text, at))
    }

    private static func members(_ id: Int, _ from: ChatMember, _ text: ChatText, _ at: Int64) -> [(String, JSON)] {
        [
            ("id", JSON(id)), ("from", JSON(from.id)), ("name", JSON(from.name.text)), ("text", JSON(text.text)),
            ("at", JSON(at)),
        ]
    }

    /// The same with the room's name.
    fileprivate func json(in room: String) -> JSON {
        .object([("room", JSON(room))] + Self.members(self.id, self.from, self.text, self.at))
    }
}

/// What a room tells its members.
enum ChatNotice: Sendable {
    case said(ChatMessage)
    /// - Parameter was: the name before; nil: the member is new.
    case joined(ChatMember, was: ChatName?, at: Int64)
    /// - Parameter reason: why it was put out; nil: it left, or its connection ended.
    case left(ChatMember, reason: RefusalCode?, at: Int64)

    /// The event: its name, and what it carries.
    func arguments(in room: String) -> Arguments {
        switch self {
        case .said(let message): return Arguments(["said", message.json(in: room)])
        case .joined(let member, let was, let at):
            return Self.event("joined", room, member, at, more: was.map { ("was", JSON($0.text)) })
        case .left(let member, let reason, let at):
            return Self.event("left", room, member, at, more: reason.map { ("reason", JSON($0.rawValue)) })
        }
    }

    private static func event(
        _ name: JSON, _ room: String, _ member: ChatMember, _ at: Int64, more: (String, JSON)?
    ) -> Arguments {
        let members: [(String, JSON)] = [
            ("room", JSON(room)), ("id", JSON(member.id)), ("name", JSON(member.name.text)), ("at", JSON(at)),
        ]
        return Arguments([name, .object(members + (more.map { [$0] } ?? []))])
    }
}
