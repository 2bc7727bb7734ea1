import NIOCore
import SocketIO

/// The namespaces that one connection is in, or wants to be in, and what a packet for one of them means to a client
/// (Socket.IO protocol 5, "Exchange protocol"). Pure: the caller carries the actions out.
struct NamespaceTable {
    private enum Membership {
        /// The server has not answered yet.
        case joining(until: NIODeadline)
        case joined
    }

    private struct Entry {
        let namespace: String
        let auth: JSON?
        var membership: Membership
    }

    /// Few at most: looked through in order.
    private var entries: [Entry] = []

    enum Action: Hashable {
        case joined(sid: String)
        case deliverEvent(Arguments, id: UInt64?)
        case deliverAck(Arguments, id: UInt64)
        /// The server let the client in no longer, or not at all. The entry is gone.
        case left(Ending)
        case ignore
    }

    var isEmpty: Bool { self.entries.isEmpty }

    func hasJoined(_ namespace: String) -> Bool {
        guard let entry = self.entries.first(where: { $0.namespace == namespace }) else { return false }
        if case .joined = entry.membership { return true }
        return false
    }

    var joined: [String] {
        self.entries.filter { if case .joined = $0.membership { true } else { false } }.map(\.namespace)
    }

    /// The CONNECT packets to send when the connection has opened.
    var requests: [SocketPacket] {
        self.entries.filter { if case .joining = $0.membership { true } else { false } }
            .map { SocketPacket(namespace: $0.namespace, .connect($0.auth)) }
    }

    /// The packet that asks to be let in; nil when the namespace is joined already, or about to be.
    mutating func join(_ namespace: String, auth: JSON?, until deadline: NIODeadline) -> SocketPacket? {
        guard !self.entries.contains(where: { $0.namespace == namespace }) else { return nil }
        self.entries.append(Entry(namespace: namespace, auth: auth, membership: .joining(until: deadline)))
        return SocketPacket(namespace: namespace, .connect(auth))
    }

    /// False when the client was not in the namespace and did not want to be.
    mutating func leave(_ namespace: String) -> Bool {
        guard let index = self.entries.firstIndex(where: { $0.namespace == namespace }) else { return false }
        self.entries.remove(at: index)
        return true
    }

    /// The connection is lost; the next one joins again what this one was in, until the deadline.
    mutating func rejoin(until deadline: NIODeadline) {
        for index in self.entries.indices { self.entries[index].membership = .joining(until: deadline) }
    }

    /// When the first of those that wait for an answer gives up.
    var nextDeadline: NIODeadline? {
        self.entries.compactMap { if case .joining(let deadline) = $0.membership { deadline } else { nil } }.min()
    }

    /// The namespaces that did not answer in time.
    func expired(now: NIODeadline) -> [String] {
        self.entries.filter {
            if case .joining(let deadline) = $0.membership { deadline <= now } else { false }
        }.map(\.namespace)
    }

    mutating func received(_ packet: SocketPacket) -> Action {
        guard let index = self.entries.firstIndex(where: { $0.namespace == packet.namespace }) else { return .ignore }
        switch packet.content {
        case .connect(let answer):
            guard case .joining = self.entries[index].membership else { return .ignore }
            self.entries[index].membership = .joined
            return .joined(sid: answer?["sid"]?.string ?? "")
        case .connectError(let error):
            guard case .joining = self.entries[index].membership else { return .ignore }
            self.entries.remove(at: index)
            return .left(Ending(.refused, .refused(error)))
        case .disconnect:
            self.entries.remove(at: index)
            return .left(Ending(.serverDisconnect))
        // A server that recovers a connection sends what was missed before it answers CONNECT.
        case .event(let arguments, let id): return .deliverEvent(arguments, id: id)
        case .ack(let arguments, let id): return .deliverAck(arguments, id: id)
        }
    }
}
