import Game
import Seeding

/// Who plays at which table, by which way and with which brain: a function of the seed and the settings.
struct Casting: Sendable {
    struct Role: Equatable, Sendable {
        let link: LinkKind
        let brain: BrainKind
        /// Watches from the beginning, since the game has no seat for it.
        let onlyWatches: Bool
    }

    /// A recorded session to be played again, and how many times as fast.
    typealias Replay = (script: Script, warp: Double)

    private let settings: GameRoomConfiguration
    private let replay: Replay?
    private let links: [LinkKind]
    private let brains: [BrainKind]

    init(_ settings: GameRoomConfiguration, replaying replay: Replay? = nil) {
        self.replay = replay
        let members = settings.rooms.count * settings.rooms.players
        self.settings = settings
        self.links = settings.mix.deal(members, seed: settings.run.seed ^ 0x6c69_6e6b)
        self.brains = settings.brains.deal(members, seed: settings.run.seed ^ 0x6272_6169)
    }

    var isReplay: Bool { self.replay != nil }
    var hasCheaters: Bool { !self.isReplay && self.brains.contains(.cheater) }

    /// The members of a table, whoever opens the room first.
    func roles(at table: Int) -> [Role] {
        let players = self.settings.rooms.kind.definition?.description.players ?? 1...32
        let range = (table * self.settings.rooms.players)..<((table + 1) * self.settings.rooms.players)
        var seated = 0
        var roles: [Role] = []
        for index in range {
            var brain = self.brains.indices.contains(index) ? self.brains[index] : .legal
            // As many as a round needs have to be there, or there is none.
            if seated < players.lowerBound, !brain.sitsFromTheStart || roles.isEmpty && !brain.opensRooms {
                brain = .legal
            }
            let watches = brain == .spectator || seated >= players.upperBound
            if !watches, brain.sitsFromTheStart { seated += 1 }
            roles.append(
                Role(
                    link: self.link(index, opens: roles.isEmpty), brain: watches ? .spectator : brain,
                    onlyWatches: watches))
        }
        return roles
    }

    /// What a member draws by: its own, whatever the others draw.
    func seed(of member: Int, at table: Int) -> UInt64 {
        var random = SplitMix64(
            seed: self.settings.run.seed, stream: UInt64(table) << 16 | UInt64(truncatingIfNeeded: member))
        return random.next()
    }

    func brain(of member: Int, at table: Int, _ role: Role) -> any Brain {
        let rate = self.settings.rooms.rate
        guard let replay, replay.script.parts.indices.contains(member) else {
            return role.brain.makeBrain(
                seed: self.seed(of: member, at: table), form: role.link == .binary ? .binary : .json, rate: rate)
        }
        return ScriptedBrain(
            replay.script.parts[member].lines, beginning: replay.script.beginning, rate: rate, warp: replay.warp)
    }

    private func link(_ index: Int, opens: Bool) -> LinkKind {
        self.links.indices.contains(index) ? self.links[index] : .websocket
    }
}

extension BrainKind {
    /// Whether it may be the first at a table, and so its host.
    fileprivate var opensRooms: Bool { self != .cheater && self.sitsFromTheStart }
}
