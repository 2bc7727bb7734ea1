import NIOCore
package import SocketIO

/// What a client asks for by an event other than `move` (contract §3.2).
package enum RoomCommand: Hashable, Sendable {
    case create(CreateRoom)
    case match(CreateRoom)
    case join(JoinRoom)
    case resume(ResumeRoom)
    case leave(room: String)
    case ready(room: String, Bool)
    case start(room: String)
    case rematch(room: String)
    case kick(room: String, Seat, bans: Bool)
    case say(room: String, String, to: [Seat]?)
    case set(room: String, Room.Change)
    case appoint(room: String, Seat)
    case watchLobby(LobbyFilter)
    case unwatchLobby
    /// Answered with a list: the client's value, the server's time in Unix milliseconds, and the room's tick or null.
    case time(JSON, room: String?)

    /// - Parameter arguments: the event's, its name first.
    /// - Throws: `UNKNOWN_EVENT`; `BAD_INPUT` with a sentence that names what is wrong; `TOKEN` or `NO_ROOM` for what can
    ///   be none by its form.
    package init(event: String, _ arguments: Arguments) throws(Refusal) {
        let payload = arguments[1]
        switch event {
        case "room:create": self = .create(try CreateRoom(payload))
        case "room:match": self = .match(try CreateRoom(payload))
        case "room:join": self = .join(try JoinRoom(payload))
        case "room:resume": self = .resume(try ResumeRoom(payload))
        case "lobby:watch": self = .watchLobby(try LobbyFilter(payload))
        case "lobby:unwatch": self = .unwatchLobby
        case "time": self = try Self.time(arguments)
        default: self = try Self.inRoom(event, payload)
        }
    }

    /// The commands that are for a room in which the client is.
    private static func inRoom(_ event: String, _ payload: JSON?) throws(Refusal) -> RoomCommand {
        guard let read = self.readers[event] else {
            throw Refusal(.unknownEvent, "there is no event \(event.prefix(64))")
        }
        let fields = try Fields(payload)
        return try read(fields.room, fields)
    }

    private typealias Reader = @Sendable (_ room: String, _ fields: Fields) throws(Refusal) -> RoomCommand

    private static let readers: [String: Reader] = [
        "room:leave": { (room, _) throws(Refusal) in .leave(room: room) },
        "room:ready": { (room, fields) throws(Refusal) in .ready(room: room, try fields.bool("ready") ?? true) },
        "room:start": { (room, _) throws(Refusal) in .start(room: room) },
        "room:rematch": { (room, _) throws(Refusal) in .rematch(room: room) },
        "room:kick": { (room, fields) throws(Refusal) in
            .kick(
                room: room, try fields.required("seat", fields.seat("seat")), bans: try fields.bool("ban") ?? false)
        },
        "room:chat": { (room, fields) throws(Refusal) in
            .say(
                room: room, try fields.required("text", fields.string("text", bytes: 0...65_536)),
                to: try fields.seats("to"))
        },
        "room:set": { (room, fields) throws(Refusal) in .set(room: room, try Room.Change(fields)) },
        "room:host": { (room, fields) throws(Refusal) in
            .appoint(room: room, try fields.required("seat", fields.seat("seat")))
        },
    ]

    private static func time(_ arguments: Arguments) throws(Refusal) -> RoomCommand {
        let value = arguments[1] ?? .null
        guard value.bytes.readableBytes <= 64, !value.isObject, !value.isArray else {
            throw Refusal(.badInput, "c: a number, or a string of at most 62 bytes")
        }
        guard let room = arguments[2], !room.isNull else { return .time(value, room: nil) }
        guard let id = room.string else { throw Refusal(.badInput, "rid: a string") }
        return .time(value, room: id)
    }
}

/// The payload of `room:join`: `{rid}` or `{code}`, `as?`, `password?`.
package struct JoinRoom: Hashable, Sendable {
    package enum Target: Hashable, Sendable {
        case id(String)
        case code(String)
    }

    package var target: Target
    package var role: Room.Role?
    package var password: String?

    package init(_ payload: JSON?) throws(Refusal) {
        let fields = try Fields(payload)
        let id = try fields.string("rid", bytes: 0...64)
        let typed = try fields.string("code", bytes: 0...64)
        switch (id, typed) {
        case (_?, nil): self.target = .id(try fields.room)
        case (nil, let typed?):
            guard let code = RoomName.code(typed: typed) else { throw Refusal(.noRoom, "no room has that code") }
            self.target = .code(code)
        default: throw Refusal(.badInput, "rid, code: exactly one of them")
        }
        self.role = try fields.choice("as")
        self.password = try fields.string("password", bytes: 0...64)
    }
}

/// The payload of `room:resume`: `{rid, token, q}`.
package struct ResumeRoom: Hashable, Sendable {
    package var room: String
    package var token: ResumeToken
    /// The last event that the client has seen; 0: none.
    package var number: UInt32

    package init(_ payload: JSON?) throws(Refusal) {
        let fields = try Fields(payload)
        self.room = try fields.room
        self.number = UInt32(clamping: try fields.int("q", 0...Int(UInt32.max)) ?? 0)
        let text = try fields.required("token", fields.string("token", bytes: 0...256))
        guard let token = ResumeToken(text) else {
            throw Refusal(.token, "the token is not, or no more, good for this room")
        }
        self.token = token
    }
}

extension Room.Change {
    /// Most properties that one command names.
    private static let maximumNamed = 256
    /// Most bytes of one value: as many as all properties of a room may have.
    private static let maximumValue = GameLimits().propertyBytes

    /// `{open?, private?, meta?, props?: {name: value or null}, if?: {name: what it must be, or null}}`.
    fileprivate init(_ fields: Fields) throws(Refusal) {
        self.init(
            isOpen: try fields.bool("open"), isPrivate: try fields.bool("private"), meta: try fields.plain("meta"),
            properties: try Self.properties("props", fields), expecting: try Self.properties("if", fields))
    }

    private static func properties(_ name: String, _ fields: Fields) throws(Refusal) -> [PropertyStore.Change] {
        let members = try fields.members(name, count: self.maximumNamed) ?? []
        var changes: [PropertyStore.Change] = []
        for (key, value) in members {
            guard (1...64).contains(key.utf8.count), key.utf8.first != UInt8(ascii: "@") else {
                throw fields.refusal(name, "names have 1 to 64 bytes, and do not begin with @")
            }
            guard value.bytes.readableBytes <= self.maximumValue else {
                throw Refusal(.tooBig, "\(name): \(key) has at most \(self.maximumValue) bytes")
            }
            guard !value.hasPlaceholder else { throw fields.refusal(name, "\(key) must be JSON without bytes") }
            changes.append(PropertyStore.Change(key, value.isNull ? nil : value))
        }
        return changes
    }
}

extension Fields {
    /// The room that a command is for.
    fileprivate var room: String {
        get throws(Refusal) {
            let id = try self.required("rid", self.string("rid", bytes: 0...64))
            guard RoomName.isID(id) else { throw Refusal(.noRoom, "there is no such room") }
            return id
        }
    }
}
