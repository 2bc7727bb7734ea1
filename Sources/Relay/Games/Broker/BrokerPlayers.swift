import Game
import MQTT
import NIOCore
import SocketIO

/// The players who come by MQTT (game-rooms §2.11): members of rooms like any other, whose commands and moves are messages
/// on topics. On the first loop.
///
/// ```
///   game/cmd/<client>          ──► BrokerPlayers ──GameEvent──► GameClient ──► rooms
///   game/<rid>/in/<seat>       ──►      │                           │
///   game/client/<client>/gone  ──►      ▼                           ▼
///                               game/out/<client>         game/<rid>/out/<seat>
/// ```
/// Whoever may publish to `game/cmd/<client>` is that client, which is the broker's to watch over. Seats are proved by their
/// tokens.
final class BrokerPlayers {
    private let bridge: Bridge
    private let table: ClientTable
    private var players: [String: BrokerPlayer] = [:]
    private var sittings: [SeatAddress: Sitting] = [:]
    /// What may be said to those whom nobody knows.
    private var strangers = ConnectionBudget(GameLimits())

    private struct SeatAddress: Hashable {
        let room: String
        let seat: Seat
    }

    /// Who is on a seat, and what proves it.
    private struct Sitting {
        let client: String
        let token: ResumeToken
        let reference: UInt16
    }

    /// Clients at once; beyond them new ones are told to try later.
    private static let capacity = 10_000
    /// A client in no room is forgotten after this long, and one in a room, be its Will lost, is taken as gone.
    private static let patience = TimeAmount.seconds(60)
    private static let longPatience = TimeAmount.hours(1)
    private static let sweepPeriod = TimeAmount.seconds(30)

    init(_ bridge: Bridge, table: ClientTable) {
        self.bridge = bridge
        self.table = table
        self.scheduleSweep()
    }

    func receive(_ message: MQTTMessage) {
        // What the broker has kept for whoever comes was not said to us, and comes again at each reconnect.
        guard !message.retained, let topic = GameTopic(message.topic) else { return }
        switch topic {
        case .command(let client): self.command(message, of: client)
        case .moves(let room, let seat): self.moves(message, SeatAddress(room: room, seat: seat))
        case .gone(let client): self.gone(client)
        }
    }

    // MARK: Commands

    private func command(_ message: MQTTMessage, of client: String) {
        guard let own = GameTopic.answers(to: client) else { return }
        var address = ReplyAddress(own, correlation: message.properties?.correlationData)
        do throws(Refusal) {
            let command = try BrokerCommand(message.payload)
            let player = try self.player(client, answers: own)
            address = try ReplyAddress(of: message, own: own)
            self.perform(command, by: player, answering: address)
        } catch {
            guard self.strangers.charge(.other, bytes: message.payload.readableBytes, at: .now()) == .within else {
                return
            }
            let name = (try? JSON(validating: message.payload))?["cid"]
            self.bridge.offer(address.publication(of: error.json.answering(name)))
        }
    }

    private func perform(_ command: BrokerCommand, by player: BrokerPlayer, answering address: ReplyAddress) {
        if let name = command.name {
            switch player.answers.begin(name, at: .now()) {
            case .new: break
            case .pending: return
            case .answered(let answer):
                self.bridge.offer(address.publication(of: answer))
                return
            }
        }
        let bridge = self.bridge
        let event = GameEvent(name: command.event, arguments: command.arguments) { answer in
            let answer = answer.answering(command.name.map { JSON($0) })
            if let name = command.name { player.answers.finish(name, with: answer) }
            bridge.offer(address.publication(of: answer))
        }
        guard !command.event.hasPrefix("lobby:") else {
            return event.reply(Refusal(.unknownEvent, "the lobby is on the topics game/lobby/<game>/<rid>").json)
        }
        player.client.received(event)
    }

    /// The client of this name, made when it is heard of first.
    /// - Throws: `BUSY`.
    private func player(_ client: String, answers: TopicName) throws(Refusal) -> BrokerPlayer {
        let player = self.players[client]
        player?.lastHeard = .now()
        if let player { return player }
        guard self.players.count < Self.capacity else {
            throw Refusal(.busy, "there are as many clients as there may be", retry: 30_000)
        }
        let connection = BrokerConnection(client, answers: answers, bridge: self.bridge, players: self)
        let new = BrokerPlayer(client, over: connection, table: self.table)
        self.players[client] = new
        return new
    }

    // MARK: Moves

    private func moves(_ message: MQTTMessage, _ address: SeatAddress) {
        var number: UInt32 = 0
        do throws(Refusal) {
            let moves = try BrokerMoves(message)
            number = moves.firstNumber
            guard let token = moves.token, let sitting = self.sittings[address], sitting.token == token,
                let player = self.players[sitting.client]
            else { throw Refusal(.token, "the token is not, or no more, good for this seat") }
            player.lastHeard = .now()
            let arguments = moves.arguments(reference: sitting.reference)
            player.client.received(GameEvent(name: "move", arguments: arguments, answer: nil))
        } catch {
            self.refuse(number, at: address, error, bytes: message.payload.readableBytes)
        }
    }

    private func refuse(_ number: UInt32, at address: SeatAddress, _ refusal: Refusal, bytes: Int) {
        guard self.strangers.charge(.other, bytes: bytes, at: .now()) == .within,
            let topic = GameTopic.privateEvents(of: address.room, to: address.seat)
        else { return }
        let reference = self.sittings[address]?.reference ?? 0
        let event: JSON = ["refused", refusal.event(reference: reference, number: number)]
        self.bridge.offer(Publication(topic: topic, payload: event.bytes, qos: .atLeastOnce, retain: false))
    }

    func entered(_ room: Admission, client: String) {
        guard let seat = room.seat else { return }
        self.sittings[SeatAddress(room: room.room, seat: seat)] = Sitting(
            client: client, token: room.token, reference: room.reference)
    }

    func left(_ room: Admission, client: String) {
        guard let seat = room.seat else { return }
        let address = SeatAddress(room: room.room, seat: seat)
        // It may be another's by now, or the same client's under a new token.
        if self.sittings[address]?.token == room.token { self.sittings[address] = nil }
    }

    // MARK: Going

    private func gone(_ client: String) {
        self.players.removeValue(forKey: client)?.client.disconnected(leaves: false)
    }

    private func scheduleSweep() {
        self.table.eventLoop.assumeIsolated().scheduleTask(in: Self.sweepPeriod) { [weak self] in
            self?.sweep()
        }
    }

    private func sweep() {
        let now = NIODeadline.now()
        let silent = self.players.filter { _, player in
            now - player.lastHeard > (player.client.isInRooms ? Self.longPatience : Self.patience)
        }
        for client in silent.keys.sorted() { self.gone(client) }
        self.scheduleSweep()
    }
}

/// One player who comes by MQTT.
final class BrokerPlayer {
    let client: GameClient
    var answers = AnswerCache()
    var lastHeard = NIODeadline.now()

    /// - Parameter name: the client's, as its topics have it.
    init(_ name: String, over connection: BrokerConnection, table: ClientTable) {
        let player = Player(id: Self.prefix + name, name: name)
        self.client = GameClient(player, reading: .topics, over: connection, table: table)
    }

    private static let prefix = "mqtt:"

    /// Whether a `pid` is of those that no socket may have: players who come by MQTT have such, and bound devices.
    static func isReserved(_ pid: String) -> Bool {
        pid.hasPrefix(Self.prefix) || pid.hasPrefix("dev:")
    }
}

extension JSON {
    /// An answer with the name of the command that it answers: `{cid, ok, …}`. The one that is a list goes under `d`.
    fileprivate func answering(_ name: JSON?) -> JSON {
        let members = self.members.map { $0.map { ($0.key, $0.value) } } ?? [("ok", true), ("d", self)]
        return .object((name.map { [("cid", $0)] } ?? []) + members)
    }
}
