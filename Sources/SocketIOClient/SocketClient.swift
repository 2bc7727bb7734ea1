package import NIOCore
import NIOPosix
package import SocketIO

/// What a `SocketClient` hears.
package enum ClientEvent: Sendable {
    /// The namespace let the client in, after each reconnect again; `sid` is the socket's id there.
    case joined(String, sid: String)
    case event(ReceivedEvent)
    /// The client is in the namespace no more, while the connection goes on.
    case left(String, Ending)
    /// The connection ended. Without a delay this is the last there is to hear.
    case disconnected(Ending, reconnectingIn: TimeAmount?)
}

/// An event from the server.
package struct ReceivedEvent: Sendable {
    package let namespace: String
    /// The name first, then the values.
    package let arguments: Arguments
    /// Set when the server awaits an answer: `SocketClient.acknowledge(_:with:)`.
    package let id: UInt64?

    package var name: String { self.arguments[0]?.string ?? "" }
}

/// A Socket.IO client for async code: one connection, used once.
///
/// It is an actor on the event loop of its connection, so a call costs no second hop. Let go of, it closes.
package actor SocketClient {
    package nonisolated let eventLoop: any EventLoop
    /// Everything that arrives, in order, for one reader. Ends with the connection. When nobody reads, the oldest make
    /// room for the newest beyond the buffer's size, see `droppedEvents`.
    package nonisolated let events: AsyncStream<ClientEvent>
    private let configuration: ClientConfiguration
    private let observer: Observer
    private var connection: ClientConnection?

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        self.eventLoop.executor.asUnownedSerialExecutor()
    }

    /// - Parameters:
    ///   - eventLoop: default one of the process's shared loops.
    ///   - eventBuffer: how many events may wait in `events`. Default 10,000.
    package init(
        _ configuration: ClientConfiguration,
        on eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next(), eventBuffer: Int = 10_000
    ) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        let (events, continuation) = AsyncStream.makeStream(
            of: ClientEvent.self, bufferingPolicy: .bufferingNewest(eventBuffer))
        self.events = events
        self.observer = Observer(events: continuation)
    }

    isolated deinit {
        self.connection?.close()
    }

    // MARK: The connection

    /// Connects and joins the configured namespace; with `ClientConfiguration.reconnect` it tries until that is so.
    ///
    /// - Returns: the socket's id.
    /// - Throws: why there is no connection; `refused` when the namespace says no.
    @discardableResult
    package func connect() async throws(ClientError) -> String {
        guard self.connection == nil else { throw .alreadyConnected }
        let connection = ClientConnection(self.configuration, on: self.eventLoop, delegate: self.observer)
        self.connection = connection
        return try await withCheckedContinuation { waiter in
            self.observer.await(self.configuration.namespace, waiter)
            connection.open()
        }.get()
    }

    /// Joins another namespace.
    ///
    /// - Returns: the socket's id there.
    @discardableResult
    package func join(_ namespace: String, auth: JSON? = nil) async throws(ClientError) -> String {
        guard let connection, !connection.isEnded else { throw .notConnected }
        guard !connection.hasJoined(namespace) else { throw .alreadyConnected }
        return try await withCheckedContinuation { waiter in
            self.observer.await(namespace, waiter)
            connection.join(namespace, auth: auth)
        }.get()
    }

    /// Leaves a namespace; the connection closes with the last one.
    package func leave(_ namespace: String) {
        self.connection?.leave(namespace)
    }

    /// Leaves all namespaces, closes the connection, and returns when that is done.
    package func disconnect() async {
        guard let connection, !connection.isEnded else { return }
        await withCheckedContinuation { waiter in
            self.observer.awaitEnd(waiter)
            connection.close()
        }
    }

    /// What carries the packets now; nil while there is no session.
    package var transport: ClientConfiguration.Transport? { self.connection?.transport }

    /// Acknowledgements that are awaited.
    package var pendingAcks: Int { self.connection?.pendingAcks ?? 0 }

    /// Events that nobody read in time.
    package var droppedEvents: Int { self.observer.dropped }

    // MARK: Events

    /// Sends an event.
    ///
    /// - Parameters:
    ///   - attachments: what `JSON.placeholder(0)` and so on among the values stand for.
    ///   - namespace: default the configured one.
    package func emit(
        _ name: String, _ values: JSON..., attachments: [ByteBuffer] = [], in namespace: String? = nil
    ) throws(ClientError) {
        try self.emit(Arguments([JSON(name)] + values, attachments: attachments), in: namespace)
    }

    /// Sends an event, its name first.
    package func emit(_ event: Arguments, in namespace: String? = nil) throws(ClientError) {
        guard let connection else { throw .notConnected }
        try connection.emit(event, in: namespace)
    }

    /// Sends an event and returns the server's answer.
    package func emitWithAck(
        _ name: String, _ values: JSON..., attachments: [ByteBuffer] = [], in namespace: String? = nil,
        timeout: TimeAmount = .seconds(10)
    ) async throws(ClientError) -> Arguments {
        let event = Arguments([JSON(name)] + values, attachments: attachments)
        return try await self.emitWithAck(event, in: namespace, timeout: timeout)
    }

    /// Sends an event, its name first, and returns the server's answer.
    ///
    /// - Throws: `ackTimeout`, `disconnected`, and what `ClientConnection.emit` throws.
    package func emitWithAck(
        _ event: Arguments, in namespace: String? = nil, timeout: TimeAmount = .seconds(10)
    ) async throws(ClientError) -> Arguments {
        guard let connection else { throw .notConnected }
        return try await withCheckedContinuation {
            (waiter: CheckedContinuation<Result<Arguments, ClientError>, Never>) in
            do throws(ClientError) {
                try connection.emit(event, in: namespace, timeout: timeout) { waiter.resume(returning: $0) }
            } catch {
                waiter.resume(returning: .failure(error))
            }
        }.get()
    }

    /// Answers an event; does nothing for one that awaits no answer.
    package func acknowledge(
        _ event: ReceivedEvent, with values: JSON..., attachments: [ByteBuffer] = []
    ) throws(ClientError) {
        guard let id = event.id else { return }
        guard let connection else { throw .notConnected }
        try connection.acknowledge(id, with: Arguments(values, attachments: attachments), in: event.namespace)
    }
}

/// Turns the delegate's calls into stream elements and resumed callers. Touched on the event loop only.
private final class Observer: ClientDelegate {
    typealias Joining = CheckedContinuation<Result<String, ClientError>, Never>

    private let events: AsyncStream<ClientEvent>.Continuation
    private var joining: [String: [Joining]] = [:]
    private var ending: [CheckedContinuation<Void, Never>] = []
    private(set) var dropped = 0

    init(events: AsyncStream<ClientEvent>.Continuation) {
        self.events = events
    }

    func await(_ namespace: String, _ waiter: Joining) {
        self.joining[namespace, default: []].append(waiter)
    }

    func awaitEnd(_ waiter: CheckedContinuation<Void, Never>) {
        self.ending.append(waiter)
    }

    private func yield(_ event: ClientEvent) {
        if case .dropped = self.events.yield(event) { self.dropped += 1 }
    }

    func joined(_ namespace: String, sid: String, on connection: ClientConnection) {
        self.yield(.joined(namespace, sid: sid))
        for waiter in self.joining.removeValue(forKey: namespace) ?? [] { waiter.resume(returning: .success(sid)) }
    }

    func received(_ event: Arguments, id: UInt64?, in namespace: String, on connection: ClientConnection) {
        self.yield(.event(ReceivedEvent(namespace: namespace, arguments: event, id: id)))
    }

    func left(_ namespace: String, _ ending: Ending, on connection: ClientConnection) {
        self.yield(.left(namespace, ending))
        for waiter in self.joining.removeValue(forKey: namespace) ?? [] {
            waiter.resume(returning: .failure(ending.asError))
        }
    }

    func disconnected(_ ending: Ending, reconnectingIn delay: TimeAmount?, on connection: ClientConnection) {
        self.yield(.disconnected(ending, reconnectingIn: delay))
        guard delay == nil else { return }
        self.events.finish()
        let joining = self.joining.values.flatMap(\.self)
        self.joining = [:]
        for waiter in joining { waiter.resume(returning: .failure(ending.asError)) }
        for waiter in self.ending { waiter.resume() }
        self.ending = []
    }
}
