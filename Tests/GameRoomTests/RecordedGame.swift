import Game
import NIOCore
import SocketIO

/// A recording of one game of tic-tac-toe, which X wins in the first row: five moves, a fifth of a second apart.
func recordedGame() throws -> ByteBuffer {
    var recording = ByteBuffer()
    let header = RecordingHeader(
        rid: "ROOM", game: "tictactoe", isAuthoritative: true, hz: 0, seed: 7, startTime: 1_700_000_000_000,
        build: "test")
    var writer = RecordingWriter(header, to: &recording)
    var rules = TicTacToe(seats: [0, 1], round: 0, seed: 7)
    var events: [LogEvent] = [.live(1, seats: [0, 1])]
    func log(_ kind: EventKind, _ seat: Seat, _ data: JSON, move: UInt32 = 0) {
        events.append(
            LogEvent(
                number: UInt32(events.count + 1), kind: kind, seat: seat, moveNumber: move, data: .json(data)))
    }
    for (index, cell) in [0, 3, 1, 4, 2].enumerated() {
        let seat: Seat = index.isMultiple(of: 2) ? 0 : 1
        let move = Move(TicTacToe.place, .json(["c": JSON(cell)]))
        try rules.apply(move, by: seat)
        log(move.kind, seat, ["c": JSON(cell)], move: UInt32(index / 2 + 1))
    }
    let outcome: JSON = ["winner": 0, "scores": [[0, 1], [1, 0]], "why": "finished"]
    log(.hash, .server, ["h": JSON(rules.stateHash.hexDigits), "tick": 7])
    log(.end, .server, outcome)
    let frames = events.map { event in
        TickFrame(tick: event.number, time: 200 * (event.number - 1), firstNumber: event.number, events: [event])
    }
    try writer.append(frames, to: &recording)
    let last = UInt32(events.count)
    writer.finish(
        RecordingFooter(lastNumber: last, lastTick: last, stateHash: rules.stateHash, outcome: outcome), to: &recording)
    return recording
}
