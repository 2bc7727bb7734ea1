import DequeModule
import Game
import NIOCore
import SocketIO

/// One device with a seat in a room, or on its way to one. Its messages become moves that the relay numbers: one at a time,
/// so that a refused one leaves no hole.
final class BoundDevice {
    private enum State {
        case out
        case entering
        case seated(Admission)
    }

    private let binding: RelayConfiguration.DeviceBinding
    private let player: Player
    private let table: ClientTable
    private lazy var client = GameClient(
        self.player, reading: .topics, over: DeviceConnection(self), table: self.table)
    private var state = State.out
    private var nextAttempt = NIODeadline.uptimeNanoseconds(0)
    private var rate: TokenBucket
    /// Data of moves that wait for the answer to the one before.
    private var waiting = Deque<JSON>()
    private var isUnderWay = false
    /// The last move taken.
    private var lastNumber: UInt32 = 0

    /// Moves that may wait; beyond them the oldest goes.
    private static let maximumWaiting = 8
    /// Time between two attempts to get into a room.
    private static let retry = TimeAmount.seconds(2)

    init(_ player: Player, _ binding: RelayConfiguration.DeviceBinding, table: ClientTable) {
        self.player = player
        self.binding = binding
        self.table = table
        self.rate = TokenBucket(TokenBucket.Rate(perSecond: binding.rate, burst: max(1, binding.rate)))
    }

    var isPlaying: Bool {
        if case .out = self.state { false } else { true }
    }

    /// Makes a move of a message's data: now, or once there is a seat.
    func play(_ data: JSON, at now: NIODeadline) {
        guard self.rate.take(at: now) else { return }
        if self.waiting.count >= Self.maximumWaiting { self.waiting.removeFirst() }
        self.waiting.append(data)
        switch self.state {
        case .out: self.enter(at: now)
        case .entering: break
        case .seated(let room): self.sendNext(in: room)
        }
    }

    // MARK: The seat

    private func enter(at now: NIODeadline) {
        guard now >= self.nextAttempt else { return }
        self.nextAttempt = now + Self.retry
        let joining = GameEvent(name: "room:join", arguments: Arguments(["room:join"])) { [weak self] answer in
            if answer["ok"]?.bool == false { self?.state = .out }
        }
        let (room, game) = (self.binding.room, self.binding.game)
        self.state = .entering
        do throws(Refusal) {
            try self.client.enter(joining, as: .player) { newcomer, network in
                network.onHall { $0.join(named: room, madeFor: game, newcomer) }
            }
        } catch {
            self.state = .out
        }
    }

    fileprivate func entered(_ room: Admission) {
        self.state = .seated(room)
        self.lastNumber = 0
        self.isUnderWay = false
        self.sendNext(in: room)
    }

    fileprivate func left() {
        self.state = .out
        self.waiting.removeAll()
    }

    // MARK: Moves

    private func sendNext(in room: Admission) {
        guard !self.isUnderWay, let data = self.waiting.popFirst() else { return }
        self.isUnderWay = true
        let number = self.lastNumber &+ 1
        let kind = UInt8(self.binding.kind).map { JSON($0) } ?? JSON(self.binding.kind)
        let move = Arguments(["move", [JSON(room.reference), JSON(number), kind, data]])
        self.client.received(
            GameEvent(name: "move", arguments: move) { [weak self] answer in
                self?.answered(answer, to: number, in: room)
            })
    }

    private func answered(_ answer: JSON, to number: UInt32, in room: Admission) {
        guard case .seated(let current) = self.state, current.token == room.token else { return }
        self.isUnderWay = false
        if answer["ok"]?.bool == true {
            self.lastNumber = number
        } else if answer["code"]?.string == Refusal.Code.wrongState.rawValue {
            self.sayReady(in: room)
        }
        self.sendNext(in: room)
    }

    /// Whoever moves before the round has begun is ready for it: a device has no other way to say so.
    private func sayReady(in room: Admission) {
        let payload: JSON = ["rid": JSON(room.room), "ready": true]
        self.client.received(
            GameEvent(name: "room:ready", arguments: Arguments(["room:ready", payload]), answer: nil))
    }
}

/// What carries a bound device's client: nothing, since a device is told nothing but what `emit` says.
private final class DeviceConnection: GameConnection {
    private weak var device: BoundDevice?

    init(_ device: BoundDevice) {
        self.device = device
    }

    func send(_ frame: EncodedFrame, from room: Admission?) {}

    func entered(_ room: Admission) {
        self.device?.entered(room)
    }

    func left(_ room: Admission) {
        self.device?.left()
    }
}
