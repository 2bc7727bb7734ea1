import Game
import NIOCore

/// Foreign bytes as a binary frame; what is read is written and read again.
func fuzzGameFrames(_ input: [UInt8]) throws(BrokenPromise) {
    guard let frame = try? BinaryFrame(decoding: ByteBuffer(bytes: input)) else { return }
    var written = ByteBuffer()
    guard (try? frame.write(to: &written)) != nil else {
        throw BrokenPromise(description: "what was read can be written: \(frame)")
    }
    try promise((try? BinaryFrame(decoding: written)) == frame, "a frame reads back from what it writes: \(frame)")
    try promise(written.readableBytes <= input.count, "nothing is written that was not read")
    if case .state(let state) = frame.content { try fuzzArenaUpdate(state.payload) }
}

private func fuzzArenaUpdate(_ payload: Payload) throws(BrokenPromise) {
    guard let update = try? ArenaUpdate(payload) else { return }
    for form in [StateForm.json, .binary] {
        try promise((try? ArenaUpdate(update.payload(as: form))) == update, "an update survives \(form): \(update)")
    }
    var view = ArenaView()
    view.apply(update)
    try promise(zip(view.players, view.players.dropFirst()).allSatisfy { $0.seat < $1.seat }, "players are in order")
    try promise(zip(view.coins, view.coins.dropFirst()).allSatisfy { $0.id < $1.id }, "coins are in order")
}

/// A round of each game: the input is what its players send, and who comes, goes and is away.
func fuzzRules(_ input: [UInt8]) throws(BrokenPromise) {
    var bytes = ByteBuffer(bytes: input)
    let head = bytes.readMultipleIntegers(as: (UInt8, UInt8).self) ?? (0, 0)
    let games = Games.all.compactMap(\.begin)
    var rules = games[Int(head.0) % games.count]([0, 1].map(Seat.init(rawValue:)), Int(head.1), UInt64(head.0))
    while let (action, seat) = bytes.readMultipleIntegers(as: (UInt8, UInt8).self) {
        let seat = Seat(rawValue: seat % 4)
        switch action % 8 {
        case 0: rules.joined(seat)
        case 1: rules.left(seat)
        case 2: rules.setAway(action > 127, seat)
        case 3: _ = rules.step(rules.legalMoves(for: seat).prefix(Int(action % 20)).suffix(1).map { Input(seat, $0) })
        default: try fuzzMove(&bytes, &rules, seat)
        }
    }
    for form in [StateForm.json, .binary] {
        try promise(rules.state(since: rules, as: form).byteCount > 0, "there always is a state")
    }
}

/// A length, and a move of that many bytes with its kind in front.
private func fuzzMove(
    _ bytes: inout ByteBuffer, _ rules: inout any Rules, _ seat: Seat
) throws(BrokenPromise) {
    guard let kind = bytes.readInteger(as: UInt8.self), let data = bytes.readLengthPrefixedSlice(as: UInt8.self) else {
        return bytes.clear()
    }
    let move = Move(EventKind(rawValue: kind), .binary(data))
    let before = rules.stateHash
    let passes = (try? rules.check(move, by: seat)) != nil
    try promise(rules.stateHash == before, "checking changes nothing: \(move)")
    let isMade = (try? rules.apply(move, by: seat)) != nil
    try promise(passes == isMade, "check and apply agree: \(move)")
    try promise(isMade || rules.stateHash == before, "a refused move changes nothing: \(move)")
    for legal in rules.legalMoves(for: seat) {
        try promise((try? rules.check(legal, by: seat)) != nil, "a legal move passes: \(legal)")
    }
}

/// The input as a whole recording, and, since no fuzzer guesses the chain, as the header and frames of one.
func fuzzRecording(_ input: [UInt8]) throws(BrokenPromise) {
    let recording = ByteBuffer(bytes: input)
    _ = try? RecordingVerifier.verify(recording)
    guard let reader = try? RecordingReader(recording) else { return }
    var rest = recording
    rest.moveReaderIndex(forwardBy: reader.offset)
    var written = ByteBuffer()
    var writer = RecordingWriter(reader.header, to: &written)
    var count = 0
    while let frame = rest.readLengthPrefixedSlice(endianness: .little, as: UInt32.self), frame.readableBytes > 0 {
        guard let read = try? BinaryFrame(decoding: frame), read.isRecorded else { break }
        writer.append(frame: frame, to: &written)
        count += 1
    }
    writer.finish(RecordingFooter(lastNumber: 1, lastTick: .max), to: &written)
    try checkRecording(written, header: reader.header, frames: count)
}

private func checkRecording(
    _ recording: ByteBuffer, header: RecordingHeader, frames: Int
) throws(BrokenPromise) {
    guard var reader = try? RecordingReader(recording) else {
        throw BrokenPromise(description: "what was written as a recording begins like one")
    }
    try promise(reader.header == header, "a header reads back: \(header)")
    var count = 0
    do throws(RecordingError) { while try reader.next() != nil { count += 1 } } catch {
        throw BrokenPromise(description: "what was written as a recording is one: \(error)")
    }
    try promise(count == frames, "no frame is lost")
    _ = try? RecordingVerifier.verify(recording)
}

extension BinaryFrame {
    fileprivate var isRecorded: Bool {
        switch self.content {
        case .tick, .inputs: true
        case .moves, .state: false
        }
    }
}
