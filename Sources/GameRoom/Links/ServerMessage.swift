import Game
import NIOCore
import SocketIO

/// What a game namespace tells its clients (contract §3.2).
enum ServerMessage: Sendable {
    case hello(pid: String, key: String)
    /// The link stands, and nobody says who the player is: the broker knows.
    case ready
    /// - Parameter hasLowNumbers: move numbers are only the low 16 bits.
    case tick(reference: UInt16, TickFrame, hasLowNumbers: Bool)
    case state(reference: UInt16, StateFrame)
    /// The whole state now and then, as it was behind an event of the log.
    case snapshot(tick: UInt32, lastNumber: UInt32, JSON)
    case refused(reference: UInt16, number: UInt32, code: String)
    case closed(room: String, reason: String)
    case resynchronised(Admission)
    /// Of no interest to players.
    case other
    case unreadable(String)

    /// - Parameter event: its name first.
    init(_ event: Arguments) {
        let name = event[0]?.string ?? ""
        self = Self.read(name, event) ?? .unreadable("\(name): \(String(buffer: event.bytes).prefix(200))")
    }

    private static func read(_ name: String, _ event: Arguments) -> ServerMessage? {
        switch name {
        case "tick", "state":
            if let bytes = event.attachment(at: 1) { return self.frame(bytes) }
            return name == "tick" ? self.tick(event) : self.state(event)
        case "hello":
            guard let pid = event[1]?["pid"]?.string, let key = event[1]?["key"]?.string else { return nil }
            return .hello(pid: pid, key: key)
        case "refused": return self.refused(event[1]?.elements ?? [])
        case "room:closed":
            guard let room = event[1]?["rid"]?.string, let reason = event[1]?["reason"]?.string else { return nil }
            return .closed(room: room, reason: reason)
        case "room:resync": return event[1].flatMap(Admission.init).map(ServerMessage.resynchronised)
        default: return .other
        }
    }

    private static func frame(_ bytes: ByteBuffer) -> ServerMessage? {
        guard let frame = try? BinaryFrame(decoding: bytes) else { return nil }
        switch frame.content {
        case .tick(let tick): return .tick(reference: frame.ref, tick, hasLowNumbers: true)
        case .state(let state): return .state(reference: frame.ref, state)
        case .moves, .inputs: return nil
        }
    }

    /// `[ref, tick, t, q0, [[kind, seat, n, data], …]]`.
    private static func tick(_ event: Arguments) -> ServerMessage? {
        guard let parts = event[1]?.elements, parts.count >= 5, let reference = parts[0].number(UInt16.self),
            let frame = TickFrame(parts, attachments: event.attachments)
        else { return nil }
        return .tick(reference: reference, frame, hasLowNumbers: false)
    }

    /// `[ref, tick, t, base, [[seat, n, wait], …], payload]`.
    private static func state(_ event: Arguments) -> ServerMessage? {
        guard let parts = event[1]?.elements, parts.count >= 6, let reference = parts[0].number(UInt16.self),
            let tick = parts[1].number(UInt32.self), let time = parts[2].number(UInt32.self),
            let base = parts[3].number(UInt32.self), let acks = parts[4].elements
        else { return nil }
        let progress = acks.compactMap(StateFrame.Progress.init)
        guard progress.count == acks.count else { return nil }
        return .state(
            reference: reference,
            StateFrame(tick: tick, time: time, base: base, progress: progress, payload: .json(parts[5])))
    }

    private static func refused(_ parts: [JSON]) -> ServerMessage? {
        guard parts.count >= 3, let reference = parts[0].number(UInt16.self), let number = parts[1].number(UInt32.self),
            let code = parts[2].string
        else { return nil }
        return .refused(reference: reference, number: number, code: code)
    }
}

extension TickFrame {
    /// - Parameter parts: `ref`, which is passed over, `tick`, `t`, `q0` and the events.
    init?(_ parts: [JSON], attachments: [ByteBuffer]) {
        guard parts.count >= 5, let tick = parts[1].number(UInt32.self), let time = parts[2].number(UInt32.self),
            let first = parts[3].number(UInt32.self), first > 0, let list = parts[4].elements,
            UInt32.max - first >= UInt32(clamping: list.count)
        else { return nil }
        var events: [LogEvent] = []
        for (index, part) in list.enumerated() {
            let number = first &+ UInt32(clamping: index)
            guard let event = LogEvent(part, number: number, attachments: attachments) else { return nil }
            events.append(event)
        }
        self.init(tick: tick, time: time, firstNumber: first, events: events)
    }
}

extension LogEvent {
    /// `[kind, seat, n, data]`; a hole has no data.
    fileprivate init?(_ json: JSON, number: UInt32, attachments: [ByteBuffer]) {
        guard let parts = json.elements, parts.count >= 3, let kind = parts[0].number(UInt8.self),
            let seat = parts[1].number(UInt8.self), let move = parts[2].number(UInt32.self)
        else { return nil }
        var data = Payload.json(parts.count > 3 ? parts[3] : .null)
        if parts.count > 3, let index = parts[3].placeholder {
            guard attachments.indices.contains(index) else { return nil }
            data = .binary(attachments[index])
        }
        self.init(
            number: number, kind: EventKind(rawValue: kind), seat: Seat(rawValue: seat), moveNumber: move, data: data)
    }
}

extension StateFrame.Progress {
    fileprivate init?(_ json: JSON) {
        guard let parts = json.elements, parts.count >= 3, let seat = parts[0].number(UInt8.self),
            let number = parts[1].number(UInt32.self), let wait = parts[2].number(UInt16.self)
        else { return nil }
        self.init(seat: Seat(rawValue: seat), moveNumber: number, wait: wait)
    }
}
