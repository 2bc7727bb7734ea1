import NIOCore
package import SocketIO

/// The last line of a recording: where the room stood when it ended.
package struct RecordingFooter: Hashable, Sendable {
    /// `q` of the last event; 0 where there was none.
    package var lastNumber: UInt32
    package var lastTick: UInt32
    /// The rules' state hash of the round that is on or has ended; nil in the lobby, and without rules.
    package var stateHash: UInt64?
    /// The data of the last `end` event, if no round has begun after it.
    package var outcome: JSON?

    package init(lastNumber: UInt32, lastTick: UInt32, stateHash: UInt64? = nil, outcome: JSON? = nil) {
        self.lastNumber = lastNumber
        self.lastTick = lastTick
        self.stateHash = stateHash
        self.outcome = outcome
    }

    /// What stands around the chain's sixteen digits.
    static let beforeChain = #","chain":""#
    static let afterChain = "\"}\n"

    /// The line up to ``beforeChain``.
    var text: ByteBuffer {
        var text = JSON.object([
            ("q", JSON(self.lastNumber)), ("tick", JSON(self.lastTick)),
            ("hash", self.stateHash.map { JSON($0.hexDigits) } ?? .null), ("outcome", self.outcome ?? .null),
        ]).bytes
        text.moveWriterIndex(to: text.writerIndex - 1)
        return text
    }

    init?(_ json: JSON) {
        guard let number = json["q"]?.int.flatMap(UInt32.init(exactly:)),
            let tick = json["tick"]?.int.flatMap(UInt32.init(exactly:)),
            let hash = json["hash"], let outcome = json["outcome"]
        else { return nil }
        self.init(lastNumber: number, lastTick: tick)
        if !hash.isNull {
            guard let digits = hash.string, let value = UInt64(hexDigits: digits) else { return nil }
            self.stateHash = value
        }
        self.outcome = outcome.isNull ? nil : outcome
    }
}
