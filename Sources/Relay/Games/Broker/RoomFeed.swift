import Game
import MQTT
import NIOCore
import SocketIO

/// What a room tells everybody at the broker, under `game/<rid>/…` (game-rooms §2.11): who is in it, its log as somebody
/// sees it who has no seat, its state, its results. On the room's loop.
///
/// Nothing waits here. A message that the broker's queue has no room for is dropped; of what is retained the next refresh
/// tells again, as it does after a link was lost.
struct RoomFeed {
    private let bridge: Bridge
    private let topics: RoomTopics
    /// What the result says the recording is called.
    private let recording: String?
    /// As last published.
    private var presences: [Seat: JSON] = [:]
    private var isListed = false
    /// Something retained did not reach the broker, or was lost with it.
    private var isStale = true
    /// Since when the link is up over which everything was told.
    private var link: Int64?
    private var nextRefresh: NIODeadline
    private var stateIsTold = true
    private var nextState: NIODeadline

    /// How often a lobby entry is told again, and how long one lives that is not: three times as long.
    private static let refresh = TimeAmount.seconds(5)
    private static let listingExpiry: UInt32 = 15
    private static let resultExpiry: UInt32 = 3_600
    /// Time between two states.
    private static let statePeriod = TimeAmount.seconds(1)

    /// Nil where rooms have no topics.
    init?(of room: Room, in surroundings: GameSurroundings, recording: String?, at now: NIODeadline) {
        guard let bridge = surroundings.roomTopics,
            let topics = RoomTopics(room: room.settings.id, game: room.settings.game.description.name)
        else { return nil }
        self.bridge = bridge
        self.topics = topics
        self.recording = recording
        self.nextRefresh = now + Self.refresh
        self.nextState = now
    }

    /// When ``publish(_:of:at:)`` wants to be called, be there something new or not.
    var nextDeadline: NIODeadline { self.stateIsTold ? self.nextRefresh : min(self.nextRefresh, self.nextState) }

    mutating func publish(_ output: RoomOutput, of room: Room, at now: NIODeadline) {
        let isRefresh = now >= self.nextRefresh
        if isRefresh { self.nextRefresh = now + Self.refresh }
        if !output.frames.isEmpty || !output.states.isEmpty { self.stateIsTold = false }
        guard self.checkLink() else { return self.skipState(at: now) }
        for frame in output.frames { self.publish(frame.whole, of: room) }
        if room.isClosed { return self.withdraw() }
        let isStale = self.isStale
        if output.infoChanged || isRefresh && isStale { self.publishInfo(of: room, all: isStale) }
        if output.infoChanged || isRefresh { self.publishListing(of: room) }
        if isRefresh && isStale { self.stateIsTold = false }
        self.publishState(of: room, at: now)
    }

    /// Whether there is a link. Over a new one everything has to be told again.
    private mutating func checkLink() -> Bool {
        let link = self.bridge.current
        guard link.isUp else {
            self.isStale = true
            return false
        }
        if self.link != link.at { self.isStale = true }
        self.link = link.at
        return true
    }

    // MARK: The log

    private func publish(_ frame: TickFrame, of room: Room) {
        let seen = frame.seen(by: nil)
        let qos: QoS = room.settings.hz > 0 ? .atMostOnce : .atLeastOnce
        self.offer(self.topics.events, seen.topicJSON().bytes, qos)
        var bytes = ByteBuffer()
        if (try? seen.write(to: &bytes, ref: 0, for: .spectator)) != nil {
            self.offer(self.topics.binary, bytes, .atMostOnce)
        }
        for event in frame.events where event.kind == .end { self.publishResult(event, of: room) }
    }

    /// The data of `end`, with where it happened, and the hash of the state that it came of.
    private func publishResult(_ event: LogEvent, of room: Room) {
        let result =
            [("rid", JSON(room.settings.id)), ("q", JSON(event.number))]
            + (event.data.json?.members ?? []).map { ($0.key, $0.value) } + [
                ("hash", room.stateHash.map { JSON($0.hexDigits) } ?? .null),
                ("recording", self.recording.map { JSON($0) } ?? .null),
            ]
        self.offer(self.topics.result, JSON.object(result).bytes, .atLeastOnce, retain: true, expiry: Self.resultExpiry)
    }

    // MARK: What is retained

    /// - Parameter all: what has not changed, too.
    private mutating func publishInfo(of room: Room, all: Bool) {
        let info = room.info
        var isComplete = self.offer(self.topics.info, info.json.bytes, .atLeastOnce, retain: true)
        var presences: [Seat: JSON] = [:]
        for player in info.players { presences[player.seat] = player.json }
        for player in info.players where all || self.presences[player.seat] != presences[player.seat] {
            isComplete = self.publishPresence(presences[player.seat], of: player.seat) && isComplete
        }
        for seat in self.presences.keys.sorted() where presences[seat] == nil {
            isComplete = self.publishPresence(nil, of: seat) && isComplete
        }
        self.presences = presences
        self.isStale = !isComplete
    }

    private func publishPresence(_ presence: JSON?, of seat: Seat) -> Bool {
        guard let topic = self.topics.presence(of: seat) else { return true }
        return self.offer(topic, presence?.bytes ?? ByteBuffer(), .atLeastOnce, retain: true)
    }

    private mutating func publishListing(of room: Room) {
        let info = room.info
        if !info.isPrivate {
            self.offer(
                self.topics.listing, info.json.bytes, .atLeastOnce, retain: true, expiry: Self.listingExpiry)
        } else if self.isListed {
            self.offer(self.topics.listing, ByteBuffer(), .atLeastOnce, retain: true)
        }
        self.isListed = !info.isPrivate
    }

    /// The state under the rules, at most once a second, and always the last.
    private mutating func publishState(of room: Room, at now: NIODeadline) {
        guard !self.stateIsTold, now >= self.nextState else { return }
        self.nextState = now + Self.statePeriod
        self.stateIsTold = true
        guard let snapshot = room.snapshot else { return }
        let state: JSON = [
            "tick": JSON(room.tick), "t": JSON(room.time), "q": JSON(room.lastNumber), "snapshot": snapshot,
        ]
        self.offer(self.topics.state, state.bytes, .atMostOnce, retain: true)
    }

    private mutating func skipState(at now: NIODeadline) {
        if now >= self.nextState { self.stateIsTold = true }
    }

    /// The room is closed: nothing of it stays at the broker but its result, for its hour. MQTT 3.1.1 knows no hours.
    private mutating func withdraw() {
        var topics = [self.topics.info, self.topics.state, self.topics.listing]
        topics += self.presences.keys.sorted().compactMap { self.topics.presence(of: $0) }
        if !self.bridge.speaksVersion5 { topics.append(self.topics.result) }
        for topic in topics { self.offer(topic, ByteBuffer(), .atLeastOnce, retain: true) }
    }

    @discardableResult
    private func offer(
        _ topic: TopicName, _ payload: ByteBuffer, _ qos: QoS, retain: Bool = false, expiry: UInt32? = nil
    ) -> Bool {
        self.bridge.offer(
            Publication(
                topic: topic, payload: payload, qos: qos, retain: retain,
                properties: expiry.map { MQTTProperties(expirySeconds: $0) }))
    }
}
