import Glibc
import NIOCore

/// What the loop calls when the session's socket is ready, and what follows.
extension MQTTSession {
    private static let packetsPerDrain = 1_024
    private static let timePerDrain = TimeAmount.milliseconds(2)

    func isReady(_ readiness: Readiness) {
        guard self.pendingFailure == nil, let connection = self.connection else { return }
        switch connection.phase {
        case .connecting: self.tcpIsReady(connection, readiness)
        case .handshaking: self.handshake(connection, readiness)
        case .up: self.exchange(connection, readiness)
        }
    }

    /// Once a second.
    func tick() {
        guard self.pendingFailure == nil, let connection = self.connection, connection.phase != .connecting else {
            return
        }
        self.connection?.writeStalls = 0
        self.settle(connection.handle, connection.handle.tick())
        // TLS may hold back bytes that the socket no longer shows.
        if self.configuration.tls != nil { self.isReady(.read) }
        self.updateInterest()
    }

    // MARK: Phases

    private func tcpIsReady(_ connection: Connection, _ readiness: Readiness) {
        var code: CInt = 0
        var size = socklen_t(MemoryLayout.size(ofValue: code))
        if getsockopt(connection.socket, SOL_SOCKET, SO_ERROR, &code, &size) != 0 { code = errno }
        if code != 0 { return self.fail(LinkDownReason(connecting: code, over: self.configuration.tls)) }
        if readiness.hasFailed {
            // TLS has tried to write before TCP was there, and has taken the reason with it.
            return self.fail(LinkDownReason(.unreachable, "nobody listens there, or not for long"))
        }
        self.connection?.phase = .handshaking
        self.handshake(connection, [.read, .write])
    }

    /// Up to CONNACK. TLS comes forward only by reading, and says that it wants to write without meaning it: so write
    /// after each read, and wait for reading only.
    private func handshake(_ connection: Connection, _ readiness: Readiness) {
        let handle = connection.handle
        let isTLS = self.configuration.tls != nil
        var progress = isTLS ? handle.readOnce() : handle.read(packets: 1, until: .distantFuture)
        if case .failed = progress {} else if handle.wantsWrite { progress = handle.write() }
        let isAnswered = handle.arrivals.count > 0
        self.settle(handle, progress)
        guard self.connection?.handle === handle, self.pendingFailure == nil else { return }
        if readiness.isHungUp, !isAnswered {
            self.fail(LinkDownReason(.lost, "the broker closed the connection before it answered"))
        } else if isAnswered {
            self.exchange(connection, .read)
        } else {
            self.updateInterest()
        }
    }

    private func exchange(_ connection: Connection, _ readiness: Readiness) {
        let handle = connection.handle
        if readiness.contains(.write) {
            self.settle(handle, handle.write())
            if handle.wantsWrite { self.connection?.writeStalls += 1 }
        }
        guard self.connection?.handle === handle, self.pendingFailure == nil else { return }
        if readiness.contains(.read) || readiness.isHungUp {
            let progress = handle.read(packets: Self.packetsPerDrain, until: .now() + Self.timePerDrain)
            self.settle(handle, progress)
            guard self.connection?.handle === handle, self.pendingFailure == nil else { return }
            switch progress {
            case .more: self.loop.onLoop { $0.readAgain(connection.watch) }
            case .done where readiness.hasFailed:
                self.fail(LinkDownReason(.lost, "the connection broke"))
                return
            case .done, .failed: break
            }
        }
        self.sendQueued()
        self.updateInterest()
        self.reportOutboundBytes()
        self.closeIfDone()
    }

    /// Waits for what can happen next.
    func updateInterest() {
        guard let connection = self.connection, connection.phase != .connecting else { return }
        var interest = Readiness.read
        let isHandshakeOfTLS = connection.phase == .handshaking && self.configuration.tls != nil
        // TLS may go on wanting to write with nothing to write: not more than 16 times a second.
        if connection.handle.wantsWrite, !isHandshakeOfTLS, connection.writeStalls < 16 { interest.insert(.write) }
        if interest == connection.interest { return }
        self.connection?.interest = interest
        self.loop.onLoop { $0.change(connection.watch, interest: interest) }
    }

    // MARK: Arrivals

    /// Passes on what a call to the library brought, then ends the link if it failed. Any callback here may end the
    /// link itself.
    private func settle(_ handle: MosquittoHandle, _ progress: MosquittoHandle.Progress) {
        if handle.arrivals.count > 0 {
            let arrivals = handle.arrivals
            handle.arrivals = Arrivals()
            self.pass(on: arrivals, of: handle)
        }
        if case .failed(let reason) = progress, self.connection?.handle === handle { self.fail(reason) }
    }

    private func pass(on arrivals: Arrivals, of handle: MosquittoHandle) {
        self.tally.invalidTopics += arrivals.invalidTopics
        self.tally.oversized += arrivals.oversized
        if let acceptance = arrivals.acceptance { self.linkIsUp(acceptance, handle) }
        if !arrivals.messages.isEmpty {
            self.tally.batches += 1
            self.tally.messages += arrivals.messages.count
            self.tally.messageBytes += arrivals.messages.reduce(0) { $0 + $1.payload.readableBytes }
            self.onMessages?(arrivals.messages)
        }
        for answer in arrivals.subscribeAnswers {
            self.report(self.subscriptions.answered(identifier: answer.identifier, codes: answer.codes))
        }
        self.noteSubscribed(handle)
        for acknowledgement in arrivals.acknowledgements where self.connection?.handle === handle {
            self.acknowledge(acknowledgement)
        }
    }

    private func linkIsUp(_ acceptance: Arrivals.Acceptance, _ handle: MosquittoHandle) {
        guard self.link.accepted(at: .now()) else { return }
        self.connection?.phase = .up
        handle.stopLogging()
        self.armDeadline()
        self.tally.connects += 1
        self.queue.window = max(1, min(self.configuration.limits.unacknowledged, acceptance.receiveMaximum ?? .max))
        self.subscribe(to: self.subscriptions.all)
        self.onLink?(.up(sessionPresent: acceptance.sessionPresent))
    }

    /// Tells once a link that all its subscriptions are answered.
    private func noteSubscribed(_ handle: MosquittoHandle) {
        guard let connection = self.connection, connection.handle === handle, connection.phase == .up,
            !connection.isSubscribed, self.subscriptions.isSettled
        else { return }
        self.connection?.isSubscribed = true
        self.onLink?(.subscribed)
    }

    private func acknowledge(_ acknowledgement: Arrivals.Acknowledgement) {
        guard case .known(let completion) = self.queue.acknowledged(identifier: acknowledgement.identifier) else {
            return
        }
        if acknowledgement.code.isFailure {
            self.tally.failedPublishes += 1
            completion?(.failure(.refused(acknowledgement.code)))
        } else {
            self.tally.acknowledged += 1
            completion?(.success(()))
        }
    }

    // MARK: Sending

    /// Hands the library the next messages, for as long as the socket takes them.
    func sendQueued() {
        guard let handle = self.connection?.handle, self.connection?.phase == .up else { return }
        while self.pendingFailure == nil, !handle.wantsWrite,
            let message = self.queue.next(identifier: handle.nextIdentifier)
        {
            switch handle.publish(message) {
            case .sent(let identifier):
                self.tally.published += 1
                self.tally.publishedBytes += message.payload.readableBytes
                if message.qos == .atMostOnce {
                    self.finish(message, .success(()))
                } else {
                    self.queue.awaitAcknowledgement(of: message, identifier: identifier)
                }
            case .rejected(let error):
                self.tally.failedPublishes += 1
                self.finish(message, .failure(error))
            case .failed(let reason):
                self.tally.failedPublishes += 1
                self.finish(message, .failure(.linkLost))
                self.failLater(reason)
            }
        }
    }

    private func finish(_ message: PublishQueue.Message, _ result: Result<Void, PublishError>) {
        self.queue.finish(message)
        if let completion = message.completion { self.loop.onLoop { $0.later { completion(result) } } }
    }

    /// While closing: says goodbye when all is sent and acknowledged.
    func closeIfDone() {
        guard self.state == .closing, self.queue.isEmpty, let connection = self.connection else { return }
        if connection.handle.wantsWrite { return }
        connection.handle.disconnect()
        // The goodbye is the last packet: what the socket does not take now, it takes before the deadline or never.
        if connection.handle.socket < 0 { self.finish(LinkDownReason(.stopped, "disconnected")) }
    }

    // MARK: Subscriptions

    func subscribe(to subscriptions: [Subscription]) {
        guard let handle = self.connection?.handle else { return }
        for packet in SubscriptionBook.packets(of: subscriptions) {
            switch handle.subscribe(packet) {
            case .sent(let identifier): self.subscriptions.sent(packet.map(\.filter), identifier: identifier)
            case .failed(let text):
                let refusals = packet.map { SubscriptionRefusal(filter: $0.filter, reason: .library(text)) }
                self.loop.onLoop { $0.later { self.report(refusals) } }
            }
        }
        self.updateInterest()
    }

    func unsubscribe(from filters: [TopicFilter]) {
        guard let handle = self.connection?.handle else { return }
        for packet in SubscriptionBook.packets(of: filters) {
            if case .failed(let text) = handle.unsubscribe(packet) {
                self.failLater(LinkDownReason(.protocol, "cannot unsubscribe: \(text)"))
            }
        }
        self.updateInterest()
    }

    private func report(_ refusals: [SubscriptionRefusal]) {
        self.tally.refusedSubscriptions += refusals.count
        for refusal in refusals { self.onRefusal?(refusal) }
    }
}
