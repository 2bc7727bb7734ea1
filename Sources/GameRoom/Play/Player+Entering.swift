import Game
import NIOCore
import SocketIO

// Coming in, being lost and coming back, leaving.
extension Player {
    /// Opens a link, and goes in by it as soon as it stands.
    func enter(by entrance: Entrance) {
        self.state = .entering(entrance)
        let link = self.table.makeLink(self.linkKind, for: self)
        self.link = link
        self.isLinkReady = false
        link?.open()
    }

    /// Commands can be sent: the moment to go in.
    func linkIsReady() {
        self.isLinkReady = true
        // Who is late for the end of the run finds no room any more.
        guard case .entering(let entrance) = self.state, !self.table.isClosing else { return }
        switch entrance {
        case .create: self.create()
        case .join: self.join()
        case .resume(let membership): self.resume(membership)
        }
    }

    /// Once more, a little later.
    func tryAgain(_ entrance: Entrance, after delay: TimeAmount) {
        self.table.schedule(after: delay) { [weak self] in
            guard let self, case .entering = self.state, !self.table.isClosing else { return }
            guard self.link != nil else { return self.enter(by: entrance) }
            if self.isLinkReady { self.linkIsReady() }
        }
    }

    private func create() {
        self.ask("room:create", self.table.creation, entrance: .create) { $0.table.opened(by: $1) }
    }

    private func join() {
        guard let room = self.table.room else { return self.tryAgain(.join, after: .milliseconds(200)) }
        self.link?.approach(room.id, seat: nil)
        let role: [(String, JSON)] = self.watchesFromNowOn ? [("as", "spectator")] : []
        let target: (String, JSON) =
            self.number.isMultiple(of: 2) ? ("rid", JSON(room.id)) : ("code", JSON(room.code))
        self.ask("room:join", .object([target] + role), entrance: .join) { _, _ in }
    }

    private var watchesFromNowOn: Bool {
        self.role.onlyWatches || (self.role.brain == .late && !self.table.takesLatePlayers)
    }

    private func resume(_ membership: Membership) {
        self.resumes += 1
        self.link?.approach(membership.room, seat: membership.seat)
        if self.resumes.isMultiple(of: 2) { self.tryBadToken(of: membership) }
        let payload: JSON = [
            "rid": JSON(membership.room), "token": JSON(membership.token), "q": JSON(self.view?.lastNumber ?? 0),
        ]
        self.ask("room:resume", payload, entrance: .resume(membership)) { player, admission in
            player.ledger.tally.replays += admission.isReplayed ? 1 : 0
            player.ledger.tally.snapshots += admission.isReplayed ? 0 : 1
        }
    }

    /// A token that is none must be refused, and change nothing: the right one is good after it (I12).
    private func tryBadToken(of membership: Membership) {
        let payload: JSON = ["rid": JSON(membership.room), "token": "AAAAAAAAAAAAAAAAAAAAAA", "q": 0]
        self.send("room:resume", payload) { player, answer in
            guard let code = answer["code"]?.string else {
                return player.report(Violation(.badToken, "a token that is none brought the player in"))
            }
            if code == Refusal.Code.token.rawValue { player.ledger.tally.badTokensRefused += 1 }
        }
    }

    private func ask(
        _ event: String, _ payload: JSON, entrance: Entrance, admitted: @escaping (Player, Admission) -> Void
    ) {
        self.send(event, payload) { player, answer in
            guard answer["ok"]?.bool == true else { return player.turnedAway(entrance, answer) }
            guard let admission = Admission(answer) else {
                return player.report(
                    Violation(.protocolKept, "\(event) was answered without what a member has to know"))
            }
            if case .resume = entrance {} else { player.seatIsOfBroker = player.linkKind == .mqtt }
            admitted(player, admission)
            player.admitted(admission)
        }
    }

    private func turnedAway(_ entrance: Entrance, _ answer: JSON) {
        let code = answer["code"]?.string ?? "?"
        switch (entrance, Refusal.Code(rawValue: code)) {
        case (_, .rate?), (_, .busy?):
            self.ledger.tally.expectedRefusals[code, default: 0] += 1
            let retry = max(200, min(answer["retry"]?.int ?? 1_000, 30_000))
            self.tryAgain(entrance, after: .milliseconds(Int64(retry)))
        case (.resume, _):
            self.ledger.tally.failedResumes += 1
            self.ledger.note("a resume was refused with \(code)")
            self.startAnew()
        default:
            self.ledger.tally.unexpectedRefusals[code, default: 0] += 1
            self.ledger.note("\(answer["message"]?.string ?? code)")
            self.tryAgain(entrance, after: .seconds(2))
        }
    }

    /// The seat is lost: as a new member of the room.
    private func startAnew() {
        self.forgetRoom()
        self.state = .entering(.join)
        self.tryAgain(.join, after: .milliseconds(200))
    }

    private func forgetRoom() {
        self.table.countOut(self)
        self.view = nil
        self.game.loseBoard()
        self.expectations = MoveExpectations(isLogged: self.expectations.isLogged)
        self.lastMove = nil
        self.progress = [:]
    }

    private func admitted(_ admission: Admission) {
        let membership = Membership(
            room: admission.room, reference: admission.reference, seat: admission.seat, token: admission.token ?? "")
        self.state = .inside(membership)
        self.replayedThrough = admission.lastNumber
        if admission.isReplayed, self.view != nil {
            // What was missed follows, from where the view stands.
        } else {
            self.beginView(at: admission)
        }
        self.game.beginArena(with: admission.snapshot, at: admission.tick)
        if let lastMove = admission.lastMove {
            self.expectations.taken(through: lastMove)
            self.sendAgain(after: lastMove)
        }
        self.isReady = false
        self.link?.entered(membership)
        self.table.entered(self)
    }

    /// All there is to know has been told anew.
    private func beginView(at admission: Admission) {
        if self.view == nil {
            self.view = LogView(admission.roster, lastNumber: admission.lastNumber)
        } else {
            self.view?.restart(admission.roster, lastNumber: admission.lastNumber)
        }
        self.game.loseBoard()
        self.progress = [:]
    }

    func resynchronised(_ admission: Admission) {
        self.ledger.tally.resynchronisations += 1
        self.replayedThrough = admission.lastNumber
        self.beginView(at: admission)
        self.game.beginArena(with: admission.snapshot, at: admission.tick)
    }

    // MARK: Going

    /// Breaks off without a goodbye, and comes back by another transport after a while.
    func drop(for delay: TimeAmount) {
        guard case .inside(let membership) = self.state else { return }
        self.state = .away(membership)
        self.link?.abandon()
        self.lost(membership, for: delay)
    }

    func lost(_ membership: Membership, for delay: TimeAmount) {
        self.state = .away(membership)
        self.link = nil
        self.isLinkReady = false
        self.unanswered = 0
        self.linkKind = self.linkKind.alternative(hasBroker: self.table.settings.mix.contains(.mqtt))
        self.table.schedule(after: delay) { [weak self] in
            guard let self, case .away(let membership) = self.state, !self.table.isClosing else { return }
            self.enter(by: .resume(membership))
        }
    }

    /// The server has put the player out.
    func closed(_ room: String, _ reason: String) {
        guard case .inside(let membership) = self.state, membership.room == room else { return }
        self.ledger.note("put out of a room: \(reason)")
        guard !self.table.isClosing else {
            self.state = .left
            return
        }
        self.startAnew()
    }

    /// Leaves the room for good, and then does something.
    func leave(_ then: @escaping (Player) -> Void = { _ in }) {
        guard case .inside(let membership) = self.state else { return then(self) }
        self.isLeaving = true
        self.send("room:leave", ["rid": JSON(membership.room)]) { player, answer in
            player.isLeaving = false
            player.forgetRoom()
            player.state = .left
            if answer["ok"]?.bool != true {
                player.report(Violation(.protocolKept, "a member could not leave: \(answer["code"]?.string ?? "?")"))
            }
            then(player)
        }
    }

    /// Comes back after having left.
    func comeBack() {
        guard case .left = self.state else { return }
        self.state = .entering(.join)
        guard self.link != nil else { return self.enter(by: .join) }
        if self.isLinkReady { self.linkIsReady() }
    }

    // MARK: Commands

    /// Sends a command and calls back with the answer; not at all where the link has been lost meanwhile.
    func send(_ event: String, _ payload: JSON, answered: @escaping (Player, JSON) -> Void) {
        let link = self.link
        self.unanswered += 1
        link?.send(event, payload) { [weak self] answer in
            guard let self, self.link === link else { return }
            self.unanswered -= 1
            guard let answer else {
                return self.report(Violation(.protocolKept, "\(event) was not answered"))
            }
            answered(self, answer)
        }
    }
}
