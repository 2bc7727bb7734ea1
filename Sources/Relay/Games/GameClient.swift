import Game
import NIOCore
import SocketIO
import SocketIOServer

/// One client of a game namespace: who it is, what it may still send, which rooms it is in, and where its events go.
final class GameClient {
    /// Names the client to the lobby.
    let id: MemberID
    let connection: any GameConnection
    let table: ClientTable
    private let player: Player
    private let encoding: FrameEncoding
    private let budget: SharedBudget
    /// The rooms, by their numbers on the connection.
    private var rooms: [UInt16: Membership] = [:]
    /// Members that no room has answered yet.
    private var joining: Set<MemberID> = []
    private var isWatching = false

    private static let maximumRooms = GameLimits().rooms

    init(
        _ player: Player, reading encoding: FrameEncoding, over connection: any GameConnection, table: ClientTable
    ) {
        self.id = table.makeMemberID()
        self.player = player
        self.encoding = encoding
        self.connection = connection
        self.table = table
        self.budget = table.budget(of: player.id)
    }

    private var network: GameNetwork { self.table.network }

    /// Whether the client is in rooms, or on its way into one.
    var isInRooms: Bool { !self.rooms.isEmpty || !self.joining.isEmpty }

    /// `hello`: who the client is here, and what there is.
    /// - Parameter key: what the client has to bring to be the same player again.
    func greet(key: String) {
        let limits = GameLimits()
        let hello: JSON = [
            "v": 1, "pid": JSON(self.player.id), "key": JSON(key), "now": JSON(Clock.milliseconds()),
            "limits": [
                "moveBytes": JSON(limits.moveBytes),
                "moves": [JSON(Int(limits.moves.perSecond)), JSON(Int(limits.moves.burst))],
                "bytes": JSON(Int(limits.bytes.perSecond)), "rooms": JSON(limits.rooms),
            ],
            "games": .array(self.table.games.names.map { JSON($0) }),
        ]
        self.emit(Arguments(["hello", hello]))
    }

    private func emit(_ event: Arguments, from room: Admission? = nil) {
        self.connection.send(.event(event), from: room)
    }

    /// - Parameter leaves: the client has said goodbye; else the seats wait for it.
    func disconnected(leaves: Bool) {
        for membership in self.rooms.values {
            guard let admission = membership.admission else { continue }
            let (member, room) = (membership.member, admission.room)
            self.connection.left(admission)
            self.table.forget(member)
            self.network.onHost(of: room) { $0.lost(member, in: room, leaves: leaves) }
        }
        self.rooms = [:]
        for member in self.joining { self.table.forget(member) }
        if self.isWatching {
            let id = self.id
            self.network.onHall { $0.unwatch(id) }
        }
    }

    func writable() {
        for membership in self.rooms.values { membership.writable() }
    }

    // MARK: Events

    func received(_ event: GameEvent) {
        let purpose = ConnectionBudget.Purpose(event: event.name)
        let bytes = event.arguments.attachments.reduce(event.arguments.bytes.readableBytes) { $0 + $1.readableBytes }
        switch self.budget.charge(purpose, count: purpose == .move ? event.moveCount : 1, bytes: bytes) {
        case .within: break
        case .over(let refusal): return self.refuse(event, refusal)
        case .expel:
            self.refuse(event, Refusal(.rate, "too much, for too long"))
            for membership in self.rooms.values { self.expel(membership, .kicked) }
            return
        }
        do throws(Refusal) {
            if event.name == "move" {
                try self.move(event)
            } else {
                try self.perform(RoomCommand(event: event.name, event.arguments), event)
            }
        } catch {
            self.refuse(event, error)
        }
    }

    /// Says no: in the acknowledgement, or for a move without one by `refused`.
    private func refuse(_ event: GameEvent, _ refusal: Refusal) {
        if event.answer != nil { return event.reply(refusal.json) }
        guard event.name == "move" else { return }
        let reference = event.arguments[1]?.elements?.first?.int.flatMap { UInt16(exactly: $0) } ?? 0
        let number = MoveMessage.firstNumber(of: event.arguments)
        self.tellRefusals([(number, refusal)], reference: reference)
    }

    private func move(_ event: GameEvent) throws(Refusal) {
        let message = try GameMove(event.arguments, kinds: { self.rooms[$0]?.admission?.kinds })
        guard let membership = self.rooms[message.reference], let room = membership.admission?.room else {
            throw Refusal(.reference, "\(message.reference) is no room of yours")
        }
        let (member, reference, isBatch) = (membership.member, message.reference, message.isBatch)
        let (moves, network) = (message.moves, self.network)
        let pending = self.pending(event)
        network.onHost(of: room) { host in
            let answer = host.move(in: room, moves, isBatch: isBatch, by: member)
            let refusals = answer.refusals(first: moves.first?.number ?? 0)
            if pending == nil, refusals.isEmpty { return }
            network.onClients(of: member) { table in
                if let pending { return pending.value(answer.json) }
                table.tellRefusals(refusals, to: member, reference: reference)
            }
        }
    }

    func tellRefusals(_ refusals: [(number: UInt32, refusal: Refusal)], reference: UInt16) {
        for (number, refusal) in refusals {
            let event = refusal.event(reference: reference, number: number)
            self.emit(Arguments(["refused", event]), from: self.rooms[reference]?.admission)
        }
    }

    private func perform(_ command: RoomCommand, _ event: GameEvent) throws(Refusal) {
        switch command {
        case .create(let request):
            try self.check(request)
            try self.enter(event, password: request.password) { newcomer, network in
                network.onHall { $0.create(request, for: newcomer) }
            }
        case .match(let request):
            try self.check(request)
            try self.enter(event, password: request.password) { newcomer, network in
                network.onHall { $0.match(Match(request: request, newcomer: newcomer)) }
            }
        case .join(let request): try self.join(request, event)
        case .resume(let request):
            try self.enter(event) { newcomer, network throws(Refusal) in
                let isPossible = network.onHost(of: request.room) {
                    $0.resume(request.room, newcomer, request.token, after: request.number)
                }
                if !isPossible { throw .noRoom }
            }
        case .watchLobby(let filter): self.watch(filter, event)
        case .unwatchLobby:
            let id = self.id
            self.isWatching = false
            self.network.onHall { $0.unwatch(id) }
            event.reply(["ok": true])
        case .time(let value, let room): self.tellTime(value, room, event)
        default: try self.performInRoom(command, event)
        }
    }

    /// The way to answer, to be taken to a room's loop and back.
    private func pending(_ event: GameEvent) -> NIOLoopBound<(JSON) -> Void>? {
        event.answer.map { NIOLoopBound($0, eventLoop: self.table.eventLoop) }
    }

    // MARK: Ways in

    /// What can be refused without asking anybody.
    private func check(_ request: CreateRoom) throws(Refusal) {
        guard let game = self.table.games.definition(of: request.game) else {
            throw Refusal(.noKind, "there is no game \(request.game.prefix(64)) here")
        }
        try self.table.games.checkRecording(of: request)
        _ = try RoomSettings(request, game: game, id: "none", code: "", seed: 0)
    }

    private func join(_ request: JoinRoom, _ event: GameEvent) throws(Refusal) {
        try self.enter(event, as: request.role, password: request.password) { newcomer, network throws(Refusal) in
            switch request.target {
            case .code(let code): network.onHall { $0.join(code: code, newcomer) }
            case .id(let room):
                guard network.onHost(of: room, { $0.join(room, newcomer, reserved: false) }) else { throw .noRoom }
            }
        }
    }

    /// Goes to a room's door. The room, or whoever knows that there is none, answers `admitted` or `refused`.
    func enter(
        _ event: GameEvent, as role: Room.Role? = nil, password: String? = nil,
        _ ask: (Newcomer, GameNetwork) throws(Refusal) -> Void
    ) throws(Refusal) {
        guard self.rooms.count + self.joining.count < Self.maximumRooms else {
            throw Refusal(.rate, "one connection may be in \(Self.maximumRooms) rooms")
        }
        let member = self.table.makeMemberID()
        try ask(
            Newcomer(
                member: member, player: self.player, encoding: self.encoding,
                memberships: self.rooms.values.map(\.member), role: role,
                password: password), self.network)
        self.joining.insert(member)
        self.table.expect(Membership(member, of: self, joining: event))
    }

    func admitted(_ membership: Membership, _ admission: Admission) {
        self.joining.remove(membership.member)
        // The client may have taken its own seat over: nothing is for the member before any more.
        if let before = self.rooms.updateValue(membership, forKey: admission.reference) {
            self.table.forget(before.member)
        }
        membership.admitted(admission)
        self.connection.entered(admission)
        guard let roundTrip = self.connection.roundTrip else { return }
        let member = membership.member
        self.network.onHost(of: admission.room) { host in
            host.perform(in: admission.room) { room, _ throws(Refusal) in
                room.setRoundTrip(roundTrip, of: member)
                return .null
            }
        }
    }

    func refused(_ membership: Membership, _ refusal: Refusal) {
        self.joining.remove(membership.member)
        membership.refused(refusal)
    }

    // MARK: Ways out

    /// A room says that the member is in it no more. When this very client has taken the seat over by another membership,
    /// it is in the room still, and hears nothing.
    func departed(_ membership: Membership, _ reason: DepartureReason) {
        guard let admission = membership.admission, self.rooms[admission.reference] === membership else { return }
        self.rooms[admission.reference] = nil
        if reason != .left {
            let payload: JSON = ["rid": JSON(admission.room), "reason": JSON(reason.rawValue)]
            self.emit(Arguments(["room:closed", payload]), from: admission)
        }
        self.connection.left(admission)
    }

    func expel(_ membership: Membership, _ reason: DepartureReason) {
        guard let room = membership.admission?.room else { return }
        let member = membership.member
        self.network.onHost(of: room) { $0.expel(member, from: room, reason) }
    }

    // MARK: In a room

    private func performInRoom(_ command: RoomCommand, _ event: GameEvent) throws(Refusal) {
        guard let room = command.room, let membership = self.membership(in: room) else { throw .notIn }
        let (member, network) = (membership.member, self.network)
        let pending = self.pending(event)
        network.onHost(of: room) { host in
            host.perform(
                in: room,
                answer: { answer in
                    guard let pending else { return }
                    network.onClients(of: member) { _ in pending.value(answer) }
                }
            ) { room, now throws(Refusal) in try command.perform(in: &room, by: member, at: now) }
        }
    }

    private func membership(in room: String) -> Membership? {
        self.rooms.values.first { $0.admission?.room == room }
    }

    /// News of the lobby. Whoever reads too slowly misses some, which the gap in `rev` tells, and watches again.
    func notice(_ message: OutboundMessage) {
        guard self.isWatching, self.connection.queuedBytes <= self.table.maximumQueue else { return }
        self.connection.send(.packet(message), from: nil)
    }

    private func watch(_ filter: LobbyFilter, _ event: GameEvent) {
        self.isWatching = true
        let (id, network) = (self.id, self.network)
        let pending = self.pending(event)
        network.onHall { hall in
            hall.watch(filter, as: id) { answer in
                network.onClients(of: id) { _ in pending?.value(answer) }
            }
        }
    }

    /// `[c, now, tick]`; the tick of a room that the client is in.
    private func tellTime(_ value: JSON, _ room: String?, _ event: GameEvent) {
        guard let room, let membership = self.membership(in: room) else {
            return event.reply([value, JSON(Clock.milliseconds()), .null])
        }
        let (member, network, roundTrip) = (membership.member, self.network, self.connection.roundTrip)
        let pending = self.pending(event)
        network.onHost(of: room) { host in
            host.perform(
                in: room,
                answer: { tick in
                    let answer: JSON = [value, JSON(Clock.milliseconds()), tick.int == nil ? .null : tick]
                    network.onClients(of: member) { _ in pending?.value(answer) }
                }
            ) { room, _ throws(Refusal) in
                if let roundTrip { room.setRoundTrip(roundTrip, of: member) }
                return JSON(room.tick)
            }
        }
    }
}

extension ClientTable {
    /// To a member that sent moves without asking for an answer.
    func tellRefusals(_ refusals: [(number: UInt32, refusal: Refusal)], to member: MemberID, reference: UInt16) {
        self.client(of: member)?.tellRefusals(refusals, reference: reference)
    }
}
