import EngineIO
import Game
import MQTT
import NIOCore
import SocketIO

/// A session with the broker that the relay listens to: commands, moves and what is told are messages on topics
/// (game-rooms §2.11).
///
/// ```
///   command ──► game/cmd/<client>          answer, room:closed ◄── game/out/<client>
///   move    ──► game/<rid>/in/<seat>       refused, replay     ◄── game/<rid>/out/<seat>
///   will    ──► game/client/<client>/gone  log, state          ◄── game/<rid>/events, …/state
/// ```
final class BrokerLink: Link {
    typealias Answer = (JSON?) -> Void

    /// The room that the player listens to: it is in there, or about to go.
    private struct Audience {
        let room: String
        var seat: Seat?
        var log = TopicLog()
        var membership: Membership?
        var moves = MovesUnderWay<Answer>()
        /// Whether a gap in the log is being waited for.
        var isWaitingForReplay = false
    }

    /// A command that has not been answered.
    private struct Command {
        let event: String
        let payload: JSON
        let answer: Answer
    }

    private let sessions: BrokerSessions
    private let topics: PlayerTopics
    private let eventLoop: any EventLoop
    /// Nil when the link has ended.
    private var delegate: (any LinkDelegate)?
    private var audience: Audience?
    private var commands: [String: Command] = [:]
    private var lastCommand = 0
    /// Before the numbers of this link's commands: the relay, which hears nothing of a client whose will was lost with the
    /// broker, may still have answers to those of the link before.
    private let commandPrefix = String(UInt32.random(in: .min ... .max), radix: 36)
    private var isReading = true
    /// What has come while nothing was read.
    private var unread: [MQTTMessage] = []

    /// How long an answer, or the refusal of a move, may take.
    private static let patience = TimeAmount.seconds(15)
    /// After which a command goes out again, under the same name: the relay may not have listened.
    private static let repetition = TimeAmount.seconds(4)
    /// How long the end of a replay may take, before the gap in front of what is there counts as one.
    private static let replayPatience = TimeAmount.seconds(10)

    /// - Parameters:
    ///   - name: of the player within this run.
    ///   - delegate: kept until the link has ended.
    /// - Throws: a name that topics cannot have.
    init(
        _ sessions: BrokerSessions, name: String, on eventLoop: any EventLoop, delegate: any LinkDelegate
    ) throws(TopicError) {
        self.sessions = sessions
        self.topics = try PlayerTopics(client: "\(sessions.prefix)-\(name)")
        self.eventLoop = eventLoop
        self.delegate = delegate
    }

    let answersMoves = false

    // MARK: The session

    func open() {
        let (eventLoop, topics) = (self.eventLoop, self.topics)
        let link = NIOLoopBound(self, eventLoop: eventLoop)
        let handlers = BrokerSessions.Handlers(
            open: { eventLoop.execute { link.value.opened() } },
            messages: { messages in eventLoop.execute { link.value.received(messages) } },
            down: { reason in eventLoop.execute { link.value.ended(reason) } })
        let will = MQTTWill(topic: topics.gone, payload: ByteBuffer(string: "{}"))
        let filters = self.filters
        self.sessions.perform { $0.open(topics.client, will: will, filters, handlers) }
    }

    private var filters: [TopicFilter] {
        self.topics.filters(listeningTo: self.audience.map { ($0.room, $0.seat) })
    }

    private func opened() {
        self.delegate?.received(.ready, bytes: 0, by: self)
    }

    private func ended(_ reason: String) {
        guard let delegate else { return }
        self.delegate = nil
        self.commands = [:]
        self.audience = nil
        delegate.ended(self, reason, refusal: nil)
    }

    /// A client that says goodbye leaves no will, so it tells the relay itself that it goes.
    func close() {
        let topics = self.topics
        self.sessions.perform {
            $0.publish(topics.client, to: topics.gone, ByteBuffer(string: "{}"))
            $0.close(topics.client, saysGoodbye: true)
        }
        self.ended("closed")
    }

    func abandon() {
        let client = self.topics.client
        self.sessions.perform { $0.close(client, saysGoodbye: false) }
        self.ended("abandoned")
    }

    /// A session always reads, or its other topics would wait, too; what has come is kept from the player.
    func setReading(_ isReading: Bool) {
        self.isReading = isReading
        guard isReading else { return }
        let messages = self.unread
        self.unread = []
        self.received(messages)
    }

    private func publish(to topic: TopicName, _ payload: ByteBuffer, properties: MQTTProperties? = nil) {
        let client = self.topics.client
        self.sessions.perform { $0.publish(client, to: topic, payload, properties: properties) }
    }

    // MARK: Rooms

    func approach(_ room: String, seat: Seat?) {
        self.audience = Audience(room: room, seat: seat)
        self.subscribe()
    }

    private func subscribe() {
        let (client, filters) = (self.topics.client, self.filters)
        self.sessions.perform { $0.subscribe(client, to: filters) }
    }

    func entered(_ room: Membership) {
        self.audience?.membership = room
        guard self.audience?.seat != room.seat else { return }
        // What is refused on the seat's topic is a move, which goes out after this.
        self.audience?.seat = room.seat
        self.subscribe()
    }

    private func leftRoom() {
        self.audience = nil
        self.subscribe()
    }

    // MARK: Commands

    func send(_ event: String, _ payload: JSON, answer: @escaping Answer) {
        self.lastCommand += 1
        let name = "\(self.commandPrefix)-\(self.lastCommand)"
        self.commands[name] = Command(event: event, payload: payload, answer: answer)
        self.transmit(name, until: .now() + Self.patience)
    }

    /// Publishes a command that has not been answered, again and again until the time is up.
    private func transmit(_ name: String, until deadline: NIODeadline) {
        guard let command = self.commands[name] else { return }
        let now = NIODeadline.now()
        guard now < deadline else {
            self.commands[name] = nil
            return command.answer(nil)
        }
        let message: JSON = ["ev": JSON(command.event), "d": command.payload, "cid": JSON(name)]
        self.publish(to: self.topics.commands, message.bytes)
        let next = min(deadline, now + Self.repetition)
        self.eventLoop.assumeIsolated().scheduleTask(deadline: next) { [weak self] in
            self?.transmit(name, until: deadline)
        }
    }

    private func answered(_ answer: JSON) {
        // Answers are sent at least once: of two the second is nobody's.
        guard let name = answer["cid"]?.string, let command = self.commands.removeValue(forKey: name) else { return }
        let isOK = answer["ok"]?.bool == true
        switch command.event {
        case "room:create" where isOK: self.created(command, answer)
        case "room:join", "room:resume", "room:match": self.admitted(command, isOK ? answer : nil, answer)
        case "room:leave" where isOK:
            self.leftRoom()
            command.answer(answer)
        default: command.answer(answer)
        }
    }

    /// Nobody else is in the room, and nobody is told of it before it can be heard here: when the answer to another command
    /// has come, which went out behind the subscription.
    private func created(_ command: Command, _ answer: JSON) {
        guard let admission = Admission(answer) else { return command.answer(answer) }
        self.approach(admission.room, seat: admission.seat)
        self.send("time", 0) { [weak self] _ in self?.admitted(command, answer, answer) }
    }

    /// - Parameter admission: nil: the room does not want the player.
    private func admitted(_ command: Command, _ admission: JSON?, _ answer: JSON) {
        // The player may be in that room already, and have tried a second seat.
        guard self.audience?.membership == nil else { return command.answer(answer) }
        guard let admission = admission.flatMap(Admission.init) else {
            return command.answer(answer)
        }
        command.answer(answer)
        let seen = admission.isReplayed ? command.payload["q"]?.number(UInt32.self) : nil
        self.deliver(self.audience?.log.admitted(through: seen ?? admission.lastNumber) ?? [], bytes: 0)
        self.watchForGap()
    }

    // MARK: Moves

    func send(_ move: NumberedMove, to room: Membership, answer: Answer?) {
        guard let answer else { return self.transmit(move, to: room, .make) }
        self.transmit(move, to: room, .provoke(answer))
    }

    func sendAgain(_ move: NumberedMove, to room: Membership) {
        self.transmit(move, to: room, .again)
    }

    private func transmit(_ move: NumberedMove, to room: Membership, _ purpose: MovesUnderWay<Answer>.Purpose) {
        guard let seat = room.seat, let topic = PlayerTopics.moves(to: room.room, from: seat) else { return }
        let id = self.audience?.moves.sent(move.number, to: purpose)
        if case .provoke = purpose, let id { self.expectRefusal(id) }
        switch move.move.data {
        case .json(let data): self.publish(to: topic, Self.message(move, data, token: room.token).bytes)
        case .binary:
            var bytes = ByteBuffer()
            guard (try? BinaryFrame(ref: 0, .moves(MoveFrame([move]))).write(to: &bytes)) != nil else { return }
            self.publish(to: topic, bytes, properties: MQTTProperties(user: [.init("tok", room.token)]))
        }
    }

    private static func message(_ move: NumberedMove, _ data: JSON, token: String) -> JSON {
        var parts: [JSON] = [JSON(move.number), JSON(move.move.kind.rawValue), data]
        if let version = move.options.version { parts.append(["v": JSON(version)]) }
        return ["tok": JSON(token), "m": .array(parts)]
    }

    private func expectRefusal(_ id: UInt64) {
        self.eventLoop.assumeIsolated().scheduleTask(in: Self.patience) { [weak self] in
            guard case .provoke(let answer)? = self?.audience?.moves.expired(id) else { return }
            answer(nil)
        }
    }

    private func refused(_ message: ServerMessage, _ number: UInt32, _ code: String, bytes: Int) {
        switch self.audience?.moves.refused(number) {
        case .provoke(let answer): answer(["ok": false, "code": JSON(code)])
        // Refused the first time, refused again.
        case .again: break
        case .make, nil: self.delegate?.received(message, bytes: bytes, by: self)
        }
    }

    // MARK: What is heard

    private func received(_ messages: [MQTTMessage]) {
        guard self.isReading else {
            self.unread += messages
            return
        }
        for message in messages { self.received(message) }
    }

    private func received(_ message: MQTTMessage) {
        // What the broker keeps was said before the player came.
        guard !message.retained, let meaning = self.topics.meaning(of: message.topic) else { return }
        let bytes = message.payload.readableBytes
        guard let json = try? JSON(validating: message.payload) else {
            self.pass(.unreadable("\(message.topic): no JSON"), bytes: bytes)
            return
        }
        switch meaning {
        case .personal where json.isObject: self.answered(json)
        case .personal: self.event(json, bytes: bytes)
        case .seat(let room): if room == self.audience?.room { self.event(json, bytes: bytes) }
        case .log(let room): if room == self.audience?.room { self.heard(json, bytes: bytes) }
        case .state(let room): if room == self.audience?.room { self.state(json, bytes: bytes) }
        }
    }

    private func pass(_ message: ServerMessage, bytes: Int) {
        self.delegate?.received(message, bytes: bytes, by: self)
    }

    private func heard(_ json: JSON, bytes: Int) {
        guard let frame = TickFrame(json.elements ?? [], attachments: []) else {
            return self.pass(.unreadable("events: \(String(buffer: json.bytes).prefix(200))"), bytes: bytes)
        }
        self.deliver(self.audience?.log.heard(frame.withBytes) ?? [], bytes: bytes)
        self.watchForGap()
    }

    /// An event as a socket would have got it, its name first.
    private func event(_ json: JSON, bytes: Int) {
        guard let arguments = try? Arguments(parsing: json.bytes) else {
            return self.pass(.unreadable(String(String(buffer: json.bytes).prefix(200))), bytes: bytes)
        }
        let message = ServerMessage(arguments)
        switch message {
        case .tick(_, let frame, _):
            self.deliver(self.audience?.log.replayed(frame.withBytes) ?? [], bytes: bytes)
            self.watchForGap()
        case .refused(_, let number, let code): self.refused(message, number, code, bytes: bytes)
        case .closed(let room, _):
            if room == self.audience?.room { self.leftRoom() }
            self.pass(message, bytes: bytes)
        default: self.pass(message, bytes: bytes)
        }
    }

    /// `{tick, t, q, snapshot}`
    private func state(_ json: JSON, bytes: Int) {
        guard let tick = json["tick"]?.number(UInt32.self), let number = json["q"]?.number(UInt32.self),
            let snapshot = json["snapshot"]
        else { return self.pass(.unreadable("state: \(String(buffer: json.bytes).prefix(200))"), bytes: bytes) }
        guard self.audience?.membership != nil else { return }
        self.pass(.snapshot(tick: tick, lastNumber: number, snapshot), bytes: bytes)
    }

    private func deliver(_ frames: [TickFrame], bytes: Int) {
        for (index, frame) in frames.enumerated() {
            // A member may be put out by what it is told.
            guard let membership = self.audience?.membership else { return }
            for event in frame.events where event.kind.isOfGame && event.seat == membership.seat {
                self.audience?.moves.logged(event.moveNumber)
            }
            self.pass(
                .tick(reference: membership.reference, frame, hasLowNumbers: false), bytes: index == 0 ? bytes : 0)
        }
    }

    /// A replay that does not come leads to a gap, which is to be seen as one.
    private func watchForGap() {
        guard let audience, audience.log.isHolding, !audience.isWaitingForReplay else { return }
        let room = audience.room
        self.audience?.isWaitingForReplay = true
        self.eventLoop.assumeIsolated().scheduleTask(in: Self.replayPatience) { [weak self] in
            guard let self, self.audience?.room == room, self.audience?.isWaitingForReplay == true else { return }
            self.audience?.isWaitingForReplay = false
            if self.audience?.log.isHolding == true { self.deliver(self.audience?.log.giveUp() ?? [], bytes: 0) }
        }
    }
}

extension TickFrame {
    /// With the bytes that topics carry as `{"base64": "…"}`.
    fileprivate var withBytes: TickFrame {
        TickFrame(
            tick: self.tick, time: self.time, firstNumber: self.firstNumber, events: self.events.map(\.withBytes))
    }
}

extension LogEvent {
    fileprivate var withBytes: LogEvent {
        guard case .json(let json) = self.data, let members = json.members, members.count == 1,
            let text = json["base64"]?.string, let bytes = Base64.decode(ByteBuffer(string: text))
        else { return self }
        return LogEvent(
            number: self.number, kind: self.kind, seat: self.seat, moveNumber: self.moveNumber, data: .binary(bytes),
            recipients: self.recipients)
    }
}
