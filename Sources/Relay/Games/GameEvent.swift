import NIOCore
import SocketIO
import SocketIOServer

/// What a client asks for, whichever way it came. Lives on the client's loop.
struct GameEvent {
    let name: String
    /// The name first.
    let arguments: Arguments
    /// Sends the answer, once; nil: the client asked for none.
    let answer: ((JSON) -> Void)?

    func reply(_ answer: JSON) {
        self.answer?(answer)
    }
}

extension GameEvent {
    init(_ event: Event) {
        let acknowledgement = event.acknowledgement
        self.init(
            name: event.name, arguments: event.arguments,
            answer: acknowledgement.map { acknowledgement in { acknowledgement.send(Arguments([$0])) } })
    }

    /// How many moves the event holds, as far as can be seen without reading them.
    var moveCount: Int {
        if let bytes = self.arguments.attachment(at: 1) {
            return Int(bytes.getInteger(at: bytes.readerIndex + 4, endianness: .little, as: UInt16.self) ?? 1)
        }
        return self.arguments[1]?.elements?.dropFirst().first?.elements?.count ?? 1
    }
}
