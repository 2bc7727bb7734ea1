import Settings
import NIOCore
import NIOHTTP1
import SocketIO
import SocketIOServer

/// A namespace of kind `echo`: plays back what it gets, so that any client can be tried against the very server that
/// carries the real traffic.
final class EchoNamespace: NamespaceHandler {
    private let name: String
    private let shard: Shard
    /// Most bytes that one `burst`, `flood` or `blob` may ask for.
    private let bounds: Int
    private let token: Secret?

    /// Most events of one `burst`, `flood` or `volatile-burst`, whatever their size.
    private static let maximumEvents = 1_000_000
    private static let maximumTimeout = 60_000

    init(name: String, shard: Shard, bounds: Int, token: Secret?) {
        self.name = name
        self.shard = shard
        self.bounds = bounds
        self.token = token
    }

    func refusal(of handshake: SocketHandshake) -> ConnectRefusal? {
        self.token?.refusal(of: handshake)
    }

    func connected(_ socket: Socket) {
        socket.emit(Arguments(["auth", socket.handshake.auth ?? [:]]))
    }

    func received(_ event: Event, from socket: Socket) {
        switch event.name {
        case "message": socket.emit(event.arguments.renamed("message-back", dropping: 1))
        case "message-with-ack": event.acknowledgement?.send(event.arguments.dropping(1))
        case "ask": self.ask(event, socket)
        case "ask-timeout": self.askWithTimeout(event, socket)
        case "kick": socket.disconnect(close: event.arguments[1]?.bool ?? false)
        case "sever": socket.sever()
        case "whoami": event.reply(socket.description)
        case "join", "leave", "room", "room-others", "broadcast", "room-ask": self.receivedForRoom(event, socket)
        default: self.receivedForLoad(event, socket)
        }
    }

    // MARK: Rooms

    private func receivedForRoom(_ event: Event, _ socket: Socket) {
        if event.name == "broadcast" {
            return self.broadcast(event, dropping: 1, to: Audience(except: [socket.id]))
        }
        guard let room = event.arguments[1]?.string else { return event.refuse(.badInput, "expected a room") }
        switch event.name {
        case "join":
            guard socket.rooms.count < 1_000 else { return event.refuse(.tooMany, "at most 1000 rooms") }
            socket.join(room)
            event.reply("ok")
        case "leave":
            socket.leave(room)
            event.reply("ok")
        case "room": self.broadcast(event, dropping: 2, to: Audience(rooms: [room]))
        case "room-others": self.broadcast(event, dropping: 2, to: Audience(rooms: [room], except: [socket.id]))
        default: self.askRoom(room, event)
        }
    }

    /// Sends the event that stands behind the first arguments to an audience.
    private func broadcast(_ event: Event, dropping count: Int, to audience: Audience) {
        guard let name = event.arguments[count]?.string, !Event.reservedNames.contains(name) else {
            return event.refuse(.badInput, "expected the name of an event that is not reserved")
        }
        self.shard.hub.broadcast(event.arguments.dropping(count), in: self.name, to: audience)
    }

    private func askRoom(_ room: String, _ event: Event) {
        guard let timeout = self.timeout(event.arguments[2], event) else { return }
        let question = event.arguments.renamed("question", dropping: 3)
        let pending = NIOLoopBound(event, eventLoop: self.shard.eventLoop)
        self.shard.hub.ask(
            question, in: self.name, of: Audience(rooms: [room]), timeout: timeout, on: self.shard.eventLoop
        ) { missing, answers in
            let replies = answers.map { $0[0] ?? .null }
            pending.value.reply(JSON(missing > 0), .array(replies))
        }
    }

    // MARK: Questions

    private func ask(_ event: Event, _ socket: Socket) {
        let question = event.arguments.renamed("question", dropping: 1)
        socket.ask(question, timeout: .milliseconds(Int64(Self.maximumTimeout))) { reply in
            if case .arguments(let values) = reply { socket.emit(values.renamed("answer", dropping: 0)) }
        }
    }

    private func askWithTimeout(_ event: Event, _ socket: Socket) {
        guard let timeout = self.timeout(event.arguments[1], event) else { return }
        socket.ask(event.arguments.renamed("question", dropping: 2), timeout: timeout) { reply in
            switch reply {
            case .arguments(let values): socket.emit(values.renamed("answer", dropping: 0))
            case .timeout: socket.emit(Arguments(["answer-timeout"]))
            case .disconnected: break
            }
        }
    }

    private func timeout(_ argument: JSON?, _ event: Event) -> TimeAmount? {
        guard let milliseconds = argument?.int, (0...Self.maximumTimeout).contains(milliseconds) else {
            event.refuse(.badInput, "a timeout is 0 to \(Self.maximumTimeout) ms")
            return nil
        }
        return .milliseconds(Int64(milliseconds))
    }

    // MARK: Load

    private func receivedForLoad(_ event: Event, _ socket: Socket) {
        switch event.name {
        case "burst": self.emitMany("seq", "x", event, socket)
        case "flood": self.emitMany("chunk", "f", event, socket)
        case "volatile-burst":
            guard let count = self.count(event.arguments[1], times: 0, event) else { return }
            for index in 0..<count { socket.emitVolatile(Arguments(["vseq", JSON(index)])) }
            socket.emit(Arguments(["vend"]))
        case "blob":
            guard let count = event.arguments[1]?.int, (0...self.bounds).contains(count) else {
                return event.refuse(.tooBig, "at most \(self.bounds) bytes")
            }
            let bytes = ByteBuffer(bytes: (0..<count).lazy.map { UInt8($0 % 251) })
            event.acknowledgement?.send(Arguments([.placeholder(0)], attachments: [bytes]))
        default: event.refuse(.unknownEvent, "there is no event \(event.name) here")
        }
    }

    /// Emits `name(i, letter × size)` for each i below n, at once.
    private func emitMany(_ name: String, _ letter: Character, _ event: Event, _ socket: Socket) {
        let size = event.arguments[2]?.int ?? 0
        guard let count = self.count(event.arguments[1], times: size, event) else { return }
        let pad = JSON(String(repeating: letter, count: size))
        for index in 0..<count {
            guard socket.isConnected else { return }
            socket.emit(Arguments([JSON(name), JSON(index), pad]))
        }
    }

    private func count(_ argument: JSON?, times size: Int, _ event: Event) -> Int? {
        guard let count = argument?.int, (0...Self.maximumEvents).contains(count), size >= 0,
            case let (bytes, overflows) = count.multipliedReportingOverflow(by: size), !overflows, bytes <= self.bounds
        else {
            event.refuse(.tooBig, "at most \(Self.maximumEvents) events of \(self.bounds) bytes in all")
            return nil
        }
        return count
    }
}

extension Event {
    /// Names that clients and servers keep for themselves: an official client that receives one closes.
    static let reservedNames: Set<String> = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    ]
}

extension Arguments {
    /// Without the first `count`, the rest as it came.
    fileprivate func dropping(_ count: Int) -> Arguments {
        guard let first = self[count] else { return Arguments([], attachments: self.attachments) }
        return self.rebuilt([first], tailAfter: count + 1)
    }

    /// Without the first `count`, another name in front.
    fileprivate func renamed(_ name: String, dropping count: Int) -> Arguments {
        self.rebuilt([JSON(name)], tailAfter: count)
    }

    private func rebuilt(_ head: [JSON], tailAfter count: Int) -> Arguments {
        let rest = (count..<Swift.max(count, self.count)).compactMap { self[$0] }
        return Arguments(head + rest, attachments: self.attachments)
    }
}

extension Socket {
    /// What `whoami` answers.
    fileprivate var description: JSON {
        let request = self.handshake.request
        return [
            "id": JSON(self.id), "recovered": false, "nsp": JSON(self.handshake.namespace),
            "rooms": .array(self.rooms.map { JSON($0) }), "transport": JSON(self.transport),
            "auth": self.handshake.auth ?? [:],
            "query": .object(request.query.map { ($0.name, JSON($0.value)) }),
            "xtest": request.headers.first(name: "X-Test").map { JSON($0) } ?? .null,
        ]
    }
}
