import Game
import HeapModule
import NIOCore
import SocketIO
import SocketIOServer

/// The rooms of one event loop: lets time pass for them, carries out commands, and sends on what comes of either.
final class RoomHost {
    private let network: GameNetwork
    private let eventLoop: any EventLoop
    private let surroundings: GameSurroundings
    private var rooms: [String: LiveRoom] = [:]
    private var alarms = Heap<Alarm>()
    private var timer: (task: Scheduled<Void>, deadline: NIODeadline)?
    private var load = LoadMeter()
    private(set) var metrics = GameMetrics()

    /// Alarms beyond two a room, before those that are not waited for any more are looked for.
    private static let spareAlarms = 64

    private struct Alarm: Comparable {
        let deadline: NIODeadline
        weak var room: LiveRoom?

        static func < (left: Self, right: Self) -> Bool { left.deadline < right.deadline }
        static func == (left: Self, right: Self) -> Bool { left.deadline == right.deadline }
    }

    init(network: GameNetwork, eventLoop: any EventLoop, surroundings: GameSurroundings) {
        self.network = network
        self.eventLoop = eventLoop
        self.surroundings = surroundings
    }

    // MARK: Rooms

    /// Takes in a room that the hall has made.
    func open(_ room: Room, reference: UInt16) {
        let live = LiveRoom(
            room, encoder: FrameEncoder(namespace: self.network.namespace, reference: reference),
            outlets: RoomOutlets(of: room, in: self.surroundings))
        self.rooms[live.id] = live
        self.metrics.roomsOpened += 1
        self.settle(live)
    }

    /// Lets somebody in, or says why not, and tells the hall how the seat that it may have reserved came out.
    func join(_ room: String, _ newcomer: Newcomer, reserved: Bool, created: Bool? = nil) {
        let token = ResumeToken.random()
        self.admit(newcomer, to: room, reserved: reserved) { live throws(Refusal) in
            try live.room.checkIsOutside(newcomer.memberships)
            let joined = try live.room.join(
                newcomer.player, as: newcomer.role, password: newcomer.password, member: newcomer.member, token: token,
                at: .now())
            let more: [(String, JSON)] = created.map { [("created", JSON($0))] } ?? []
            return Entry(joined: joined, answer: joined.json(reference: live.encoder.reference, more: more))
        }
    }

    func resume(_ room: String, _ newcomer: Newcomer, _ token: ResumeToken, after number: UInt32) {
        let newToken = ResumeToken.random()
        self.admit(newcomer, to: room, reserved: false) { live throws(Refusal) in
            let resumed: Resumed
            do throws(Refusal) {
                resumed = try live.room.resume(
                    token, after: number, member: newcomer.member, newToken: newToken, at: .now())
            } catch {
                self.metrics.resumes[.refused, default: 0] += 1
                throw error
            }
            self.metrics.resumes[resumed.replay == nil ? .snapshot : .replay, default: 0] += 1
            let replay = (resumed.replay ?? []).flatMap {
                live.encoder.whole($0, as: newcomer.encoding)
            }
            return Entry(
                joined: resumed.joined, answer: resumed.json(reference: live.encoder.reference), replay: replay)
        }
    }

    /// What comes of an admission: the answer, and what is to go out behind it.
    private struct Entry {
        let joined: Joined
        let answer: JSON
        /// Nil: somebody new.
        var replay: [EncodedFrame]?
    }

    private func admit(
        _ newcomer: Newcomer, to room: String, reserved: Bool, _ enter: (LiveRoom) throws(Refusal) -> Entry
    ) {
        let member = newcomer.member
        guard let live = self.rooms[room] else {
            return self.refuse(newcomer, .noRoom, at: room, reserved: reserved)
        }
        do throws(Refusal) {
            let entry = try enter(live)
            live.entered(member, reading: newcomer.encoding)
            let admission = Admission(
                room: room, reference: live.encoder.reference, seat: entry.joined.seat, token: entry.joined.token,
                kinds: live.kinds, answer: entry.answer, replay: entry.replay)
            self.network.onClients(of: member) { $0.admitted(member, admission) }
            if reserved { self.network.onHall { $0.seated(member) } }
        } catch {
            self.refuse(newcomer, error, at: room, reserved: reserved)
        }
        self.settle(live, releasingSeat: reserved)
    }

    /// Whoever has a seat reserved may be taken by another room: the hall goes on.
    private func refuse(_ newcomer: Newcomer, _ refusal: Refusal, at room: String, reserved: Bool) {
        if reserved { return self.network.onHall { $0.refused(room, newcomer, refusal) } }
        let member = newcomer.member
        self.network.onClients(of: member) { $0.refused(member, refusal) }
    }

    /// Has the room do something, and what comes of it told. The answer goes out before the frames that it causes.
    /// - Parameters:
    ///   - answer: gets the acknowledgement.
    ///   - command: what to do, and when that is.
    func perform(
        in room: String, answer: (JSON) -> Void = { _ in },
        _ command: (inout Room, NIODeadline) throws(Refusal) -> JSON
    ) {
        guard let live = self.rooms[room] else { return answer(Refusal.noRoom.json) }
        let now = self.bringUpToDate(live)
        do throws(Refusal) {
            answer(try command(&live.room, now))
        } catch {
            answer(error.json)
        }
        self.settle(live)
    }

    func move(in room: String, _ moves: [NumberedMove], isBatch: Bool, by member: MemberID) -> MoveAnswer {
        guard let live = self.rooms[room] else { return .refused(.noRoom) }
        defer { self.settle(live) }
        do throws(Refusal) {
            if isBatch {
                let receipt = try live.room.move(moves, by: member, at: .now())
                self.metrics.count(receipt, of: moves.count)
                return .batch(receipt)
            }
            guard let move = moves.first else { return .refused(Refusal(.badInput, "no move")) }
            let receipt = try live.room.move(move, by: member, at: .now())
            self.metrics.moves[receipt.isDuplicate ? .duplicate : .taken, default: 0] += 1
            return .move(receipt)
        } catch {
            self.metrics.moves[.refused, default: 0] += 1
            return .refused(error)
        }
    }

    /// A member's connection is gone for the moment, or for good when it `leaves`.
    func lost(_ member: MemberID, in room: String, leaves: Bool) {
        guard let live = self.rooms[room] else { return }
        if leaves {
            try? live.room.leave(member, at: .now())
        } else {
            live.room.lost(member, at: .now())
        }
        self.settle(live)
    }

    func expel(_ member: MemberID, from room: String, _ reason: DepartureReason) {
        guard let live = self.rooms[room] else { return }
        live.room.expel(member, reason, at: .now())
        self.settle(live)
    }

    /// A member has read all that waited for it, and lacks what was not sent meanwhile.
    func resynchronise(_ member: MemberID, in room: String) {
        guard let live = self.rooms[room] else { return }
        let now = self.bringUpToDate(live)
        guard let joined = try? live.room.resynchronise(member, at: now) else { return }
        self.metrics.resynchronisations += 1
        let payload = joined.resynchronisation(reference: live.encoder.reference)
        self.network.onClients(of: member) { $0.receive([.resynchronisation(member, payload)]) }
        self.settle(live)
    }

    /// Sends what had become due before something is done, so that its answer does not overtake that: nobody is to get
    /// frames behind the answer to a leave, or events that a `room:resync` already holds.
    /// - Returns: the time it is to be done at. A moment later something else may be due.
    private func bringUpToDate(_ live: LiveRoom) -> NIODeadline {
        let now = NIODeadline.now()
        live.room.advance(to: now)
        self.settle(live, at: now)
        return now
    }

    func closeAll(_ reason: DepartureReason) {
        for live in Array(self.rooms.values) {
            live.room.close(reason, at: .now())
            self.settle(live)
        }
    }

    // MARK: What comes of it

    private func settle(_ live: LiveRoom, releasingSeat: Bool = false, at now: NIODeadline = .now()) {
        let output = live.room.takeOutput()
        for (loop, deliveries) in live.takeDeliveries(of: output) {
            self.network.onClients(ofLoop: loop) { $0.receive(deliveries) }
        }
        live.outlets.tell(output, of: live.room, at: now)
        if live.room.isClosed {
            self.rooms[live.id] = nil
            let id = live.id
            self.network.onHall { $0.closed(id) }
        } else if output.infoChanged || releasingSeat {
            let info = live.room.info
            self.network.onHall { $0.update(info, releasingSeat: releasingSeat) }
        }
        self.arm(live)
    }

    // MARK: Time

    private func arm(_ live: LiveRoom) {
        let next = live.nextDeadline
        guard next != live.armedFor else { return }
        live.armedFor = next
        guard let next else { return }
        self.alarms.insert(Alarm(deadline: next, room: live))
        if self.alarms.count > 2 * self.rooms.count + Self.spareAlarms { self.dropStaleAlarms() }
        self.armTimer()
    }

    /// Leaves each room the one alarm that it waits for. Of those it had set before, some are for tomorrow.
    private func dropStaleAlarms() {
        self.alarms = Heap(
            self.rooms.values.compactMap { live in live.armedFor.map { Alarm(deadline: $0, room: live) } })
    }

    private func armTimer() {
        guard let next = self.alarms.min?.deadline else { return }
        if let timer {
            guard next < timer.deadline else { return }
            timer.task.cancel()
        }
        let task = self.eventLoop.assumeIsolated().scheduleTask(deadline: next) { self.ring() }
        self.timer = (task, next)
    }

    /// Serves every room whose time has come. What falls due in the next half millisecond goes along.
    private func ring() {
        self.timer = nil
        let now = NIODeadline.now()
        let horizon = now + .microseconds(500)
        while let first = self.alarms.min, first.deadline <= horizon {
            self.alarms.removeMin()
            // A room has one deadline at a time; of those it had before, the alarms are still here.
            guard let live = first.room, live.armedFor == first.deadline else { continue }
            self.metrics.lateness.add(now - first.deadline)
            live.armedFor = nil
            let time = max(now, first.deadline)
            live.room.advance(to: time)
            self.settle(live, at: time)
        }
        self.armTimer()
        if self.load.add(.now() - now, at: .now()) {
            let loop = self.network.hub.mailboxes.firstIndex { $0.eventLoop === self.eventLoop } ?? 0
            self.network.onHall { $0.overloaded(loop: loop) }
        }
    }

    /// What the host has counted, with what there is now.
    var currentMetrics: GameMetrics {
        var metrics = self.metrics
        metrics.rooms = self.rooms.count
        metrics.players = self.rooms.values.reduce(0) { $0 + $1.room.info.players.count }
        return metrics
    }
}

/// How much of a loop's time its rooms take.
struct LoadMeter {
    /// Rooms get no company when theirs take more of a second than this.
    private static let limit = TimeAmount.milliseconds(700)

    private var busy = TimeAmount.zero
    private var began = NIODeadline.now()

    /// - Returns: whether a second has passed of which they took more.
    mutating func add(_ time: TimeAmount, at now: NIODeadline) -> Bool {
        self.busy = self.busy + time
        guard now - self.began >= .seconds(1) else { return false }
        let share = self.busy.nanoseconds * 1_000 / max(1, (now - self.began).nanoseconds / 1_000_000)
        self.busy = .zero
        self.began = now
        return share > Self.limit.nanoseconds
    }
}

/// Somebody at a room's door.
struct Newcomer: Sendable {
    let member: MemberID
    let player: Player
    let encoding: FrameEncoding
    /// What the same client is in rooms as. A second seat in one room would hide the first, which nobody would hear of
    /// when the connection goes.
    let memberships: [MemberID]
    var role: Room.Role?
    var password: String?
}

/// What a newcomer needs to be in a room.
struct Admission: Sendable {
    let room: String
    let reference: UInt16
    /// Nil: as a spectator.
    let seat: Seat?
    let token: ResumeToken
    let kinds: [GameDescription.NamedKind]
    let answer: JSON
    /// What was missed, to go out behind the answer; nil: the member is new in the room.
    let replay: [EncodedFrame]?
}

/// What a room says to moves.
enum MoveAnswer: Sendable {
    case move(MoveReceipt)
    case batch(BatchReceipt)
    case refused(Refusal)

    var json: JSON {
        switch self {
        case .move(let receipt): receipt.json
        case .batch(let receipt): receipt.json
        case .refused(let refusal): refusal.json
        }
    }

    /// Which moves were refused and why; where all were, `first` is the number to say it under.
    func refusals(first: UInt32) -> [(number: UInt32, refusal: Refusal)] {
        switch self {
        case .move: []
        case .batch(let receipt): receipt.refused.map { ($0.number, $0.refusal) }
        case .refused(let refusal): [(first, refusal)]
        }
    }
}

extension Refusal {
    static let noRoom = Refusal(.noRoom, "there is no such room")
    static let draining = Refusal(.draining, "the server is about to stop")
}

extension ResumeToken {
    static func random() -> ResumeToken {
        var generator = SystemRandomNumberGenerator()
        return ResumeToken(using: &generator)
    }
}
