import Game
import SocketIO

/// How a client introduces itself to a game namespace: `auth: {v?, pid?, key?, name?, enc?}`.
struct Introduction {
    let encoding: FrameEncoding
    private let name: String?
    private let claim: Claim?

    /// Who the client says it is, and what proves it.
    private struct Claim {
        let pid: String
        let key: String
    }

    /// - Throws: `VERSION`, `BAD_INPUT`, `AUTH`.
    init(_ auth: JSON?) throws(Refusal) {
        if let version = auth?["v"], version.int != 1 { throw Refusal(.version, "this server speaks version 1") }
        self.encoding = try Self.encoding(auth?["enc"])
        self.name = try Self.text("name", auth, 1...64)
        let key = try Self.text("key", auth, 16...64)
        self.claim = try Self.text("pid", auth, 1...64).map { (pid) throws(Refusal) in
            guard let key else { throw Refusal(.auth, "a pid comes with its key") }
            guard !BrokerPlayer.isReserved(pid) else {
                throw Refusal(.auth, "pids of this kind belong to players who come by MQTT")
            }
            return Claim(pid: pid, key: key)
        }
    }

    /// Who the client is from here on: as it says, or somebody new.
    /// - Throws: `AUTH`: the name is somebody else's.
    func identify(by identities: IdentityBook) throws(Refusal) -> (player: Player, key: String) {
        let claim = self.claim ?? Self.newIdentity()
        guard identities.accepts(claim.pid, key: claim.key) else {
            throw Refusal(.auth, "the key does not go with this pid")
        }
        return (Player(id: claim.pid, name: self.name), claim.key)
    }

    /// Whether ``identify(by:)`` will go well, without making anybody up.
    func check(with identities: IdentityBook) throws(Refusal) {
        if self.claim != nil { _ = try self.identify(by: identities) }
    }

    private static func newIdentity() -> Claim {
        var random = SystemRandomNumberGenerator()
        return Claim(pid: RoomName.id(using: &random), key: ResumeToken(using: &random).description)
    }

    private static func encoding(_ json: JSON?) throws(Refusal) -> FrameEncoding {
        guard let json, !json.isNull else { return .json }
        switch json.string {
        case "json": return .json
        case "bin": return .binary
        default: throw Refusal(.badInput, #"enc: "json" or "bin""#)
        }
    }

    private static func text(_ name: String, _ auth: JSON?, _ bytes: ClosedRange<Int>) throws(Refusal) -> String? {
        guard let json = auth?[name], !json.isNull else { return nil }
        guard let text = json.string, bytes.contains(text.utf8.count) else {
            throw Refusal(.badInput, "\(name): a string of \(bytes.lowerBound) to \(bytes.upperBound) bytes")
        }
        return text
    }
}
