import MQTT
import SocketIO
import SocketIOServer

extension Event {
    /// Tells a client what became of its publication.
    func answer(_ result: Result<Void, PublishError>) {
        switch result {
        case .success: self.reply(["ok": true])
        case .failure(.notConnected): self.refuse(.brokerDown, "there is no link to the broker")
        case .failure(.queueFull): self.refuse(.busy, "too much waits for the broker already; try again later")
        case .failure(.tooLarge): self.refuse(.tooBig, "larger than the broker takes")
        case .failure(let error): self.refuse(.brokerFailed, "\(error)")
        }
    }
}
