import Game
import NIOCore
import SocketIO
import SocketIOServer

/// The clients of one game namespace on one event loop, and what they are in which room.
final class ClientTable {
    let games: RelayConfiguration.Games
    let network: GameNetwork
    private let shard: Shard
    let identities: IdentityBook
    private var memberships: [MemberID: Membership] = [:]
    private var clients: [MemberID: GameClient] = [:]
    private var budgets: [String: SharedBudget] = [:]
    private var lastNumber: UInt64 = 0
    private(set) var isDraining = false

    /// Budgets of players who have gone are kept this long, so that coming back does not fill them.
    private static let budgetLifetime = TimeAmount.seconds(60)
    /// How many are kept before the old ones are looked for: at least 4,096, and twice as many as were left the last time.
    private var budgetSweep = ClientTable.leastBudgets
    private static let leastBudgets = 4_096

    init(_ games: RelayConfiguration.Games, network: GameNetwork, shard: Shard, identities: IdentityBook) {
        self.games = games
        self.network = network
        self.shard = shard
        self.identities = identities
    }

    var eventLoop: any EventLoop { self.shard.eventLoop }

    func makeMemberID() -> MemberID {
        self.lastNumber &+= 1
        return MemberID(loop: self.shard.index, number: self.lastNumber)
    }

    /// Bytes that may wait for a client before its rooms send it no more: 256 KiB, or half of what makes the server close the
    /// connection.
    var maximumQueue: Int { min(256 * 1_024, self.shard.configuration.maximumQueue / 2) }

    // MARK: Clients that may watch the lobby

    func connected(_ client: GameClient) {
        self.clients[client.id] = client
    }

    func disconnected(_ client: GameClient) {
        self.clients[client.id] = nil
    }

    /// Takes no more clients.
    func drain() {
        self.isDraining = true
    }

    /// What a player may still send, over all connections on this loop.
    func budget(of player: String) -> SharedBudget {
        if let budget = self.budgets[player] { return budget }
        if self.budgets.count >= self.budgetSweep {
            let limit = NIODeadline.now() - Self.budgetLifetime
            self.budgets = self.budgets.filter { $0.value.lastUse > limit }
            self.budgetSweep = max(Self.leastBudgets, 2 * self.budgets.count)
        }
        let budget = SharedBudget()
        self.budgets[player] = budget
        return budget
    }

    // MARK: Members

    func client(of member: MemberID) -> GameClient? {
        self.memberships[member]?.client
    }

    func expect(_ membership: Membership) {
        self.memberships[membership.member] = membership
    }

    func forget(_ member: MemberID) {
        self.memberships[member] = nil
    }

    /// A room lets a member in. If its client has gone meanwhile, the room hears of it now. The seat of somebody new is not
    /// kept then: the token that brings a player back has reached nobody.
    func admitted(_ member: MemberID, _ admission: Admission) {
        guard let membership = self.memberships[member] else {
            let (room, isNew) = (admission.room, admission.replay == nil)
            self.network.onHost(of: room) { $0.lost(member, in: room, leaves: isNew) }
            return
        }
        membership.client.admitted(membership, admission)
    }

    func refused(_ member: MemberID, _ refusal: Refusal) {
        guard let membership = self.memberships.removeValue(forKey: member) else { return }
        membership.client.refused(membership, refusal)
    }

    func receive(_ deliveries: [Delivery]) {
        for delivery in deliveries {
            switch delivery {
            case .frame(let frame, let members):
                for member in members { self.memberships[member]?.receive(frame) }
            case .departure(let member, let reason):
                guard let membership = self.memberships.removeValue(forKey: member) else { continue }
                membership.client.departed(membership, reason)
            case .resynchronisation(let member, let payload):
                self.memberships[member]?.resynchronised(payload)
            case .notice(let message, let watchers):
                for watcher in watchers { self.clients[watcher]?.notice(message) }
            }
        }
    }
}

/// One player's budget. A class: all of the player's connections on a loop draw on the same.
final class SharedBudget {
    private var budget = ConnectionBudget(GameLimits())
    private(set) var lastUse = NIODeadline.now()

    func charge(_ purpose: ConnectionBudget.Purpose, count: Int, bytes: Int) -> ConnectionBudget.Verdict {
        self.lastUse = .now()
        return self.budget.charge(purpose, count: count, bytes: bytes, at: self.lastUse)
    }
}
