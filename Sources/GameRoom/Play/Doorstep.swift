import Game
import NIOCore
import SocketIO
import SocketIOClient

/// The refusals that one meets with at a door, and that need a room made for them: one that is full, locked, behind a
/// password, with guards, not ready to start, or that has banned the player. A host makes such rooms, an intruder knocks;
/// and somebody tries to come in under another's name. Once a run, beside the players, in rooms of its own.
final class Doorstep {
    fileprivate enum Person {
        case host
        case intruder
    }

    /// Something that one of the two asks for, and what has to come of it.
    fileprivate struct Step: Sendable {
        let person: Person
        let event: String
        /// Made when it is this step's turn, of the room's name and its number on the intruder's connection.
        let payload: @Sendable (String, JSON) -> JSON
        /// The refusal; nil: it must be granted.
        let refusal: Refusal.Code?
    }

    private let client: ClientConfiguration
    private let eventLoop: any EventLoop
    private let ledger: Ledger
    private var links: [Person: SocketLink] = [:]
    private var identities: [Person: SocketLink.Identity] = [:]
    private var steps = Doorstep.script[...]
    /// The room that was made last, and what the intruder calls it.
    private var room = ""
    private var reference: JSON = 0
    /// Who may not come in at all.
    private var strangers: [Stranger] = []

    init(_ client: ClientConfiguration, on eventLoop: any EventLoop, ledger: Ledger) {
        self.client = client
        self.eventLoop = eventLoop
        self.ledger = ledger
    }

    func begin() {
        for person in [Person.host, .intruder] {
            let link = SocketLink(
                self.client, kind: .websocket, name: "\(person)", identity: nil, on: self.eventLoop,
                delegate: Caller { [weak self] in self?.greeted(person, $0) })
            self.links[person] = link
            link.open()
        }
    }

    func end() {
        for link in self.links.values { link.abandon() }
        for stranger in self.strangers { stranger.link?.abandon() }
    }

    // MARK: The script

    private static let password = "open sesame"

    /// Few enough rooms that no limit is met before the door is.
    private static let script: [Step] = [
        .host("room:create") { _, _ in
            [
                "game": "relay", "private": true, "max": 1, "password": JSON(Doorstep.password),
                "options": Doorstep.options,
            ]
        },
        .intruder("room:join", meets: .password) { room, _ in ["rid": JSON(room)] },
        .intruder("room:join", meets: .roomFull) { room, _ in ["rid": JSON(room), "password": JSON(Doorstep.password)]
        },
        .host("room:leave") { room, _ in ["rid": JSON(room)] },
        .host("room:create") { _, _ in
            let guards: JSON = ["kinds": ["40": ["bytes": 4]]]
            return [
                "game": "relay", "private": true, "max": 4,
                "options": ["emptyTtlMs": 1_000, "guards": guards],
            ]
        },
        .host("room:set") { room, _ in ["rid": JSON(room), "open": false] },
        .intruder("room:join", meets: .locked) { room, _ in ["rid": JSON(room)] },
        .host("room:set") { room, _ in ["rid": JSON(room), "open": true] },
        .intruder("room:join") { room, _ in ["rid": JSON(room)] },
        .intruder("move", meets: .guarded) { _, reference in [reference, 1, 40, "more than four bytes"] },
        .host("room:kick") { room, _ in ["rid": JSON(room), "seat": 1, "ban": true] },
        .intruder("room:join", meets: .banned) { room, _ in ["rid": JSON(room)] },
        .host("room:leave") { room, _ in ["rid": JSON(room)] },
        .host("room:create") { _, _ in ["game": "tictactoe", "private": true, "options": Doorstep.options] },
        .host("room:start", meets: .notReady) { room, _ in ["rid": JSON(room)] },
        .host("room:leave") { room, _ in ["rid": JSON(room)] },
    ]

    private static let options: JSON = ["emptyTtlMs": 1_000]

    private func greeted(_ person: Person, _ identity: SocketLink.Identity) {
        self.identities[person] = identity
        if self.identities.count == 2 { self.next() }
    }

    private func next() {
        guard let step = self.steps.popFirst() else { return self.knockAsStrangers() }
        self.links[step.person]?.send(step.event, step.payload(self.room, self.reference)) { [weak self] answer in
            self?.answered(step, answer ?? .null)
        }
    }

    private func answered(_ step: Step, _ answer: JSON) {
        let code = answer["code"]?.string
        self.expect(step.refusal, code, at: step.event)
        if let room = answer["room"]?["rid"]?.string { self.room = room }
        if step.person == .intruder, let reference = answer["ref"] { self.reference = reference }
        // What follows counts on it.
        if code == step.refusal?.rawValue { self.next() }
    }

    private func expect(_ refusal: Refusal.Code?, _ code: String?, at event: String) {
        if let refusal, code == refusal.rawValue {
            self.ledger.tally.expectedRefusals[refusal.rawValue, default: 0] += 1
        } else if code != refusal?.rawValue {
            let text = "at the door \(event) met with \(code ?? "ok") instead of \(refusal?.rawValue ?? "ok")"
            self.ledger.report(
                Finding(
                    invariant: Violation.Invariant.refusal.rawValue, table: 0, room: self.room, member: 0,
                    brain: BrainKind.cheater.rawValue, link: LinkKind.websocket.rawValue, q: nil, text: text))
        }
    }

    // MARK: Strangers

    /// One who claims to be another, and one who speaks another version.
    private func knockAsStrangers() {
        guard let host = self.identities[.host] else { return }
        let thief = SocketLink.Identity(pid: host.pid, key: "not the key of \(host.pid)")
        self.strangers = [
            Stranger(identity: thief, version: 1, meets: .auth), Stranger(identity: nil, version: 99, meets: .version),
        ]
        for stranger in self.strangers {
            let delegate = Caller { [weak self] _ in self?.expect(stranger.refusal, nil, at: "connecting") }
            delegate.whenRefused = { [weak self] in self?.expect(stranger.refusal, $0, at: "connecting") }
            let link = SocketLink(
                self.client, kind: .websocket, name: "stranger", identity: stranger.identity,
                version: stranger.version, on: self.eventLoop, delegate: delegate)
            stranger.link = link
            link.open()
        }
    }

    private final class Stranger {
        let identity: SocketLink.Identity?
        let version: Int
        let refusal: Refusal.Code
        var link: SocketLink?

        init(identity: SocketLink.Identity?, version: Int, meets refusal: Refusal.Code) {
            self.identity = identity
            self.version = version
            self.refusal = refusal
        }
    }
}

extension Doorstep.Step {
    fileprivate static func host(
        _ event: String, meets refusal: Refusal.Code? = nil,
        _ payload: @escaping @Sendable (String, JSON) -> JSON
    ) -> Self {
        Self(person: .host, event: event, payload: payload, refusal: refusal)
    }

    fileprivate static func intruder(
        _ event: String, meets refusal: Refusal.Code? = nil,
        _ payload: @escaping @Sendable (String, JSON) -> JSON
    ) -> Self {
        Self(person: .intruder, event: event, payload: payload, refusal: refusal)
    }
}

/// Listens for who the server says one is, or that one may not come in.
private final class Caller: LinkDelegate {
    private let whenGreeted: (SocketLink.Identity) -> Void
    var whenRefused: (String) -> Void = { _ in }

    init(_ whenGreeted: @escaping (SocketLink.Identity) -> Void) {
        self.whenGreeted = whenGreeted
    }

    func received(_ message: ServerMessage, bytes: Int, by link: any Link) {
        if case .hello(let pid, let key) = message { self.whenGreeted(SocketLink.Identity(pid: pid, key: key)) }
    }

    func ended(_ link: any Link, _ why: String, refusal: String?) {
        if let refusal { self.whenRefused(refusal) }
    }
}
