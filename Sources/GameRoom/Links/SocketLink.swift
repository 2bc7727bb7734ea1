import Game
import NIOCore
import SocketIO
import SocketIOClient

/// A Socket.IO connection to a game namespace.
final class SocketLink: Link {
    /// What a player brings to be the same one again.
    struct Identity: Equatable, Sendable {
        let pid: String
        let key: String
    }

    private let readsBinary: Bool
    private let connection: ClientConnection
    private let receiver: Receiver

    /// How long an answer may take.
    private static let patience = TimeAmount.seconds(15)

    /// - Parameters:
    ///   - configuration: server and namespace.
    ///   - version: of the contract, as the player says.
    ///   - delegate: kept until the connection has ended.
    init(
        _ configuration: ClientConfiguration, kind: LinkKind, name: String, identity: Identity?, version: Int = 1,
        on eventLoop: any EventLoop, delegate: any LinkDelegate
    ) {
        var configuration = configuration
        configuration.transport = kind.transport
        configuration.auth = Self.auth(kind, name: name, identity, version: version)
        self.readsBinary = kind == .binary
        self.receiver = Receiver(delegate)
        self.connection = ClientConnection(configuration, on: eventLoop, delegate: self.receiver)
        self.receiver.link = self
    }

    private static func auth(_ kind: LinkKind, name: String, _ identity: Identity?, version: Int) -> JSON {
        let claim = identity.map { [("pid", JSON($0.pid)), ("key", JSON($0.key))] } ?? []
        return .object([("v", JSON(version)), ("name", JSON(name)), ("enc", kind == .binary ? "bin" : "json")] + claim)
    }

    func open() { self.connection.open() }
    func close() { self.connection.close() }
    func abandon() { self.connection.abandon() }
    func setReading(_ isReading: Bool) { self.connection.isReading = isReading }
    // The server knows whom to tell.
    func approach(_ room: String, seat: Seat?) {}
    func entered(_ room: Membership) {}
    let answersMoves = true
    func sendAgain(_ move: NumberedMove, to room: Membership) { self.send(move, to: room, answer: nil) }

    func send(_ event: String, _ payload: JSON, answer: @escaping (JSON?) -> Void) {
        self.emit(Arguments([JSON(event), payload]), answer: answer)
    }

    func send(_ move: NumberedMove, to room: Membership, answer: ((JSON?) -> Void)?) {
        guard let event = self.event(move, reference: room.reference) else {
            answer?(nil)
            return
        }
        guard let answer else {
            try? self.connection.emit(event)
            return
        }
        self.emit(event, answer: answer)
    }

    private func event(_ move: NumberedMove, reference: UInt16) -> Arguments? {
        if self.readsBinary, case .binary = move.move.data {
            var bytes = ByteBuffer()
            guard (try? BinaryFrame(ref: reference, .moves(MoveFrame([move]))).write(to: &bytes)) != nil else {
                return nil
            }
            return Arguments(["move", .placeholder(0)], attachments: [bytes])
        }
        var parts: [JSON] = [JSON(reference), JSON(move.number), JSON(move.move.kind.rawValue)]
        var attachments: [ByteBuffer] = []
        switch move.move.data {
        case .json(let data): parts.append(data)
        case .binary(let bytes):
            parts.append(.placeholder(0))
            attachments.append(bytes)
        }
        if let version = move.options.version { parts.append(["v": JSON(version)]) }
        return Arguments(["move", .array(parts)], attachments: attachments)
    }

    private func emit(_ event: Arguments, answer: @escaping (JSON?) -> Void) {
        try? self.connection.emit(event, timeout: Self.patience) { result in
            switch result {
            case .success(let arguments): answer(arguments[0] ?? .null)
            case .failure(.ackTimeout): answer(nil)
            case .failure: break
            }
        }
    }
}

extension SocketLink {
    /// Turns what the connection tells into what a player understands.
    private final class Receiver: ClientDelegate {
        private let delegate: any LinkDelegate
        weak var link: SocketLink?

        init(_ delegate: any LinkDelegate) {
            self.delegate = delegate
        }

        func received(_ event: Arguments, id: UInt64?, in namespace: String, on connection: ClientConnection) {
            let bytes = event.attachments.reduce(event.bytes.readableBytes) { $0 + $1.readableBytes }
            if let link { self.delegate.received(ServerMessage(event), bytes: bytes, by: link) }
        }

        func disconnected(_ ending: Ending, reconnectingIn delay: TimeAmount?, on connection: ClientConnection) {
            var refusal: String?
            if case .refused(let payload) = ending.error { refusal = payload["data"]?["code"]?.string ?? "?" }
            if let link { self.delegate.ended(link, "\(ending)", refusal: refusal) }
        }
    }
}

extension LinkKind {
    fileprivate var transport: ClientConfiguration.Transport {
        switch self {
        case .polling: .polling
        case .websocket, .binary, .mqtt: .webSocket
        case .upgrade: .pollingThenWebSocket
        }
    }
}
