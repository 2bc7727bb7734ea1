import EngineIO
import NIOCore

/// What carries one session's packets: a WebSocket, or HTTP long-polling. Touched on its event loop only.
protocol Transport: AnyObject {
    /// Takes a packet; all of one turn of the event loop go out together.
    func send(_ packet: EnginePacket)

    /// Bytes taken that the operating system has not.
    var queuedBytes: Int { get }

    /// Whether to read what arrives.
    func setReading(_ isReading: Bool)

    /// Closes the orderly way, after what was taken has gone out. Ends within two seconds.
    func close()

    /// Closes at once.
    func abort()
}

/// The owner of a transport. Each call names the transport, since there are two during an upgrade.
protocol TransportDelegate: AnyObject {
    /// The transport can carry packets.
    func opened(_ transport: any Transport)
    func received(_ packet: EnginePacket, on transport: any Transport)
    /// The last call, and the transport's connections are gone.
    func ended(_ transport: any Transport, _ ending: Ending)
}
