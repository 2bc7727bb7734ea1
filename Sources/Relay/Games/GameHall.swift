import Game
import NIOCore
import SocketIO
import SocketIOServer

/// Where players of one namespace find rooms: names and codes, the lobby, matches, and on which loop a new room goes. Lives on
/// the first loop; what it does is rare beside what happens in rooms.
final class GameHall {
    private let games: RelayConfiguration.Games
    private let network: GameNetwork
    private let eventLoop: any EventLoop
    private var lobby = Lobby()
    private var lobbyTimer: Scheduled<Void>?
    private var listings: [String: Listing] = [:]
    /// Rooms opened so far.
    private var openedRooms = 0
    /// `rid` by join code.
    private var codes: [String: String] = [:]
    private var references = ReferencePool()
    /// By loop.
    private var roomCounts: [Int]
    /// Until when, by loop; each says it anew every second.
    private var overloads: [NIODeadline]
    private var isDraining = false
    private var random = SystemRandomNumberGenerator()

    /// What the hall knows of a room.
    private struct Listing {
        let code: String
        let reference: UInt16
        let loop: Int
        /// How many rooms were opened before it.
        let age: Int
        var info: RoomInfo
        /// Seats promised to players who are on their way.
        var reserved = 0

        var freeSeats: Int { self.info.maximumPlayers - self.info.players.count - self.reserved }
    }

    /// Milliseconds after which to ask again for a room when there is no place.
    private static let retry = 2_000

    init(_ games: RelayConfiguration.Games, network: GameNetwork, eventLoop: any EventLoop) {
        self.games = games
        self.network = network
        self.eventLoop = eventLoop
        self.roomCounts = Array(repeating: 0, count: network.hub.mailboxes.count)
        self.overloads = Array(repeating: .uptimeNanoseconds(0), count: network.hub.mailboxes.count)
    }

    // MARK: Ways into a room

    func create(_ request: CreateRoom, for newcomer: Newcomer) {
        do throws(Refusal) {
            let id = try self.open(request)
            self.send(newcomer, to: id)
        } catch {
            self.refuse(newcomer, error)
        }
    }

    func join(code: String, _ newcomer: Newcomer) {
        guard let id = self.codes[code] else { return self.refuse(newcomer, .noRoom) }
        self.network.onHost(of: id) { $0.join(id, newcomer, reserved: false) }
    }

    /// The oldest public room of this name, or one that is made for a game.
    /// - Parameter game: nil: there has to be a room.
    func join(named name: String, madeFor game: String?, _ newcomer: Newcomer) {
        let rooms = self.listings.filter { !$0.value.info.isPrivate && $0.value.info.name == name }
        if let oldest = rooms.min(by: { $0.value.age < $1.value.age }) { return self.send(newcomer, to: oldest.key) }
        guard let game else { return self.refuse(newcomer, .noRoom) }
        var request = CreateRoom(game: game)
        request.name = name
        self.create(request, for: newcomer)
    }

    /// An open room of this kind, or a new one. Seats are promised here, one request after another, so that however many
    /// come at once, none is sent to a full room and none opens a room too many.
    func match(_ match: Match) {
        let key = MatchKey(game: match.request.game, meta: match.request.meta)
        let open = self.lobby.openRooms(matching: key).first { id in
            !match.tried.contains(id) && (self.listings[id]?.freeSeats ?? 0) > 0
        }
        if let open { return self.send(match, to: open, created: false) }
        do throws(Refusal) {
            var match = match
            let opened = try self.open(match.request)
            match.opened = opened
            self.send(match, to: opened, created: true)
        } catch {
            self.refuse(match.newcomer, error)
        }
    }

    private func send(_ match: Match, to id: String, created: Bool) {
        self.listings[id]?.reserved += 1
        self.matches[match.newcomer.member] = match
        let newcomer = match.newcomer
        self.network.onHost(of: id) { $0.join(id, newcomer, reserved: true, created: created) }
    }

    private func send(_ newcomer: Newcomer, to id: String) {
        self.network.onHost(of: id) { $0.join(id, newcomer, reserved: false) }
    }

    /// Matches whose player is on the way to a room.
    private var matches: [MemberID: Match] = [:]

    /// A room did not take the player it had a seat reserved for: on to the next. Whom not even the room opened for it
    /// takes, none will.
    func refused(_ room: String, _ newcomer: Newcomer, _ refusal: Refusal) {
        guard var match = self.matches.removeValue(forKey: newcomer.member), match.opened == nil else {
            return self.refuse(newcomer, refusal)
        }
        match.tried.insert(room)
        self.match(match)
    }

    private func refuse(_ newcomer: Newcomer, _ refusal: Refusal) {
        let member = newcomer.member
        self.network.onClients(of: member) { $0.refused(member, refusal) }
    }

    // MARK: Rooms

    private func open(_ request: CreateRoom) throws(Refusal) -> String {
        guard let game = self.games.definition(of: request.game) else {
            throw Refusal(.noKind, "there is no game \(request.game.prefix(64)) here")
        }
        try self.games.checkRecording(of: request)
        let loop = try self.loopForARoom()
        guard self.listings.count < self.games.maximumRooms, let reference = self.references.take() else {
            throw Refusal(.busy, "there are as many rooms as there may be", retry: Self.retry)
        }
        let id = RoomPlace.id(onLoop: loop, using: &self.random)
        let code = self.freeCode()
        let settings: RoomSettings
        do throws(Refusal) {
            settings = try RoomSettings(request, game: game, id: id, code: code, seed: self.random.next())
        } catch {
            self.references.giveBack(reference)
            throw error
        }
        let room = Room(settings, at: .now())
        self.listings[id] = Listing(
            code: code, reference: reference, loop: loop, age: self.openedRooms, info: room.info)
        self.openedRooms += 1
        self.codes[code] = id
        self.roomCounts[loop] += 1
        self.publish(room.info)
        self.network.onHost(of: id) { $0.open(room, reference: reference) }
        return id
    }

    /// The loop with the fewest rooms among those that have time for one more.
    private func loopForARoom() throws(Refusal) -> Int {
        if self.isDraining { throw .draining }
        let now = NIODeadline.now()
        let loops = self.roomCounts.indices.filter { self.overloads[$0] <= now }
        guard let loop = loops.min(by: { self.roomCounts[$0] < self.roomCounts[$1] }) else {
            throw Refusal(.busy, "the server has no time for more rooms", retry: Self.retry)
        }
        return loop
    }

    private func freeCode() -> String {
        while true {
            let code = RoomName.code(using: &self.random)
            if self.codes[code] == nil { return code }
        }
    }

    /// A room has changed.
    /// - Parameter releasingSeat: a player with a reserved seat has come in, or will not.
    func update(_ info: RoomInfo, releasingSeat: Bool) {
        guard self.listings[info.id] != nil else { return }
        self.listings[info.id]?.info = info
        if releasingSeat { self.listings[info.id]?.reserved -= 1 }
        self.publish(info)
    }

    /// A matched player has a seat.
    func seated(_ member: MemberID) {
        self.matches[member] = nil
    }

    func closed(_ room: String) {
        guard let listing = self.listings.removeValue(forKey: room) else { return }
        self.codes[listing.code] = nil
        self.references.giveBack(listing.reference)
        self.roomCounts[listing.loop] -= 1
        self.lobby.withdraw(room, at: .now())
        self.armLobby()
    }

    /// The rooms of a loop took too much of its time in the last second.
    func overloaded(loop: Int) {
        guard self.overloads.indices.contains(loop) else { return }
        self.overloads[loop] = .now() + .seconds(2)
    }

    /// Opens no more rooms.
    func drain() {
        self.isDraining = true
    }

    // MARK: The lobby

    /// - Parameters:
    ///   - watcher: a client.
    ///   - answer: called on this loop with the acknowledgement.
    func watch(_ filter: LobbyFilter, as watcher: MemberID, answer: (JSON) -> Void) {
        let (rooms, revision) = self.lobby.watch(filter, as: watcher)
        answer(["ok": true, "rooms": .array(rooms.map(\.json)), "rev": JSON(revision)])
    }

    func unwatch(_ watcher: MemberID) {
        self.lobby.unwatch(watcher)
    }

    private func publish(_ info: RoomInfo) {
        self.lobby.publish(info, at: .now())
        self.armLobby()
    }

    private func armLobby() {
        guard self.lobbyTimer == nil, let deadline = self.lobby.nextDeadline else { return }
        self.lobbyTimer = self.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.tellLobby() }
    }

    private func tellLobby() {
        self.lobbyTimer = nil
        var deliveries: [Int: [Delivery]] = [:]
        for notice in self.lobby.advance(to: .now()) {
            let message = notice.message(in: self.network.namespace)
            for (loop, watchers) in Dictionary(grouping: notice.watchers, by: \.loop) {
                deliveries[loop, default: []].append(.notice(message, to: watchers))
            }
        }
        for (loop, deliveries) in deliveries { self.network.onClients(ofLoop: loop) { $0.receive(deliveries) } }
        self.armLobby()
    }
}

extension RelayConfiguration.Games {
    /// - Throws: `BAD_INPUT` for a room that asks to be recorded where nothing is.
    func checkRecording(of request: CreateRoom) throws(Refusal) {
        guard request.options.isRecorded == true, self.recordings == nil else { return }
        throw Refusal(.badInput, "options.record: this server keeps no recordings")
    }
}

/// Somebody who wants to play with whoever wants the same.
struct Match: Sendable {
    let request: CreateRoom
    let newcomer: Newcomer
    /// Rooms that did not take the player.
    var tried: Set<String> = []
    /// The room that was opened for the player, when there was no other.
    var opened: String?
}

/// The numbers by which rooms are called on connections: two bytes, the least lately used first.
struct ReferencePool {
    private var next: UInt16 = 0
    private var taken: Set<UInt16> = []

    mutating func take() -> UInt16? {
        guard self.taken.count <= Int(UInt16.max) else { return nil }
        repeat { self.next &+= 1 } while self.taken.contains(self.next)
        self.taken.insert(self.next)
        return self.next
    }

    mutating func giveBack(_ reference: UInt16) {
        self.taken.remove(reference)
    }
}

extension Lobby.Notice {
    /// `(payload, rev)`
    fileprivate func message(in namespace: String) -> OutboundMessage {
        let (name, payload): (JSON, JSON) =
            switch self.event {
            case .add(let info): ("lobby:add", info.json)
            case .update(let changes): ("lobby:update", changes)
            case .remove(let id): ("lobby:remove", ["rid": JSON(id)])
            }
        let arguments = Arguments([name, payload, JSON(self.revision)])
        return OutboundMessage(SocketPacket(namespace: namespace, .event(arguments, id: nil)))
    }
}
