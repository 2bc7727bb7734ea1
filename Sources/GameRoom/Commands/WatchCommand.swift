import ArgumentParser
import Foundation
import Game
import NIOCore
import NIOPosix
import Simulator
import SocketIO
import SocketIOClient

/// `game-room watch`: a room in the terminal, live as a spectator, or from a recording.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show a room in the terminal, live or from a recording.",
        discussion: """
            Examples:
              game-room watch http://127.0.0.1:3000 K7M2QX
                the room with this code, or this id, as a spectator, until it closes or control-C
              game-room watch session.rlog --speed 4
                a recorded session, four times as fast as it was
            """)

    @Argument(help: ArgumentHelp("The relay's address, or a recording.", valueName: "url|file"))
    var source: String

    @Argument(help: ArgumentHelp("With an address: the room's id or code.", valueName: "room"))
    var room: String?

    @Option(help: "Where Socket.IO answers at the relay.")
    var path = GameRoomConfiguration.Relay.standardPath

    @Option(help: "The relay's namespace of rooms.")
    var namespace: String = "/game"

    @Option(help: "How many times as fast a recording goes; 0: all at once.")
    var speed: Double = 1

    func validate() throws {
        guard self.speed >= 0, self.speed <= 1_000 else { throw ValidationError("--speed is a number from 0 to 1000") }
        guard self.source.contains("://") == (self.room != nil) else {
            throw ValidationError("a room is expected with an address, and none with a recording")
        }
    }

    func run() async throws {
        if let room { try await self.watch(room) } else { try await self.watchRecording() }
    }

    // MARK: Live

    private func watch(_ room: String) async throws {
        var configuration = try ClientConfiguration(url: self.source)
        configuration.path = self.path
        configuration.namespace = self.namespace
        configuration.auth = ["v": 1, "name": "watcher"]
        let client = SocketClient(configuration)
        let stop = await StopRequest()
        try await client.connect()
        let interruption = Task {
            await stop.wait(until: { Task.isCancelled })
            await client.disconnect()
        }
        defer { interruption.cancel() }
        try await self.follow(client, in: room)
    }

    private func follow(_ client: SocketClient, in room: String) async throws {
        let target: JSON = room.utf8.count == 6 ? ["code": JSON(room)] : ["rid": JSON(room)]
        var members: [(String, JSON)] = (target.members ?? []).map { ($0.key, $0.value) }
        members.append(("as", "spectator"))
        let answer = try await client.emitWithAck("room:join", .object(members))[0] ?? .null
        guard let admission = Admission(answer), let definition = Games.named(admission.game) else {
            throw ImpossibleSetting(name: room, problem: answer["message"]?.string ?? "no room lets the watcher in")
        }
        var display = Display(definition)
        display.show(
            "room \(admission.room), \(admission.game), \(admission.roster.state); seats \(admission.roster.seats)")
        for await case .event(let event) in client.events {
            switch ServerMessage(event.arguments) {
            case .tick(_, let frame, _): display.show(frame)
            case .state(_, let frame): display.show(frame)
            case .closed(_, let reason): return display.show("closed: \(reason)")
            default: break
            }
        }
    }

    // MARK: Recorded

    private func watchRecording() async throws {
        guard let data = FileManager.default.contents(atPath: self.source) else {
            throw ValidationError("\(self.source): cannot be read")
        }
        var reader = try RecordingReader(ByteBuffer(bytes: data))
        guard let definition = Games.named(reader.header.game) else {
            throw ValidationError("\(self.source): a room of the game \(reader.header.game), which is not known here")
        }
        var display = Display(definition)
        var time: UInt32 = 0
        display.show("room \(reader.header.rid), \(reader.header.game), recorded")
        while let frame = try reader.next() {
            guard case .tick(let tick) = frame.content else { continue }
            if self.speed > 0, tick.time > time {
                try await Task.sleep(for: .milliseconds(Double(tick.time - time) / self.speed))
            }
            time = tick.time
            display.show(tick)
        }
    }
}

/// What the terminal shows of a room.
private struct Display {
    private let kinds: [GameDescription.NamedKind]
    private var copy: GameCopy
    private var states = 0

    /// Of the states of a game in real time one in so many is shown: one a second.
    private static let stateInterval = 20

    init(_ definition: GameDefinition) {
        self.kinds = definition.description.kinds
        self.copy = GameCopy(definition)
    }

    mutating func show(_ frame: TickFrame) {
        for event in frame.events {
            _ = self.copy.follow(event)
            self.show(event.line(at: frame.time, kinds: self.kinds))
            if event.kind.isOfGame, self.copy.rules != nil, let picture = self.copy.picture { self.show(picture) }
        }
    }

    mutating func show(_ frame: StateFrame) {
        _ = self.copy.follow(frame)
        self.states += 1
        if self.states % Self.stateInterval == 0, let picture = self.copy.picture { self.show(picture) }
    }

    /// Writes a line at once, also where standard output is a pipe.
    func show(_ line: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data("\(line)\n".utf8))
    }
}
