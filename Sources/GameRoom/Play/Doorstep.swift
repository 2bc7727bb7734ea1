import Game
import NIOCore
import SocketIO
import SocketIOClient

/// Every refusal that a client can meet with, once a run, whatever becomes of the cheaters among the players: by a script,
/// beside them, in rooms of its own. A host makes rooms that are full, locked, behind a password or guarded, and plays a
/// round; an intruder knocks, and does what one should not; and somebody tries to come in under another's name.
///
/// What is not here no client alone can bring about: `BUSY` and `DRAINING` are the server's state, and the relay's tests
/// see to them; `INTERNAL` is a fault; `MUTED` and `REDIRECT` have their place in the contract and nothing that says them.
final class Doorstep {
    enum Person {
        case host
        case intruder
    }

    /// Something that one of the two asks for, and what has to come of it.
    struct Step: Sendable {
        let person: Person
        let event: String
        /// Made when it is this step's turn, of the room that was made last.
        let payload: @Sendable (Place) -> JSON
        /// The refusal; nil: it must be granted.
        let refusal: Refusal.Code?
        /// What may come instead at first: the step is tried again.
        var retry: Retry?
    }

    /// A room, as the two know it.
    struct Place: Sendable {
        var room = ""
        /// Its number on their connections.
        var reference: JSON = 0
    }

    /// Why to try again.
    struct Retry: Sendable {
        /// The code that is no surprise yet; nil: it may be granted.
        let code: Refusal.Code?
        let pause: TimeAmount
        let attempts: Int
    }

    private let client: ClientConfiguration
    private let eventLoop: any EventLoop
    private let ledger: Ledger
    private var links: [Person: SocketLink] = [:]
    private var identities: [Person: SocketLink.Identity] = [:]
    private var steps = Doorstep.script[...]
    private var place = Place()
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

    private func greeted(_ person: Person, _ identity: SocketLink.Identity) {
        self.identities[person] = identity
        if self.identities.count == 2 { self.next() }
    }

    private func next() {
        guard let step = self.steps.popFirst() else { return self.knockAsStrangers() }
        self.attempt(step)
    }

    private func attempt(_ step: Step, number: Int = 1) {
        self.links[step.person]?.send(step.event, step.payload(self.place)) { [weak self] answer in
            self?.answered(step, answer ?? .null, attempt: number)
        }
    }

    private func answered(_ step: Step, _ answer: JSON, attempt: Int) {
        let code = answer["code"]?.string
        if let retry = step.retry, code != step.refusal?.rawValue, code == retry.code?.rawValue,
            attempt < retry.attempts
        {
            self.eventLoop.assumeIsolated().scheduleTask(in: retry.pause) { [weak self] in
                self?.attempt(step, number: attempt + 1)
            }
            return
        }
        self.expect(step.refusal, code, at: step.event)
        if let room = answer["room"]?["rid"]?.string, let reference = answer["ref"] {
            self.place = Place(room: room, reference: reference)
        }
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
                    invariant: Violation.Invariant.refusal.rawValue, table: 0, room: self.place.room, member: 0,
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
