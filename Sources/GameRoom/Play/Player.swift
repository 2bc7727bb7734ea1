import Game
import NIOCore
import Seeding
import SocketIO

/// One simulated player: a link to the server, a brain, and a copy of everything that the server has told, which it holds
/// against what it expects. On its event loop only.
///
/// ```
///   outside ──open──► entering ──admitted──► inside ──lost, or dropped──► away ──resume──► inside
///                        ▲                     │
///                        └────── return ─── left the room
/// ```
final class Player: LinkDelegate {
    enum State {
        /// Not begun, or ended.
        case outside
        /// The link is about to open, or the room about to answer.
        case entering(Entrance)
        case inside(Membership)
        /// The link is lost, the seat is kept.
        case away(Membership)
        /// The player has left the room, the link is there.
        case left
    }

    /// By which command a player comes in.
    enum Entrance {
        case create
        case join
        case resume(Membership)
    }

    let number: Int
    let role: Casting.Role
    let seed: UInt64
    unowned let table: RoomTable
    var brain: any Brain
    var state = State.outside
    var view: LogView?
    var game: GameCopy
    var expectations: MoveExpectations
    var lastMove: NumberedMove?
    /// How far the inputs of each seat have come, as the state frames tell it.
    var progress: [UInt8: UInt32] = [:]
    /// Slots of the schedule that have come.
    var slots = 0
    var link: (any Link)?
    var linkKind: LinkKind
    var identity: SocketLink.Identity?
    /// Whether the seat was taken by the broker, and so is of the name that the player has there.
    var seatIsOfBroker = false
    /// Whether commands can be sent over the link.
    var isLinkReady = false
    /// Whether the readiness for the next round has been said.
    var isReady = false
    var wasInside = false
    /// The last event that a replay brings, which says nothing about how long events take.
    var replayedThrough: UInt32 = 0
    /// Until then what arrives has waited for this player.
    var catchesUpUntil = NIODeadline.uptimeNanoseconds(0)
    var lastDrop: Int?
    /// The player has said that it leaves, and acts no more.
    var isLeaving = false
    var resumes = 0
    /// Commands and moves that have not been answered.
    var unanswered = 0

    init(
        _ number: Int, _ role: Casting.Role, _ brain: any Brain, seed: UInt64, game: GameDefinition, at table: RoomTable
    ) {
        self.number = number
        self.role = role
        self.seed = seed
        self.table = table
        self.linkKind = role.link
        self.brain = brain
        self.game = GameCopy(game)
        self.expectations = MoveExpectations(isLogged: !game.takesInputs)
    }

    var membership: Membership? {
        if case .inside(let membership) = self.state { membership } else { nil }
    }

    var isInside: Bool { self.membership != nil }

    /// Whether the room may keep a seat for the player: it is there, or on its way back.
    var mayHaveSeat: Bool {
        switch self.state {
        case .inside, .away, .entering: true
        case .outside, .left: false
        }
    }
    var isHost: Bool { self.membership?.seat.map { $0 == self.view?.roster.host } ?? false }
    var ledger: Ledger { self.table.ledger }

    /// Whether everything that anybody has been told is here, and every answer has come.
    var isUpToDate: Bool {
        guard self.isInside, let view else { return true }
        return view.lastNumber >= self.table.end && self.unanswered == 0
            && self.unaccountedMoves.isEmpty
    }

    /// Moves that the log should tell of by now, where nothing else does.
    var unaccountedMoves: [NumberedMove] {
        guard let link, !link.answersMoves, self.expectations.isLogged else { return [] }
        return self.expectations.unanswered
    }

    func report(_ violation: Violation?) {
        guard let violation else { return }
        self.ledger.report(
            Finding(
                invariant: violation.invariant.rawValue, table: self.table.number, room: self.table.room?.id,
                member: self.number, brain: self.role.brain.rawValue, link: self.linkKind.rawValue,
                q: violation.event, text: violation.text))
    }

    // MARK: LinkDelegate

    func ended(_ link: any Link, _ why: String, refusal: String?) {
        guard link === self.link else { return }
        self.link = nil
        self.isLinkReady = false
        self.unanswered = 0
        switch self.state {
        case .outside, .left: self.state = .outside
        case .away: break
        case .entering(let entrance):
            self.ledger.tally.connectFailures += 1
            self.ledger.note(why)
            self.tryAgain(entrance, after: .seconds(1))
        case .inside(let membership):
            self.ledger.tally.lostConnections += 1
            self.ledger.note("lost: \(why)")
            self.lost(membership, for: .milliseconds(500))
        }
    }

    func received(_ message: ServerMessage, bytes: Int, by link: any Link) {
        guard link === self.link else { return }
        self.ledger.tally.bytesReceived += UInt64(clamping: bytes)
        switch message {
        case .hello(let pid, let key):
            self.identity = SocketLink.Identity(pid: pid, key: key)
            self.linkIsReady()
        case .ready: self.linkIsReady()
        case .tick(let reference, let frame, let hasLowNumbers):
            if self.belongsHere(reference) { self.receive(frame, hasLowNumbers: hasLowNumbers) }
        case .state(let reference, let frame):
            if self.belongsHere(reference) { self.receive(frame) }
        case .snapshot(let tick, let number, let snapshot): self.receive(snapshot, at: tick, behind: number)
        case .refused(_, let number, let code): self.refused(number, code)
        case .closed(let room, let reason): self.closed(room, reason)
        case .resynchronised(let admission): self.resynchronised(admission)
        case .other: break
        case .unreadable(let text): self.report(Violation(.protocolKept, "cannot be read: \(text)"))
        }
    }

    /// Whether a frame is of the player's room (I13).
    private func belongsHere(_ reference: UInt16) -> Bool {
        if let membership, membership.reference == reference { return true }
        self.report(Violation(.foreignFrame, "a frame of room number \(reference), where the player is not"))
        return false
    }
}

extension GameDefinition {
    /// Whether moves wait for their tick and take no number in the log.
    fileprivate var takesInputs: Bool { self.description.isAuthoritative && self.description.hz > 0 }
}
