import Game
import MQTT
import SocketIOServer

/// How the parts of one game namespace, spread over the event loops, reach one another: always by mailbox, also from a
/// loop to itself. So what is posted in order arrives in order, nothing is called back in the middle of something, and
/// all that comes of one turn leaves in one flush.
///
/// ```
///   client's loop                room's loop                    first loop
///   ClientTable ──command──►     RoomHost ──info───────────►    GameHall: codes, lobby, matches
///        ▲                          │  ▲                            │
///        └──answer, frames──────────┘  └──────newcomers─────────────┘
/// ```
struct GameNetwork: Sendable {
    /// The namespace's name.
    let namespace: String
    let hub: Hub

    func onHall(_ work: @escaping @Sendable (GameHall) -> Void) {
        self.post(toLoop: 0) { shard in shard.hall.map(work) }
    }

    /// - Parameter room: a `rid`; it says on which loop the room lives.
    /// - Returns: false when no room can have that name here.
    @discardableResult
    func onHost(of room: String, _ work: @escaping @Sendable (RoomHost) -> Void) -> Bool {
        guard let index = RoomPlace.loop(of: room), index < self.hub.mailboxes.count else { return false }
        self.post(toLoop: index) { work($0.host) }
        return true
    }

    func onClients(ofLoop index: Int, _ work: @escaping @Sendable (ClientTable) -> Void) {
        self.post(toLoop: index) { work($0.clients) }
    }

    /// The table of the client that is this member.
    func onClients(of member: MemberID, _ work: @escaping @Sendable (ClientTable) -> Void) {
        self.onClients(ofLoop: member.loop, work)
    }

    func onEveryLoop(_ work: @escaping @Sendable (GameShard) -> Void) {
        for index in self.hub.mailboxes.indices { self.post(toLoop: index, work) }
    }

    private func post(toLoop index: Int, _ work: @escaping @Sendable (GameShard) -> Void) {
        guard self.hub.mailboxes.indices.contains(index) else { return }
        let namespace = self.namespace
        self.hub.mailboxes[index].post { shard in
            (shard.application as? RelayShard)?.game(named: namespace).map(work)
        }
    }
}

/// What is around a game namespace's rooms; the same for all loops.
struct GameSurroundings: Sendable {
    let games: RelayConfiguration.Games
    /// The broker, where there is one.
    let bridge: Bridge?
    /// Where recordings go, where there are any.
    let recordings: RecordingStore?

    /// The broker, where rooms have topics at it.
    var roomTopics: Bridge? { self.games.topics == .off ? nil : self.bridge }
}

/// One event loop's share of a game namespace.
final class GameShard {
    let host: RoomHost
    let clients: ClientTable
    /// On the first loop only.
    let hall: GameHall?
    /// Whoever comes by MQTT. On the first loop only, where rooms are on MQTT.
    private let players: BrokerPlayers?
    /// On the first loop only, where devices are bound.
    private let devices: BoundDevices?

    init(_ surroundings: GameSurroundings, network: GameNetwork, shard: Shard, identities: IdentityBook) {
        let (games, isFirst) = (surroundings.games, shard.index == 0)
        let clients = ClientTable(games, network: network, shard: shard, identities: identities)
        self.host = RoomHost(network: network, eventLoop: shard.eventLoop, surroundings: surroundings)
        self.clients = clients
        self.hall = isFirst ? GameHall(games, network: network, eventLoop: shard.eventLoop) : nil
        self.players = isFirst ? surroundings.roomTopics.map { BrokerPlayers($0, table: clients) } : nil
        self.devices = isFirst && !games.bindings.isEmpty ? BoundDevices(games.bindings, table: clients) : nil
    }

    /// A message from the broker that may be for rooms here.
    func receive(_ message: MQTTMessage) {
        self.players?.receive(message)
        self.devices?.receive(message)
    }

    /// Ends the rooms, every member told, and lets nobody in any more: the server is about to stop.
    func drain() {
        self.hall?.drain()
        self.clients.drain()
        self.host.closeAll(.draining)
    }
}

/// Where a room lives: the last character of its `rid` says on which loop.
enum RoomPlace {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// - Parameter loop: 0…63.
    static func id(onLoop loop: Int, using generator: inout some RandomNumberGenerator) -> String {
        RoomName.id(using: &generator) + String(decoding: [self.alphabet[loop & 63]], as: UTF8.self)
    }

    static func loop(of room: String) -> Int? {
        room.utf8.last.flatMap { self.alphabet.firstIndex(of: $0) }
    }
}

extension MemberID {
    /// - Parameter number: which of the loop's memberships; 48 bits.
    init(loop: Int, number: UInt64) {
        self.init(rawValue: UInt64(truncatingIfNeeded: loop) << 48 | number & 0xffff_ffff_ffff)
    }

    /// The loop that the member's connection is on.
    var loop: Int { Int(truncatingIfNeeded: self.rawValue >> 48) }
}
