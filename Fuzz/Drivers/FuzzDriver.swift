/// What foreign bytes are fed to: one case a decoder. Each checks, beyond not trapping, that what it reads keeps the
/// decoder's promises (round trips, accessors that agree with one another).
package enum FuzzDriver: String, CaseIterable, Sendable {
    case base64
    case enginePacket = "engine-packet"
    case gameCommands = "game-commands"
    case gameFrames = "game-frames"
    case json
    case pollingPayload = "polling-payload"
    case recording
    case requestTarget = "request-target"
    case rules
    case socketPacket = "socket-packet"

    package func run(_ input: [UInt8]) throws(BrokenPromise) {
        switch self {
        case .base64: try fuzzBase64(input)
        case .enginePacket: try fuzzEnginePacket(input)
        case .gameCommands: try fuzzGameCommands(input)
        case .gameFrames: try fuzzGameFrames(input)
        case .json: try fuzzJSON(input)
        case .pollingPayload: try fuzzPollingPayload(input)
        case .recording: try fuzzRecording(input)
        case .requestTarget: try fuzzRequestTarget(input)
        case .rules: try fuzzRules(input)
        case .socketPacket: try fuzzSocketPacket(input)
        }
    }
}

/// Something that a decoder promises did not hold for an input.
package struct BrokenPromise: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
}

func promise(_ holds: Bool, _ sentence: @autoclosure () -> String) throws(BrokenPromise) {
    if !holds { throw BrokenPromise(description: sentence()) }
}
