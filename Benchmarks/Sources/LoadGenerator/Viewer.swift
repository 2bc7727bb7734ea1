/// How a viewer introduces itself, before it counts as ready.
package struct Introduction: Sendable {
    /// Socket.IO over a WebSocket, or nothing at all (the floor).
    package var namespace: String?
    /// The event sent with ack id 0 once connected, without its brackets' prefix: `["subscribe","devices/#",{}]`.
    package var request: String?

    package init(namespace: String? = nil, request: String? = nil) {
        self.namespace = namespace
        self.request = request
    }
}

/// One Socket.IO client over WebSocket, as far as the benchmark needs one.
struct Viewer {
    enum Phase {
        case upgrading
        case opening
        case joining
        case asking
        case ready
        case lost
    }

    let descriptor: Int32
    let introduction: Introduction
    var phase: Phase
    /// The beginning of a frame whose end has not arrived.
    var unfinished: [UInt8] = []
}

/// Why a viewer did not get ready.
package struct IntroductionError: Error, CustomStringConvertible {
    package let description: String
}
