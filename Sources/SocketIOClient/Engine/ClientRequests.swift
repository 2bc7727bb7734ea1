import NIOCore
import NIOHTTP1
import NIOPosix

/// Where a session's requests go and what they say: the same for all transports (Engine.IO protocol 4, "Handshake").
struct ClientRequests {
    let configuration: ClientConfiguration

    /// The head of a request; `sid` nil opens a session.
    func head(_ method: HTTPMethod, transport: String, sid: String?) -> HTTPRequestHead {
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: self.target(transport: transport, sid: sid))
        head.headers.reserveCapacity(8)
        head.headers.add(name: "Host", value: self.configuration.server.authority)
        for (name, value) in self.configuration.headers { head.headers.add(name: name, value: value) }
        return head
    }

    private func target(transport: String, sid: String?) -> String {
        let path = self.configuration.path
        var target = path + (path.hasSuffix("/") ? "" : "/") + "?EIO=4&transport=\(transport)"
        if let sid { target += "&sid=\(Self.percentEncoded(sid))" }
        for (name, value) in self.configuration.query {
            target += "&\(Self.percentEncoded(name))=\(Self.percentEncoded(value))"
        }
        return target
    }

    /// Everything but the unreserved characters escaped (RFC 3986 §2.3).
    private static func percentEncoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                encoded.append(byte)
            default:
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// Opens a TCP connection on this loop. An address that needs no looking up is spared it.
    func connect(
        on eventLoop: any EventLoop, initializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        let server = self.configuration.server
        var bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(self.configuration.connectTimeout)
            .channelOption(ChannelOptions.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer(initializer)
        if let bytes = self.configuration.receiveBufferBytes {
            // Before the connection is made: the window that it can have is settled then.
            bootstrap = bootstrap.channelOption(
                ChannelOptions.socketOption(.so_rcvbuf), value: SocketOptionValue(clamping: bytes))
        }
        if let address = try? SocketAddress(ipAddress: server.host, port: server.port) {
            return bootstrap.connect(to: address)
        }
        return bootstrap.connect(host: server.host, port: server.port)
    }
}
