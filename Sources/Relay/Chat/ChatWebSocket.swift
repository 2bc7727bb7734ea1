import NIOCore
import NIOWebSocket
import SocketIOServer

/// A plain WebSocket in a chat room: text that comes is said, and what others say goes out as text, and nothing else does.
/// Whatever is refused ends it, since there is no other way to say so.
final class ChatWebSocket: WebSocketReceiver, ChatConnection {
    let form = ChatForm.plain
    let wantsPings = true
    private let address: ChatAddress
    private let name: ChatName?
    private let clients: ChatClients
    private var client: ChatClient?
    private var webSocket: WebSocketHandler?
    private var queue: FrameQueue
    private var isTouched = false
    private var end = ChatMetrics.WebSocketEnd.left

    /// - Parameter name: nil: a guest's.
    init(in address: ChatAddress, as name: ChatName?, among clients: ChatClients) {
        self.address = address
        self.name = name
        self.clients = clients
        self.queue = FrameQueue(limit: clients.shard.configuration.maximumQueue)
    }

    func opened(_ webSocket: WebSocketHandler) {
        guard self.clients.shard.admitClient() else {
            self.clients.countRefusedWebSocket()
            return webSocket.closeAsBusy()
        }
        self.webSocket = webSocket
        let client = ChatClient(of: self.address.namespace, over: self, among: self.clients)
        self.client = client
        self.clients.opened(self)
        self.attempt { () throws(ChatRefusal) in
            try client.join(self.address.room, as: self.name, reply: self.reply)
        }
    }

    func received(text: ByteBuffer, on webSocket: WebSocketHandler) {
        guard let client else { return }
        self.attempt { () throws(ChatRefusal) in
            do throws(ChatRefusal) {
                try client.charge(isMessage: true)
                try client.say(ChatText(String(buffer: text)), in: self.address.room, reply: self.reply)
            } catch {
                self.clients.countRefusedMessage()
                throw error
            }
        }
    }

    func received(binary: ByteBuffer, on webSocket: WebSocketHandler) {
        self.close(.unacceptableData, .refused, "a chat room takes text")
    }

    /// Does something that may be refused.
    private func attempt(_ work: () throws(ChatRefusal) -> Void) {
        do throws(ChatRefusal) { try work() } catch { self.refuse(error) }
    }

    private var reply: ChatReply {
        NIOLoopBound(
            { [weak self] answer in if case .refused(let refusal) = answer { self?.refuse(refusal) } },
            eventLoop: self.clients.shard.eventLoop)
    }

    private func refuse(_ refusal: ChatRefusal) {
        self.close(.policyViolation, .refused, "\(refusal.code.rawValue): \(refusal.message)")
    }

    /// The member is gone from its room at once; the connection when the client has taken what was written.
    func close(_ code: WebSocketErrorCode, _ end: ChatMetrics.WebSocketEnd, _ reason: String = "") {
        guard let client else { return }
        self.end = end
        self.client = nil
        client.disconnected()
        self.queue.removeAll()
        self.webSocket?.close(code, reason: reason)
    }

    func closed(_ webSocket: WebSocketHandler, error: WebSocketErrorCode?) {
        guard self.webSocket != nil else { return }
        self.webSocket = nil
        self.client?.disconnected()
        self.client = nil
        self.queue.removeAll()
        self.clients.closed(self, error == nil ? self.end : .refused)
        self.clients.shard.releaseClient()
    }

    // MARK: Sending

    func send(_ event: ChatEvent) {
        guard let frame = event.frame, let webSocket, self.client != nil else { return }
        if self.queue.isEmpty, self.isWritable(webSocket) {
            webSocket.write(frame)
            guard !self.isTouched else { return }
            self.isTouched = true
            self.clients.touch(self)
        } else if !self.queue.append(frame) {
            self.close(.policyViolation, .slowConsumer, "slow consumer")
        }
    }

    private func isWritable(_ webSocket: WebSocketHandler) -> Bool {
        // What this turn wrote may be all that fills the buffer.
        if !webSocket.isWritable, self.isTouched { webSocket.flush() }
        return webSocket.isWritable
    }

    func flush() {
        self.isTouched = false
        self.webSocket?.flush()
    }

    func writable(_ webSocket: WebSocketHandler) {
        self.queue.drain(to: webSocket)
    }
}
