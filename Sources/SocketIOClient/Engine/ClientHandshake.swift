import NIOCore
import SocketIO

/// What the server's open packet says (Engine.IO protocol 4, "Handshake"), read leniently: only the `sid` must be there.
struct ClientHandshake: Hashable {
    let sid: String
    /// The transports that the server would move to.
    let upgrades: [String]
    /// How long the server may be silent: `pingInterval` and `pingTimeout` together.
    let silence: TimeAmount
    /// Bytes that the server takes in one polling body.
    let maxPayload: Int

    private static let longestMilliseconds = 86_400_000

    init?(_ text: ByteBuffer) {
        guard let json = try? JSON(validatingUTF8: text), let sid = json["sid"]?.string, !sid.isEmpty else {
            return nil
        }
        self.sid = sid
        self.upgrades = json["upgrades"]?.elements?.compactMap(\.string) ?? []
        let interval = Self.milliseconds(json["pingInterval"], default: 25_000)
        let timeout = Self.milliseconds(json["pingTimeout"], default: 20_000)
        self.silence = .milliseconds(Int64(interval + timeout))
        self.maxPayload = max(1, json["maxPayload"]?.int ?? 1_000_000)
    }

    private static func milliseconds(_ json: JSON?, default: Int) -> Int {
        min(max(1, json?.int ?? `default`), self.longestMilliseconds)
    }
}
