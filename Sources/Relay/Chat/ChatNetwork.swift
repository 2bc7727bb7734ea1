import NIOConcurrencyHelpers
import SocketIOServer

/// How the parts of one chat namespace, spread over the event loops, reach one another: always by mailbox, also from a loop to
/// itself. What a room posts to a loop arrives in the order in which the room did it, and so does what a client asks of a
/// room: that is all that history and live messages need to meet without a gap.
///
/// ```
///   client's loop                 room's loop                        loops with members
///   ChatClients ──join, say──►    ChatHost: ChatRooms
///        ▲                           one order, one id a message
///        └──answer───────────────────┴── encoded once ──────────►    ChatClients ► sockets, plain WebSockets
/// ```
struct ChatNetwork: Sendable {
    /// The namespace's name in the configuration, a pattern perhaps.
    let namespace: String
    let hub: Hub

    /// The loop that a room lives on: the same for whoever asks in this process.
    func onHost(of address: ChatAddress, _ work: @escaping @Sendable (ChatHost) -> Void) {
        let index = UInt(bitPattern: address.hashValue) % UInt(self.hub.mailboxes.count)
        self.post(toLoop: Int(index), bytes: 0) { work($0.host) }
    }

    /// - Parameter bytes: what the work holds in memory until done.
    func onClients(ofLoop index: Int, bytes: Int, _ work: @escaping @Sendable (ChatClients) -> Void) {
        self.post(toLoop: index, bytes: bytes) { work($0.clients) }
    }

    private func post(toLoop index: Int, bytes: Int, _ work: @escaping @Sendable (ChatShard) -> Void) {
        guard self.hub.mailboxes.indices.contains(index) else { return }
        let namespace = self.namespace
        self.hub.mailboxes[index].post(bytes: bytes) { shard in
            (shard.application as? RelayShard)?.chat(named: namespace).map(work)
        }
    }
}

/// One event loop's share of a chat namespace, or of all that match one pattern.
final class ChatShard {
    let host: ChatHost
    let clients: ChatClients

    init(_ settings: RelayConfiguration.Chat, network: ChatNetwork, places: ChatPlaces, shard: Shard) {
        self.host = ChatHost(settings, network: network, places: places, eventLoop: shard.eventLoop)
        self.clients = ChatClients(settings, network: network, shard: shard)
    }

    /// What this loop has counted, with what there is now.
    var metrics: ChatMetrics { self.host.currentMetrics + self.clients.metrics }
}

/// The rooms with members that a namespace may have, over all loops.
final class ChatPlaces: Sendable {
    private let limit: Int
    /// Locked, because rooms live on all loops; touched when one gets its first member, or loses its last.
    private let taken = NIOLockedValueBox(0)

    init(_ limit: Int) {
        self.limit = limit
    }

    func take() -> Bool {
        self.taken.withLockedValue { taken in
            guard taken < self.limit else { return false }
            taken += 1
            return true
        }
    }

    func giveBack() {
        self.taken.withLockedValue { $0 -= 1 }
    }
}
