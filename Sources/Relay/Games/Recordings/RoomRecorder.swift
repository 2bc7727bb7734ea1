import Game
import NIOCore
import SocketIO

/// Writes down one room, from its first event to its last (game-rooms §2.14). On the room's loop; the file is the store's.
struct RoomRecorder {
    /// What the recording is called: `<rid>-<Unix seconds>`.
    let name: String
    private let file: RecordingFile
    private var writer: RecordingWriter
    /// The data of the last `end`, unless a round has begun after it.
    private var outcome: JSON?

    /// Nil for a room that is not to be recorded.
    init?(of room: Room, in surroundings: GameSurroundings) {
        guard room.settings.isRecorded, let store = surroundings.recordings,
            let directory = surroundings.games.recordings
        else { return nil }
        let milliseconds = Clock.milliseconds()
        self.name = "\(room.settings.id)-\(milliseconds / 1_000)"
        var bytes = ByteBuffer()
        self.writer = RecordingWriter(RecordingHeader(of: room, at: milliseconds), to: &bytes)
        self.file = store.open("\(directory)/\(self.name).rlog")
        self.file.append(bytes)
    }

    mutating func record(_ output: RoomOutput, of room: Room) {
        guard !self.file.isEnded else { return }
        var bytes = ByteBuffer()
        do throws(FrameError) {
            try self.writer.append(output.frames.map(\.whole), inputs: output.inputs, to: &bytes)
        } catch {
            return self.file.abandon("a frame cannot be written: \(error)")
        }
        for frame in output.frames { self.note(frame.whole.events) }
        if room.isClosed {
            let footer = RecordingFooter(
                lastNumber: room.lastNumber, lastTick: room.tick, stateHash: room.stateHash, outcome: self.outcome)
            self.writer.finish(footer, to: &bytes)
        }
        if bytes.readableBytes > 0 { self.file.append(bytes) }
        if room.isClosed { self.file.close() }
    }

    private mutating func note(_ events: [LogEvent]) {
        for event in events {
            if event.kind == .end { self.outcome = event.data.json }
            if event.kind == .state, event.data.json?["to"]?.string == RoomInfo.State.live.rawValue {
                self.outcome = nil
            }
        }
    }
}

extension RecordingHeader {
    /// - Parameter time: now, in Unix milliseconds.
    fileprivate init(of room: Room, at time: Int64) {
        let settings = room.settings
        let options: JSON = [
            "hz": JSON(settings.hz), "max": JSON(settings.maximumPlayers), "strict": JSON(settings.isStrict),
            "graceMs": JSON(settings.grace.nanoseconds / 1_000_000),
            "turnMs": settings.turnTime.map { JSON($0.nanoseconds / 1_000_000) } ?? .null,
            "echo": JSON(settings.echo), "onAbsent": JSON(settings.absence.rawValue),
        ]
        self.init(
            rid: settings.id, game: settings.game.description.name, isAuthoritative: settings.mode == .authoritative,
            hz: settings.hz, seed: settings.seed, options: options, startTime: Int(clamping: time),
            build: RelayCommand.version)
    }
}
