import Settings
import SocketIO

extension RelayConfiguration {
    /// An entry of `bind`: messages of devices as moves in a room.
    struct DeviceBinding: Sendable, Equatable {
        /// The devices' topics.
        var from: TopicPattern
        /// The name of the room: the oldest public one of that name.
        var room: String
        /// The game to make the room for, when there is none; nil (default): the messages are dropped until there is one.
        var game: String?
        /// Who the device is as a player; begins with `dev:`, which no socket's `pid` does.
        var pid: CaptureTemplate
        /// What the others see; by default the first name captured.
        var name: CaptureTemplate
        /// The moves' kind: a name of the game's, or a number.
        var kind: String
        /// What of a message is the move's data; nil (default): all of it.
        var map: PayloadMap?
        /// Most moves a second of one device, default 20; what comes beyond them is dropped.
        var rate = 20.0
    }

    /// An entry of `emit`: a message to a device when something happens in a room.
    struct DeviceEmission: Sendable, Equatable {
        enum Occasion: String, Sendable, CaseIterable {
            /// A round is over.
            case end
        }

        /// The name of the room, or rooms.
        var room: String
        var on: Occasion
        var to: EmissionTopic
        /// Nil (default): the data of the event.
        var payload: JSON?
    }
}

/// A text with names in braces for what a topic's pattern captured: `dev:{id}`.
struct CaptureTemplate: Sendable, Equatable, CustomStringConvertible {
    private enum Part: Sendable, Equatable {
        case literal(String)
        case capture(String)
    }

    let description: String
    private let parts: [Part]

    /// - Parameter names: those that may stand in braces; nil: any.
    init(_ text: String, capturing names: [String]?) throws(PatternError) {
        var parts: [Part] = []
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}") else {
                throw PatternError("expected a } for each {")
            }
            let name = String(rest[rest.index(after: open)..<close])
            guard names?.contains(name) ?? true else {
                throw PatternError("{\(name.prefix(60))} is not captured by the topics of from")
            }
            parts += [.literal(String(rest[..<open])), .capture(name)]
            rest = rest[rest.index(after: close)...]
        }
        self.parts = parts + [.literal(String(rest))]
        self.description = text
    }

    func text(with captures: [String: String]) -> String {
        self.parts.map { part in
            switch part {
            case .literal(let text): text
            case .capture(let name): captures[name] ?? ""
            }
        }.joined()
    }
}

/// Which values of a JSON message go into which members of a move's data: `{bits: "$.bits"}`.
struct PayloadMap: Sendable, Equatable, CustomStringConvertible {
    struct Member: Sendable, Equatable {
        let name: String
        let path: ValuePath
    }

    let members: [Member]

    /// The data; nil when the message lacks some of it.
    func data(from message: JSON) -> JSON? {
        var members: [(String, JSON)] = []
        for member in self.members {
            guard let value = member.path.value(in: message) else { return nil }
            members.append((member.name, value))
        }
        return .object(members)
    }

    var description: String {
        "{\(self.members.map { "\($0.name): \($0.path)" }.joined(separator: ", "))}"
    }
}

/// Where in a JSON message a value is: `$.position.x`, or `$` for all of it.
struct ValuePath: Sendable, Equatable, CustomStringConvertible {
    private let names: [String]

    init(_ text: String) throws(PatternError) {
        let names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard names.first == "$", !names.contains(""), names.count <= 16 else {
            throw PatternError("expected where the value is, such as $.bits")
        }
        self.names = Array(names.dropFirst())
    }

    func value(in message: JSON) -> JSON? {
        var value: JSON? = message
        for name in self.names { value = value?[name] }
        return value
    }

    var description: String { (["$"] + self.names).joined(separator: ".") }
}

/// A topic with levels that the event of a room fills in: `devices/{winner.name}/led`.
struct EmissionTopic: Sendable, Equatable, CustomStringConvertible {
    enum Name: String, Sendable, CaseIterable {
        case winnerName = "winner.name"
        case winnerPid = "winner.pid"
        case winnerSeat = "winner.seat"
        case room = "rid"
    }

    private enum Level: Sendable, Equatable {
        case literal(String)
        case name(Name)
    }

    let description: String
    private let levels: [Level]

    init(_ text: String) throws(PatternError) {
        var levels: [Level] = []
        for level in text.levels { levels.append(try Self.level(level)) }
        guard levels.first != .literal("game") else {
            throw PatternError("expected topics outside game/, which are the rooms' own")
        }
        guard case .literal(let first)? = levels.first, !first.isEmpty, first.utf8.first != UInt8(ascii: "$") else {
            throw PatternError("expected a topic whose first level is a plain word")
        }
        self.levels = levels
        self.description = text
    }

    private static func level(_ level: Substring) throws(PatternError) -> Level {
        if level.first == "{", level.last == "}" {
            guard let name = Name(rawValue: String(level.dropFirst().dropLast())) else {
                let names = Name.allCases.map { "{\($0.rawValue)}" }.joined(separator: ", ")
                throw PatternError("expected one of \(names) as a level of its own")
            }
            return .name(name)
        }
        guard !level.hasAny(of: "{}+#\0") else { throw PatternError("expected a topic, without wildcards") }
        return .literal(String(level))
    }

    /// The topic with its names filled in; nil where one has no value, or one that is not a level of a topic.
    func topic(filling value: (Name) -> String?) -> String? {
        var levels: [String] = []
        for level in self.levels {
            switch level {
            case .literal(let text): levels.append(text)
            case .name(let name):
                guard let text = value(name), !text.isEmpty, !text.hasAny(of: "/+#\0") else { return nil }
                levels.append(text)
            }
        }
        return levels.joined(separator: "/")
    }
}
