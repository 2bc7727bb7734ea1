import Game
import NIOCore
import Seeding
import SocketIO

/// Several clients who do at random, by a seed, whatever clients do, and the invariants checked after every step.
struct RoomDriver {
    private let scenario: Scenario
    private var room: Room
    private var random: SplitMix64
    private var tokens: TokenGenerator
    private var clock = 0
    private var clients: [RoomClient]
    private var nextMember: UInt64 = 1
    private var archive = LogArchive()
    private var replay: RulesReplay
    private var emptySince: Int?
    private var hostMissingSince: Int?
    private(set) var seen = Coverage()
    /// What was done last, for a report.
    private(set) var action = ""

    private struct TokenGenerator: RandomNumberGenerator {
        var random: SplitMix64
        mutating func next() -> UInt64 { self.random.next() }
    }

    init(_ scenario: Scenario, seed: UInt64) throws {
        let settings = try scenario.settings(seed: seed)
        self.scenario = scenario
        self.room = Room(settings, at: .at(0))
        self.random = SplitMix64(seed: seed, stream: 1)
        self.tokens = TokenGenerator(random: SplitMix64(seed: seed, stream: 2))
        self.clients = ["ann", "bob", "cem", "dag", "eve", "fay"].map(RoomClient.init)
        self.replay = RulesReplay(settings)
    }

    private var now: NIODeadline { .at(self.clock) }
    var isOver: Bool { self.room.isClosed }

    /// Lets some time pass, then lets one client do something.
    mutating func step() throws {
        try self.pass(self.chance(20) ? 1_000 + self.random.index(below: 5_000) : self.random.index(below: 250))
        guard !self.room.isClosed else { return }
        try self.act()
        try self.deliver()
        try self.checkRoom()
    }

    /// Everybody goes, some of them without saying so; the room must go too.
    mutating func finish() throws {
        for index in self.clients.indices where self.clients[index].member != nil {
            if self.chance(2) { self.lose(index) } else { try self.leave(index) }
            try self.deliver()
        }
        while !self.room.isClosed { try self.pass(500) }
    }

    private mutating func chance(_ oneIn: Int) -> Bool { self.random.index(below: oneIn) == 0 }

    // MARK: Time

    private mutating func pass(_ milliseconds: Int) throws {
        let end = self.clock + milliseconds
        self.action = "\(milliseconds) ms pass"
        if self.chance(3) { self.action += ", all at once" } else { try self.passOnTime(until: end) }
        self.clock = end
        self.room.advance(to: self.now)
        try self.deliver()
        try self.checkRoom()
    }

    private mutating func passOnTime(until end: Int) throws {
        while let next = self.room.nextDeadline, next <= .at(end) {
            self.room.advance(to: next)
            self.clock = max(self.clock, Int((next - .at(0)).nanoseconds / 1_000_000))
            let told = try self.deliver()
            if told { try self.checkStates() }
            try self.checkRoom()
        }
    }

    // MARK: What clients do

    private mutating func act() throws {
        let index = self.random.index(below: self.clients.count)
        let client = self.clients[index]
        if client.token == nil {
            try self.join(index)
        } else if client.member == nil {
            try self.comeBack(index)
        } else if client.isSpectator {
            try self.watch(index)
        } else {
            try self.play(index)
        }
    }

    private mutating func join(_ index: Int) throws {
        let role: Room.Role? = self.chance(4) ? .spectator : self.chance(3) ? .player : nil
        let (member, token) = (self.newMember(), ResumeToken(using: &self.tokens))
        let (player, now) = (self.clients[index].player, self.now)
        self.action = "\(player.id) joins"
        let joined = try self.attempt { room throws(Refusal) in
            try room.join(player, as: role, member: member, token: token, at: now)
        }
        guard let joined else { return }
        self.clients[index].joined(joined, member: member)
        self.clients[index].begin(from: joined)
        if joined.seat == nil { self.seen.spectators += 1 }
    }

    private mutating func comeBack(_ index: Int) throws {
        if self.chance(3) { return try self.resumeBadly(index) }
        if self.chance(2) { try self.resume(index) }
    }

    private mutating func resumeBadly(_ index: Int) throws {
        let old = self.clients[index].oldTokens.last
        let bad = self.chance(2) ? old ?? ResumeToken(using: &self.tokens) : ResumeToken(using: &self.tokens)
        let (member, token, now) = (self.newMember(), ResumeToken(using: &self.tokens), self.now)
        self.action = "\(self.clients[index].player.id) resumes with a bad token"
        let resumed = try self.attempt("I12") { room throws(Refusal) in
            try room.resume(bad, after: 0, member: member, newToken: token, at: now)
        }
        try hold("I12", resumed == nil, "a bad token was good")
        self.seen.badTokens += 1
    }

    private mutating func resume(_ index: Int) throws {
        let client = self.clients[index]
        guard let old = client.token else { return }
        let (member, token, now) = (self.newMember(), ResumeToken(using: &self.tokens), self.now)
        self.action = "\(client.player.id) resumes after \(client.lastNumber)"
        if client.member != nil { self.seen.takeovers += 1 }
        let resumed = try self.attempt { room throws(Refusal) in
            try room.resume(old, after: client.lastNumber, member: member, newToken: token, at: now)
        }
        guard let resumed else {
            // The grace is over.
            try hold("I12", client.member == nil, "a good token was refused")
            return self.clients[index].left()
        }
        self.clients[index].joined(resumed.joined, member: member)
        try hold(
            "I3", resumed.lastMove == client.lastMove, "the last move is \(client.lastMove), not \(resumed.lastMove)")
        try self.catchUp(index, by: resumed)
    }

    /// Answer first, then what was missed; the frames of the command itself are for the others.
    private mutating func catchUp(_ index: Int, by resumed: Resumed) throws {
        guard let frames = resumed.replay else {
            self.seen.snapshots += 1
            return self.clients[index].begin(from: resumed.joined)
        }
        self.seen.replays += 1
        try self.deliver()
        for frame in frames { try self.clients[index].receive(frame, self.archive) }
        self.clients[index].takeState(from: resumed.joined)
    }

    private mutating func watch(_ index: Int) throws {
        let (member, now) = (self.clients[index].member, self.now)
        guard let member else { return }
        switch self.random.index(below: 8) {
        case 0: try self.leave(index)
        case 1: self.lose(index)
        case 2: try self.resume(index)
        case 3:
            self.action = "a spectator moves"
            let move = NumberedMove(1, self.scenario.move(&self.random))
            let receipt = try self.attempt { room throws(Refusal) in try room.move(move, by: member, at: now) }
            try hold("I11", receipt == nil, "a spectator has made a move")
        default: break
        }
    }

    private mutating func play(_ index: Int) throws {
        guard let member = self.clients[index].member, let seat = self.clients[index].seat else { return }
        let now = self.now
        switch self.random.index(below: 40) {
        case 0: try self.leave(index)
        case 1, 2, 3: self.lose(index)
        case 4: try self.resume(index)
        case 5:
            if self.chance(2) { try self.resumeBadly(index) }
        case 6: try self.kick(by: member)
        case 7:
            self.action = "seat \(seat) talks"
            let to: [Seat]? = self.chance(3) ? [seat, .one] : nil
            let number = try self.attempt { room throws(Refusal) -> UInt32 in
                try room.say("hi", to: to, by: member, at: now)
            }
            if let number { self.clients[index].own.insert(number) }
        case 8:
            self.action = "seat \(seat) hands the host's role on"
            let heir = Seat(rawValue: UInt8(self.random.index(below: 6)))
            _ = try self.attempt { room throws(Refusal) in try room.appoint(heir, by: member, at: now) }
        case 9:
            self.action = "seat \(seat) sets"
            let change = Room.Change(properties: [.init("k", 1)], expecting: self.chance(2) ? [.init("k", 1)] : [])
            _ = try self.attempt { room throws(Refusal) in try room.set(change, by: member, at: now) }
        case 10:
            self.action = "seat \(seat) is resynchronised"
            let joined = try self.attempt { room throws(Refusal) in try room.resynchronise(member, at: now) }
            joined.map { self.clients[index].begin(from: $0) }
            self.seen.resynchronised += 1
        case 11...17: try self.begin(by: member)
        default: try self.move(index, member, seat)
        }
    }

    private mutating func begin(by member: MemberID) throws {
        let now = self.now
        let (isReady, rematches) = (!self.chance(8), self.room.info.state == .ended)
        self.action = "member \(member.rawValue) is ready \(isReady), or wants a rematch"
        if rematches {
            let done: Void? = try self.attempt { room throws(Refusal) in try room.rematch(by: member, at: now) }
            if done != nil { self.seen.rematches += 1 }
        } else if self.chance(3) {
            _ = try self.attempt { room throws(Refusal) in try room.start(by: member, at: now) }
        } else {
            _ = try self.attempt { room throws(Refusal) in try room.setReady(isReady, by: member, at: now) }
        }
    }

    private mutating func kick(by member: MemberID) throws {
        let (seat, now) = (Seat(rawValue: UInt8(self.random.index(below: 8))), self.now)
        self.action = "member \(member.rawValue) kicks seat \(seat)"
        guard self.chance(2) else { return }
        let done: Void? = try self.attempt { room throws(Refusal) in try room.kick(seat, by: member, at: now) }
        guard done != nil else { return }
        self.seen.kicks += 1
        try self.deliver()
        for index in self.clients.indices where self.clients[index].seat == seat { self.clients[index].left() }
    }

    private mutating func leave(_ index: Int) throws {
        guard let member = self.clients[index].member else { return }
        let now = self.now
        self.action = "\(self.clients[index].player.id) leaves"
        let done: Void? = try self.attempt { room throws(Refusal) in try room.leave(member, at: now) }
        try hold("I13", done != nil, "a member could not leave")
        try self.deliver()
        self.clients[index].left()
    }

    private mutating func lose(_ index: Int) {
        guard let member = self.clients[index].member else { return }
        self.action = "\(self.clients[index].player.id) is lost"
        self.room.lost(member, at: self.now)
        self.clients[index].member = nil
    }

    private mutating func move(_ index: Int, _ member: MemberID, _ seat: Seat) throws {
        let last = self.clients[index].lastMove
        let number = self.chance(6) ? max(1, last) : last + (self.chance(12) ? 3 : 1)
        var options = MoveOptions()
        if self.scenario.game.begin == nil, self.chance(5) { options.recipients = [.zero, .two] }
        let move = NumberedMove(number, self.goodMove(of: seat) ?? self.scenario.move(&self.random), options: options)
        self.action = "seat \(seat) makes move \(number): \(move.move)"
        let now = self.now
        let isNew = number > last
        let receipt = try self.attempt { room throws(Refusal) in try room.move(move, by: member, at: now) }
        guard let receipt else { return }
        try hold(
            "I3", receipt.isDuplicate != isNew, "move \(number) after \(last) is a duplicate: \(receipt.isDuplicate)")
        guard isNew else { return self.seen.duplicates += 1 }
        if number > last + 1 { self.seen.gaps += 1 }
        self.seen.moves += 1
        self.clients[index].lastMove = number
        guard let event = receipt.event else { return }
        self.clients[index].own.insert(event)
        try self.archive.promise(event, LogArchive.Promise(seat: seat, number: number, move: move.move))
    }

    /// Mostly something that the rules let pass.
    private mutating func goodMove(of seat: Seat) -> Move? {
        guard !self.chance(5), let moves = self.replay.rules?.legalMoves(for: seat), !moves.isEmpty else { return nil }
        return moves[self.random.index(below: moves.count)]
    }

    private mutating func newMember() -> MemberID {
        defer { self.nextMember += 1 }
        return MemberID(rawValue: self.nextMember)
    }

    /// Does something that may be refused; then nothing may have changed.
    private mutating func attempt<Result>(
        _ invariant: String = "I11", _ body: (inout Room) throws(Refusal) -> Result
    ) throws -> Result? {
        let before = self.room
        do throws(Refusal) {
            return try body(&self.room)
        } catch {
            self.seen.refusals.insert(error.code)
            try hold(invariant, self.room == before, "refused with \(error.code), and yet something has changed")
            if error.code == .gap { self.seen.strictGaps += 1 }
            return nil
        }
    }

    // MARK: What the room tells

    /// - Returns: whether a state was among it.
    @discardableResult
    private mutating func deliver() throws -> Bool {
        let output = self.room.takeOutput()
        for inputs in output.inputs {
            try self.archive.append(inputs: inputs)
            self.replay.note(inputs: inputs)
        }
        for frame in output.frames { try self.deliver(frame) }
        for state in output.states { try self.deliver(state) }
        for departure in output.departures { self.depart(departure) }
        return !output.states.isEmpty
    }

    private mutating func deliver(_ frame: RoomOutput.Frame) throws {
        for event in frame.whole.events {
            try self.archive.append(event)
            if event.kind == .host { self.seen.hosts += 1 }
        }
        let members = frame.copies.flatMap(\.members)
        try hold("I13", Set(members).count == members.count, "somebody is told twice")
        for copy in frame.copies {
            for member in copy.members { try self.clients[self.client(member)].receive(copy.frame, self.archive) }
        }
        if self.scenario.game.begin != nil { try self.replay.play(frame.whole) }
        self.seen.hashes = self.replay.comparisons
    }

    private mutating func deliver(_ state: RoomOutput.State) throws {
        let frame = state.frame(as: .json)
        for member in state.members { try self.clients[self.client(member)].receive(frame) }
    }

    private func client(_ member: MemberID) throws -> Int {
        guard let index = self.clients.firstIndex(where: { $0.member == member }) else {
            throw Violation("I13", "member \(member.rawValue) is not in the room, and is told of it")
        }
        return index
    }

    private mutating func depart(_ departure: RoomOutput.Departure) {
        guard departure.reason != .replaced else { return }
        for index in self.clients.indices where self.clients[index].member == departure.member {
            self.clients[index].left()
        }
    }

    // MARK: What must be so at any time

    private mutating func checkRoom() throws {
        let info = self.room.info
        try hold("I8", info.players.count <= info.maximumPlayers, "\(info.players.count) players")
        try self.checkHost(info)
        try self.checkEmptiness(info)
        for client in self.clients where client.member != nil && info.state == .live && self.room.settings.hz == 0 {
            guard let hash = self.room.stateHash else { continue }
            try hold("I9", client.nim?.stateHash == hash, "\(client.player.id) is at another state than the room")
        }
    }

    private mutating func checkHost(_ info: RoomInfo) throws {
        let connected = info.players.filter { $0.state == .on }.map(\.seat)
        if connected.isEmpty || info.host.map(connected.contains) == true {
            self.hostMissingSince = nil
        } else {
            let since = self.hostMissingSince ?? self.clock
            self.hostMissingSince = since
            try hold("I7", self.clock - since < 3_000, "no host for \(self.clock - since) ms")
        }
    }

    private mutating func checkEmptiness(_ info: RoomInfo) throws {
        guard info.players.isEmpty, !self.room.isClosed else { return self.emptySince = nil }
        let since = self.emptySince ?? self.clock
        self.emptySince = since
        try hold("I15", self.clock - since <= 3_000 + 1_000, "empty for \(self.clock - since) ms")
    }

    /// Everybody who was just told the state has what the room has.
    private func checkStates() throws {
        for client in self.clients {
            guard let member = client.member else { continue }
            var copy = self.room
            try client.checkState(try? copy.resynchronise(member, at: self.now).snapshot)
        }
    }

}

/// Which states a schedule has come to.
struct Coverage {
    var replays = 0
    var snapshots = 0
    var takeovers = 0
    var badTokens = 0
    var resynchronised = 0
    var hosts = 0
    var kicks = 0
    var rematches = 0
    var moves = 0
    var duplicates = 0
    var gaps = 0
    var strictGaps = 0
    var spectators = 0
    var hashes = 0
    var refusals: Set<Refusal.Code> = []

    mutating func add(_ other: Coverage) {
        for path in Self.counters { self[keyPath: path] += other[keyPath: path] }
        self.refusals.formUnion(other.refusals)
    }

    /// What must not be 0 after many schedules.
    var missing: [String] {
        zip(Self.names, Self.counters).filter { self[keyPath: $0.1] == 0 }.map(\.0)
    }

    private static var counters: [WritableKeyPath<Coverage, Int>] {
        [
            \.replays, \.snapshots, \.takeovers, \.badTokens, \.resynchronised, \.hosts, \.kicks, \.rematches, \.moves,
            \.duplicates, \.gaps, \.strictGaps, \.spectators, \.hashes,
        ]
    }

    private static let names = [
        "replays", "snapshots", "takeovers", "bad tokens", "resynchronised", "hosts", "kicks", "rematches", "moves",
        "duplicates", "gaps", "strict gaps", "spectators", "hashes",
    ]
}
