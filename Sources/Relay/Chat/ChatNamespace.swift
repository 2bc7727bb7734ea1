import NIOCore
import Settings
import SocketIO
import SocketIOServer

/// A namespace of kind `chat` on one shard: reads the events of its sockets.
final class ChatNamespace: NamespaceHandler {
    private let name: String
    private let clients: ChatClients
    private let token: Secret?

    init(name: String, clients: ChatClients, token: Secret?) {
        self.name = name
        self.clients = clients
        self.token = token
    }

    func refusal(of handshake: SocketHandshake) -> ConnectRefusal? {
        self.token?.refusal(of: handshake)
    }

    func connected(_ socket: Socket) {
        socket.context = ChatClient(of: self.name, over: ChatSocket(socket), among: self.clients)
    }

    func disconnected(_ socket: Socket, reason: String) {
        (socket.context as? ChatClient)?.disconnected()
    }

    func received(_ event: Event, from socket: Socket) {
        guard let client = socket.context as? ChatClient else { return }
        let isMessage = event.name == "say"
        do throws(ChatRefusal) {
            try client.charge(isMessage: isMessage)
            try self.perform(event, of: client)
        } catch {
            if isMessage { self.clients.countRefusedMessage() }
            event.reply(error.json)
        }
    }

    private func perform(_ event: Event, of client: ChatClient) throws(ChatRefusal) {
        switch event.name {
        case "join":
            let room = try event.room
            guard let name = event.arguments[1]?["name"]?.string else {
                throw ChatRefusal(.badInput, "expected {room, name}, where name is a text")
            }
            try client.join(room, as: ChatName(name), reply: self.reply(to: event))
        case "say":
            let room = try event.room
            guard let text = event.arguments[1]?["text"]?.string else {
                throw ChatRefusal(.badInput, "expected {room, text}, where text is a text")
            }
            try client.say(ChatText(text), in: room, reply: self.reply(to: event))
        case "leave":
            try client.leave(event.room, reply: self.reply(to: event))
        default:
            throw ChatRefusal(.unknownEvent, "there is no event \(event.name.prefix(64)) here")
        }
    }

    /// The way to answer, to be taken to a room's loop and back; nil: the client asked for no answer.
    private func reply(to event: Event) -> ChatReply? {
        event.acknowledgement.map { acknowledgement in
            NIOLoopBound(
                { acknowledgement.send(Arguments([$0.json])) }, eventLoop: self.clients.shard.eventLoop)
        }
    }
}

extension Event {
    /// `room` of the one argument.
    fileprivate var room: String {
        get throws(ChatRefusal) {
            guard let room = self.arguments[1]?["room"]?.string else {
                throw ChatRefusal(.badInput, "expected an object whose room is a text")
            }
            return try ChatRoomName.check(room)
        }
    }
}

/// A client's Socket.IO socket.
private final class ChatSocket: ChatConnection {
    private let socket: Socket
    let form = ChatForm.events

    init(_ socket: Socket) {
        self.socket = socket
    }

    func send(_ event: ChatEvent) {
        if let message = event.message { self.socket.send(message) }
    }
}
