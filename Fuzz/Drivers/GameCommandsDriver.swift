import Game
import NIOCore
import SocketIO

/// The input is the argument array of an event. Whatever is read from it must be within the bounds that commands have, and
/// be the same when read again from the canonical form of the text.
func fuzzGameCommands(_ input: [UInt8]) throws(BrokenPromise) {
    let text = ByteBuffer(bytes: input)
    guard let arguments = try? Arguments(parsing: text), let name = arguments[0]?.string else { return }
    try checkCanonical(arguments)
    try checkMoves(arguments)
    do throws(Refusal) {
        let command = try RoomCommand(event: name, arguments)
        try checkSettings(command)
    } catch {
        try promise(!error.message.isEmpty, "a refusal says why")
    }
}

private func checkCanonical(_ arguments: Arguments) throws(BrokenPromise) {
    for index in 0..<arguments.count {
        guard let value = arguments[index] else { return }
        let canonical = value.canonical
        try promise((try? JSON(validating: canonical.bytes)) == canonical, "a canonical form is JSON: \(value)")
        try promise(canonical.canonical == canonical, "the canonical form of one is itself: \(value)")
    }
}

private func checkMoves(_ arguments: Arguments) throws(BrokenPromise) {
    _ = MoveMessage.firstNumber(of: arguments)
    let kinds = [GameDescription.NamedKind(EventKind(rawValue: 32), "place")]
    guard let message = try? MoveMessage(arguments, kinds: { $0 < 60_000 ? kinds : nil }) else { return }
    try promise((1...MoveMessage.maximumMoves).contains(message.moves.count), "a message holds 1 to 16 moves")
    try promise(message.moves[0].number == MoveMessage.firstNumber(of: arguments), "both readings of n agree")
    for move in message.moves {
        try promise(move.number > 0, "moves are numbered from 1")
        try promise(move.move.data.json?.hasPlaceholder != true, "JSON data holds nothing like a placeholder")
        try promise((move.options.recipients?.count ?? 0) <= 32, "at most 32 seats are named")
    }
}

/// A room can be made of every request that was read, or is refused.
private func checkSettings(_ command: RoomCommand) throws(Refusal) {
    guard case .create(let request) = command else { return }
    let game = GameDefinition(
        GameDescription(name: "relay", kinds: [], players: 1...32, hz: 0, isAuthoritative: false, startsAtOnce: true))
    let settings = try RoomSettings(request, game: game, id: "room", code: "ABC123", seed: 1)
    var room = Room(settings, at: .uptimeNanoseconds(0))
    room.advance(to: .uptimeNanoseconds(1_000_000_000))
}
