import NIOCore
import SocketIO
import SocketIOClient

/// One Socket.IO client that follows devices: subscribes whenever it gets in, and writes down what comes.
final class Viewer: ClientDelegate {
    private let number: Int
    private let subscription: Arguments
    private let ledger: Ledger
    let pace: ReadingPace
    private let settled: () -> Void
    private(set) var isSubscribed = false
    /// The relay has answered the subscription with a no.
    private(set) var isRefused = false
    private var wasSubscribed = false
    private var isSettled = false

    /// - Parameters:
    ///   - number: the viewer's for the verifier.
    ///   - subscription: the event that subscribes, its name first.
    ///   - pace: how it reads.
    ///   - settled: called once, when the viewer has been subscribed or has failed to for the first time.
    init(
        _ number: Int, subscription: Arguments, ledger: Ledger, pace: ReadingPace, settled: @escaping () -> Void
    ) {
        self.number = number
        self.subscription = subscription
        self.ledger = ledger
        self.pace = pace
        self.settled = settled
    }

    func joined(_ namespace: String, sid: String, on connection: ClientConnection) {
        do {
            try connection.emit(self.subscription, timeout: .seconds(20)) { answer in
                self.subscribed(answer, on: connection)
            }
        } catch {
            self.fail("subscribe: \(error)")
        }
    }

    func received(_ event: Arguments, id: UInt64?, in namespace: String, on connection: ClientConnection) {
        self.ledger.received(event, by: self.number)
        let bytes = event.attachments.reduce(event.bytes.readableBytes) { $0 + $1.readableBytes }
        self.pace.read(bytes, connection)
    }

    func disconnected(_ ending: Ending, reconnectingIn delay: TimeAmount?, on connection: ClientConnection) {
        guard ending.reason != .clientDisconnect else { return }
        if self.isSubscribed {
            self.isSubscribed = false
            self.ledger.verifier.rejoin(self.number)
            self.ledger.note("disconnected: \(ending)")
        } else {
            self.fail("\(ending)")
        }
    }

    private func subscribed(_ answer: Result<Arguments, ClientError>, on connection: ClientConnection) {
        switch answer {
        case .success(let arguments) where arguments[0]?["ok"]?.bool == true:
            if self.wasSubscribed {
                self.ledger.reconnects += 1
            } else {
                self.ledger.subscribed += 1
            }
            (self.isSubscribed, self.wasSubscribed) = (true, true)
            self.settle()
        case .success(let arguments):
            self.isRefused = true
            self.fail("subscribe was answered \(String(buffer: arguments.bytes).prefix(200))")
        case .failure(.disconnected):
            break
        case .failure(let error):
            self.fail("subscribe: \(error)")
        }
    }

    private func fail(_ trouble: String) {
        self.ledger.connectFailures += 1
        self.ledger.note(trouble)
        self.settle()
    }

    private func settle() {
        guard !self.isSettled else { return }
        self.isSettled = true
        self.settled()
    }
}
