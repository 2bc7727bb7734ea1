import NIOCore

/// What the server tells a client in the open packet (Engine.IO protocol 4, "Handshake").
package struct Handshake: Hashable, Sendable {
    package var sid: SessionID
    /// The transports the client may move to: `["websocket"]` after polling, none after WebSocket.
    package var upgrades: [String]
    /// Between two pings, in milliseconds.
    package var pingInterval: Int
    /// How long the client has to answer a ping, in milliseconds.
    package var pingTimeout: Int
    /// The most bytes the server accepts in one polling body or one WebSocket message.
    package var maxPayload: Int

    package init(sid: SessionID, upgrades: [String], pingInterval: Int, pingTimeout: Int, maxPayload: Int) {
        self.sid = sid
        self.upgrades = upgrades
        self.pingInterval = pingInterval
        self.pingTimeout = pingTimeout
        self.maxPayload = maxPayload
    }

    /// The open packet. Its JSON has these five keys and no others: clients and test suites count them.
    package var packet: EnginePacket {
        let upgrades = self.upgrades.map { "\"\($0)\"" }.joined(separator: ",")
        let json =
            #"{"sid":"\#(self.sid)","upgrades":[\#(upgrades)],"pingInterval":\#(self.pingInterval),"#
            + #""pingTimeout":\#(self.pingTimeout),"maxPayload":\#(self.maxPayload)}"#
        return .open(ByteBuffer(string: json))
    }
}
