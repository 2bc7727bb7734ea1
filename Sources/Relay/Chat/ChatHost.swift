import NIOCore
import SocketIO
import SocketIOServer

/// The chat rooms that live on one event loop: carries out what clients ask for, one after another, and posts what comes of
/// it to the loops where members are.
final class ChatHost {
    private let settings: RelayConfiguration.Chat
    private let network: ChatNetwork
    private let places: ChatPlaces
    private var rooms: ChatRooms
    private var metrics = ChatMetrics()
    private let eventLoop: any EventLoop
    private lazy var timer = EarliestTimer(on: self.eventLoop) { [unowned self] in self.forgetTheEmpty() }

    /// Most bytes of the histories of one loop's rooms together.
    private static let maximumHistoryBytes = 64 * 1_024 * 1_024
    /// Milliseconds after which to ask again for a room when there is no place.
    private static let retry = 2_000

    init(
        _ settings: RelayConfiguration.Chat, network: ChatNetwork, places: ChatPlaces, eventLoop: any EventLoop
    ) {
        self.settings = settings
        self.network = network
        self.places = places
        self.eventLoop = eventLoop
        self.rooms = ChatRooms(settings, maximumHistoryBytes: Self.maximumHistoryBytes)
    }

    // MARK: What clients ask for

    /// - Parameters:
    ///   - name: nil: a guest's.
    ///   - historyBytes: most bytes of the room's history that the client can be told now.
    func join(
        _ address: ChatAddress, _ key: ChatMemberKey, as name: ChatName?, reading form: ChatForm, historyBytes: Int,
        reply: ChatReply?
    ) {
        do throws(ChatRefusal) {
            let (member, notice) = try self.enter(address, key, as: name, reading: form)
            guard let room = self.rooms[address] else { return }
            var post = Post(self.network)
            // A plain WebSocket is told nothing of it.
            let welcome = form == .events ? room.welcome(member, historyWithin: historyBytes) : [:]
            post.add(.admitted(key, reply, welcome), toLoop: key.loop)
            if let notice { post.add(notice, of: room, except: key) }
            post.send()
        } catch {
            self.send(.refused(key, reply, error), to: key)
        }
    }

    private func enter(
        _ address: ChatAddress, _ key: ChatMemberKey, as name: ChatName?, reading form: ChatForm
    ) throws(ChatRefusal) -> (member: ChatMember, notice: ChatNotice?) {
        let opens = !self.rooms.isOccupied(address)
        guard !opens || self.places.take() else {
            throw ChatRefusal(.busy, "there are as many rooms as there may be", retry: Self.retry)
        }
        do throws(ChatRefusal) {
            return try self.rooms.join(address, key, as: name, reading: form, at: Clock.milliseconds())
        } catch {
            if opens { self.places.giveBack() }
            throw error
        }
    }

    func say(_ text: ChatText, in address: ChatAddress, by key: ChatMemberKey, reply: ChatReply?) {
        do throws(ChatRefusal) {
            let message = try self.rooms.say(text, in: address, by: key, at: Clock.milliseconds())
            self.metrics.messages[.said, default: 0] += 1
            guard let room = self.rooms[address] else { return }
            var post = Post(self.network)
            if let reply {
                let answer: JSON = ["ok": true, "id": JSON(message.id), "at": JSON(message.at)]
                post.add(.answer(reply, .ok(answer)), toLoop: key.loop)
            }
            // A plain WebSocket has no way to tell its own text from another's.
            let hearsItself = self.settings.echo && message.from.form == .events
            post.add(.said(message), of: room, except: hearsItself ? nil : key)
            post.send()
        } catch {
            self.metrics.messages[.refused, default: 0] += 1
            if let reply { self.send(.answer(reply, .refused(error)), to: key) }
        }
    }

    /// - Parameter reason: why the member is put out; nil: it asked to leave.
    func leave(_ address: ChatAddress, _ key: ChatMemberKey, reason: RefusalCode? = nil, reply: ChatReply? = nil) {
        guard let member = self.rooms[address]?.member(key), let notice = self.remove(key, from: address, reason) else {
            // A join before this may still be on its way back, refused.
            if let reply { self.send(.answer(reply, .refused(.notIn)), to: key) }
            return
        }
        var post = Post(self.network)
        let event = reason == nil ? nil : ChatEvent(notice, to: member, of: address)
        post.add(.departed(key, reply, event), toLoop: key.loop)
        self.rooms[address].map { post.add(notice, of: $0, except: key) }
        post.send()
    }

    /// The client is gone.
    func lost(_ address: ChatAddress, _ key: ChatMemberKey) {
        guard let notice = self.remove(key, from: address, nil), let room = self.rooms[address] else { return }
        var post = Post(self.network)
        post.add(notice, of: room, except: nil)
        post.send()
    }

    private func remove(_ key: ChatMemberKey, from address: ChatAddress, _ reason: RefusalCode?) -> ChatNotice? {
        let now = NIODeadline.now()
        let notice = self.rooms.leave(address, key, reason: reason, at: Clock.milliseconds(), now: now)
        if notice != nil, !self.rooms.isOccupied(address) { self.places.giveBack() }
        self.timer.arm(self.rooms.nextDeadline)
        return notice
    }

    private func send(_ delivery: ChatDelivery, to key: ChatMemberKey) {
        self.network.onClients(ofLoop: key.loop, bytes: 0) { $0.receive([delivery]) }
    }

    // MARK: Time

    private func forgetTheEmpty() {
        self.rooms.advance(to: .now())
        self.timer.arm(self.rooms.nextDeadline)
    }

    /// What the host has counted, with what there is now.
    var currentMetrics: ChatMetrics {
        var metrics = self.metrics
        metrics.rooms = self.rooms.occupiedCount
        metrics.members = self.rooms.memberCount
        metrics.historyBytes = self.rooms.historyBytes
        metrics.historyEvicted = self.rooms.evictedCount
        return metrics
    }
}

/// What comes of one thing that a room did, gathered so that each loop gets it in one piece.
private struct Post {
    private let network: ChatNetwork
    private var deliveries: [Int: [ChatDelivery]] = [:]

    init(_ network: ChatNetwork) {
        self.network = network
    }

    mutating func add(_ delivery: ChatDelivery, toLoop loop: Int) {
        self.deliveries[loop, default: []].append(delivery)
    }

    /// To all members but one, on whichever loops they are.
    mutating func add(_ notice: ChatNotice, of room: ChatRoom, except key: ChatMemberKey?) {
        guard !room.isEmpty else { return }
        let event = ChatEvent(notice, of: room)
        for loop in room.loops.keys { self.add(.event(event, in: room.address, except: key), toLoop: loop) }
    }

    func send() {
        for (loop, deliveries) in self.deliveries {
            let bytes = deliveries.reduce(0) { $0 + $1.byteCount }
            self.network.onClients(ofLoop: loop, bytes: bytes) { $0.receive(deliveries) }
        }
    }
}
