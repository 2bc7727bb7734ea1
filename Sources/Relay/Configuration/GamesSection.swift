import Foundation
import Game
import NIOCore
import Settings
import SocketIO

/// Reads a namespace of kind `game`.
extension RelayConfiguration.Games {
    static let keys = ["games", "rooms", "connectionsPerAddress", "mqtt", "recordings", "bind", "emit"]

    /// - Parameter directory: where the configuration file is.
    init(_ section: Section, directory: String) {
        self.init()
        let known = self.names
        if let items = section.list("games", of: "games") {
            self.names = items.compactMap { item in
                section.made(item, "the name of a game") { (name) throws(PatternError) in
                    try Self.known(name, among: known)
                }
            }
            if items.isEmpty { section.note("games", "expected at least one of \(known.joined(separator: ", "))") }
        }
        self.maximumRooms = section.integer("rooms", in: 1...65_535) ?? self.maximumRooms
        self.connectionsPerAddress = section.integer("connectionsPerAddress", in: 1...1_000_000)
        if let isOn = section.flag("mqtt") { self.topics = isOn ? .on : .off }
        self.recordings = section.made("recordings", "the path of a directory") { (path) throws(PatternError) in
            try Self.directory(YAMLDocument.path(path, beside: directory))
        }
        let names = self.names
        self.bindings = (section.list("bind", of: "bindings") ?? []).compactMap { item in
            RelayConfiguration.DeviceBinding(item, in: section, games: names)
        }
        self.emissions = (section.list("emit", of: "emissions") ?? []).compactMap { item in
            RelayConfiguration.DeviceEmission(item, in: section)
        }
    }

    fileprivate static func known(_ name: String, among known: [String]) throws(PatternError) -> String {
        guard known.contains(name) else { throw PatternError("expected one of \(known.joined(separator: ", "))") }
        return name
    }

    private static func directory(_ path: String) throws(PatternError) -> String {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue,
            FileManager.default.isWritableFile(atPath: path)
        else { throw PatternError("expected a directory that can be written to") }
        return path
    }
}

extension RelayConfiguration.DeviceBinding {
    private static let keys = ["from", "room", "game", "pid", "name", "kind", "map", "rate"]

    /// - Parameter games: those that are played in the namespace.
    fileprivate init?(_ item: Section.Item, in parent: Section, games: [String]) {
        guard let section = Section(item.node, path: item.place, keys: Self.keys, problems: parent.problems) else {
            return nil
        }
        let game = section.made("game", "the name of a game") { (name) throws(PatternError) in
            try RelayConfiguration.Games.known(name, among: games)
        }
        let map = section.section("map", keys: nil).map(PayloadMap.init)
        let rate = section.number("rate", upTo: GameLimits().moves.perSecond)
        let from = section.required("from", "topics such as devices/{id}/joystick", by: Self.topics)
        let room = section.required("room", "the name of a room", by: Self.room)
        let kind = section.required("kind", "the kind of the moves") { (kind) throws(PatternError) in
            try Self.kind(kind, in: game.map { [$0] } ?? games)
        }
        let pid = section.required("pid", "who the device is, such as dev:{id}") { (text) throws(PatternError) in
            try Self.pid(text, capturing: from?.captureNames)
        }
        let name = section.made("name", "what others see, such as {id}") { (text) throws(PatternError) in
            try CaptureTemplate(text, capturing: from?.captureNames)
        }
        guard let from, let room, let kind, let pid else { return nil }
        self.init(from: from, room: room, game: game, pid: pid, name: name ?? Self.name(of: from, pid), kind: kind)
        self.map = map
        self.rate = rate ?? self.rate
    }

    private static func topics(_ text: String) throws(PatternError) -> TopicPattern {
        let topics = try TopicPattern(text)
        guard case .literal(let first)? = topics.levels.first, first != "game" else {
            throw PatternError("expected topics outside game/, which are the rooms' own, so no wildcard as first level")
        }
        return topics
    }

    private static func room(_ name: String) throws(PatternError) -> String {
        guard name.utf8.count <= 64 else { throw PatternError("expected a name of at most 64 bytes") }
        return name
    }

    private static func kind(_ text: String, in games: [String]) throws(PatternError) -> String {
        let names = games.compactMap { Game.Games.named($0) }.flatMap { $0.description.kinds.map(\.name) }
        let isNumber = UInt8(text).map { EventKind(rawValue: $0).isOfGame } ?? false
        guard isNumber || names.contains(text) else {
            throw PatternError("expected \((names + ["a number from 32 to 255"]).joined(separator: ", "))")
        }
        return text
    }

    private static func pid(_ text: String, capturing names: [String]?) throws(PatternError) -> CaptureTemplate {
        guard text.hasPrefix("dev:") else { throw PatternError("expected a pid that begins with dev:") }
        return try CaptureTemplate(text, capturing: names)
    }

    private static func name(of from: TopicPattern, _ pid: CaptureTemplate) -> CaptureTemplate {
        let first = from.captureNames.first.flatMap { try? CaptureTemplate("{\($0)}", capturing: [$0]) }
        return first ?? pid
    }
}

extension RelayConfiguration.DeviceEmission {
    fileprivate init?(_ item: Section.Item, in parent: Section) {
        let keys = ["room", "on", "to", "payload"]
        guard let section = Section(item.node, path: item.place, keys: keys, problems: parent.problems) else {
            return nil
        }
        let payload = section.json("payload").flatMap { try? JSON(validating: ByteBuffer(string: $0)) }
        let occasion = section.choice("on", Occasion.self)
        let room = section.required("room", "the name of a room") { (name) throws(PatternError) in name }
        let to = section.required("to", "a topic such as devices/{winner.name}/led", by: EmissionTopic.init)
        guard let room, let to else { return nil }
        self.init(room: room, on: occasion ?? .end, to: to, payload: payload)
    }
}

extension PayloadMap {
    fileprivate init(_ section: Section) {
        let members = section.entries.compactMap { key, _, _ in
            section.made(key, "where the value is, such as $.bits", by: ValuePath.init)
                .map { Member(name: key, path: $0) }
        }
        self.init(members: members)
    }
}

extension Section {
    /// The same as ``made(_:_:by:)`` for a key that must be there.
    fileprivate func required<Value>(
        _ key: String, _ expected: String, by make: (String) throws(PatternError) -> Value
    ) -> Value? {
        if !self.has(key) { self.problems.note(line: self.line, "\(self.path): expected \(key)") }
        return self.made(key, expected, by: make)
    }
}
