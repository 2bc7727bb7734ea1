import NIOConcurrencyHelpers
package import NIOCore
package import SocketIO

/// All shards of a server, and the ways to reach them from any thread.
package final class Hub: Sendable {
    private struct Shared {
        var open = 0
        var lastBroadcastAckID: UInt64 = 0
    }

    package let mailboxes: [Mailbox]
    private let maximumConnections: Int
    /// Counts that all shards share; touched when a session opens or closes, or a broadcast asks for answers.
    private let shared = NIOLockedValueBox(Shared())

    init(eventLoops: [any EventLoop], maximumConnections: Int) {
        self.mailboxes = eventLoops.map(Mailbox.init)
        self.maximumConnections = maximumConnections
    }

    /// Has every shard do this on its loop.
    package func post(bytes: Int = 0, _ work: @escaping Mailbox.Work) {
        for mailbox in self.mailboxes { mailbox.post(bytes: bytes, work) }
    }

    /// Sends a message, encoded already, to an audience in a namespace, on whichever loops it is.
    package func broadcast(_ message: OutboundMessage, in namespace: String, to audience: Audience) {
        self.post(bytes: message.byteCount) { shard in
            shard.liveNamespace(named: namespace)?.forEachSocket(in: audience) { $0.send(message) }
        }
    }

    package func broadcast(_ arguments: Arguments, in namespace: String, to audience: Audience) {
        let message = OutboundMessage(SocketPacket(namespace: namespace, .event(arguments, id: nil)))
        self.broadcast(message, in: namespace, to: audience)
    }

    /// Asks an audience, and gathers what comes back: `completion` is called once on `eventLoop`, when all have answered
    /// or the time is up, with the number of clients that have not answered, and the answers.
    package func ask(
        _ arguments: Arguments, in namespace: String, of audience: Audience, timeout: TimeAmount,
        on eventLoop: any EventLoop, completion: @escaping @Sendable (_ missing: Int, _ answers: [Arguments]) -> Void
    ) {
        let id = self.shared.withLockedValue { shared in
            shared.lastBroadcastAckID = (shared.lastBroadcastAckID + 2) & 0x3fff_fffe
            return shared.lastBroadcastAckID
        }
        let message = OutboundMessage(SocketPacket(namespace: namespace, .event(arguments, id: id)))
        let parts = self.mailboxes.map { mailbox in
            let part = mailbox.eventLoop.makePromise(of: (missing: Int, answers: [Arguments]).self)
            mailbox.post(bytes: message.byteCount) { shard in
                shard.ask(id, message, in: namespace, of: audience, timeout: timeout, promise: part)
            }
            return part.futureResult
        }
        EventLoopFuture.whenAllSucceed(parts, on: eventLoop).whenSuccess { parts in
            completion(parts.reduce(0) { $0 + $1.missing }, parts.flatMap(\.answers))
        }
    }

    /// Returns when every shard has done what was posted to it before. Not once the server stops.
    package func settle() async {
        for mailbox in self.mailboxes {
            await withCheckedContinuation { continuation in
                mailbox.post { _ in continuation.resume() }
            }
        }
    }

    /// One value from each shard, in their order.
    package func collect<Value: Sendable>(
        on eventLoop: any EventLoop, _ value: @escaping @Sendable (Shard) -> Value
    ) -> EventLoopFuture<[Value]> {
        let parts = self.mailboxes.map { mailbox in
            let part = mailbox.eventLoop.makePromise(of: Value.self)
            mailbox.post { part.succeed(value($0)) }
            return part.futureResult
        }
        return EventLoopFuture.whenAllSucceed(parts, on: eventLoop)
    }

    // MARK: Sessions

    func connectionOpened() -> Bool {
        self.shared.withLockedValue { shared in
            guard shared.open < self.maximumConnections else { return false }
            shared.open += 1
            return true
        }
    }

    func connectionClosed() {
        self.shared.withLockedValue { $0.open -= 1 }
    }
}

extension Shard {
    fileprivate func ask(
        _ id: UInt64, _ message: OutboundMessage, in namespace: String, of audience: Audience, timeout: TimeAmount,
        promise: EventLoopPromise<(missing: Int, answers: [Arguments])>
    ) {
        var sockets: [Socket] = []
        self.liveNamespace(named: namespace)?.forEachSocket(in: audience) { sockets.append($0) }
        let poll = Poll(open: sockets.count, promise: promise)
        for socket in sockets { socket.ask(id, message, timeout: timeout) { poll.received($0) } }
    }
}

/// One shard's part of a question to many.
private final class Poll {
    private var open: Int
    private var missing = 0
    private var answers: [Arguments] = []
    private let promise: EventLoopPromise<(missing: Int, answers: [Arguments])>

    init(open: Int, promise: EventLoopPromise<(missing: Int, answers: [Arguments])>) {
        self.open = open
        self.promise = promise
        if open == 0 { promise.succeed((0, [])) }
    }

    func received(_ reply: Socket.Reply) {
        self.open -= 1
        if case .arguments(let arguments) = reply { self.answers.append(arguments) } else { self.missing += 1 }
        if self.open == 0 { self.promise.succeed((self.missing, self.answers)) }
    }
}
