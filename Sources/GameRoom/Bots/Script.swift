import Game
import NIOCore
import SocketIO

/// What the players of a recorded session did, seat by seat: to be done again.
struct Script: Equatable, Sendable {
    /// A move and when it was made, in milliseconds since the room began.
    struct Line: Equatable, Sendable {
        let time: UInt32
        let move: Move
    }

    let game: String
    /// By seat, in ascending order; each in the order of its time.
    private(set) var parts: [(seat: Seat, lines: [Line])] = []
    /// When the last move was made.
    private(set) var length: UInt32 = 0
    /// When the first round began.
    private(set) var beginning: UInt32 = 0

    /// - Throws: ``RecordingError`` for a recording that is damaged.
    init(_ recording: ByteBuffer) throws(RecordingError) {
        var reader = try RecordingReader(recording)
        self.game = reader.header.game
        while let frame = try reader.next() {
            switch frame.content {
            case .tick(let tick): self.read(tick)
            case .inputs(let inputs): self.read(inputs.events, at: inputs.time)
            case .moves, .state: break
            }
        }
        self.parts.sort { $0.seat < $1.seat }
    }

    private mutating func read(_ frame: TickFrame) {
        for event in frame.events where event.kind == .state && event.data.json?["to"]?.string == "live" {
            self.beginning = self.beginning == 0 ? frame.time : self.beginning
        }
        self.read(frame.events.filter { $0.moveNumber > 0 }, at: frame.time)
    }

    private mutating func read(_ events: [LogEvent], at time: UInt32) {
        for event in events where event.kind.isOfGame && event.seat != .server {
            let line = Line(time: time, move: Move(event.kind, event.data))
            if let index = self.parts.firstIndex(where: { $0.seat == event.seat }) {
                self.parts[index].lines.append(line)
            } else {
                self.parts.append((event.seat, [line]))
            }
            self.length = max(self.length, time)
        }
    }

    static func == (left: Script, right: Script) -> Bool {
        left.game == right.game && left.length == right.length && left.beginning == right.beginning
            && left.parts.map(\.seat) == right.parts.map(\.seat) && left.parts.map(\.lines) == right.parts.map(\.lines)
    }
}

/// Does what somebody did in a recorded session, at the same distances in time or shorter ones.
struct ScriptedBrain: Brain {
    private let lines: [Script.Line]
    private let beginning: UInt32
    /// Milliseconds of the recording that pass from slot to slot.
    private let step: Double
    private var next = 0
    /// The slot at which the round began.
    private var began: Int?

    /// - Parameters:
    ///   - rate: slots a second.
    ///   - warp: how many times as fast as it was.
    init(_ lines: [Script.Line], beginning: UInt32, rate: Double, warp: Double) {
        self.lines = lines
        self.beginning = beginning
        self.step = 1_000 / max(rate, 0.01) * warp
    }

    /// Moves of the recording that have not been made.
    var remaining: Int { self.lines.count - self.next }

    mutating func act(in situation: Situation) -> Act {
        guard situation.isLive, !situation.isMoving, let seat = situation.seat, self.lines.indices.contains(self.next)
        else {
            return .nothing
        }
        let began = self.began ?? situation.slot
        self.began = began
        let line = self.lines[self.next]
        let isDue = Double(line.time) <= Double(self.beginning) + Double(situation.slot - began) * self.step
        guard isDue, situation.game.rules.map({ $0.turn == seat }) ?? true else { return .nothing }
        self.next += 1
        return .move(line.move)
    }
}
