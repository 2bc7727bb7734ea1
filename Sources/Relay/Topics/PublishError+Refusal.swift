import MQTT
import SocketIO
import SocketIOServer

extension PublishError {
    /// What a client is told whose publication failed.
    var refusal: (code: RefusalCode, message: String) {
        switch self {
        case .notConnected: (.brokerDown, "there is no link to the broker")
        case .queueFull: (.busy, "too much waits for the broker already; try again later")
        case .tooLarge: (.tooBig, "larger than the broker takes")
        default: (.brokerFailed, "\(self)")
        }
    }
}

extension Event {
    /// Tells a client what became of its publication.
    func answer(_ result: Result<Void, PublishError>) {
        switch result {
        case .success: self.reply(["ok": true])
        case .failure(let error): self.refuse(error.refusal.code, error.refusal.message)
        }
    }
}
