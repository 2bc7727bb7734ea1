import NIOCore
import NIOHTTP1
import SocketIO
import Testing

@testable import SocketIOClient

/// URLs, handshakes and delays.
@Suite struct ConfigurationTests {
    struct URLCase: Sendable {
        let url: String
        let host: String
        let port: Int
        var namespace = "/"
        var query: [String] = []
    }

    @Test(
        "a URL names the server, the namespace and the query",
        arguments: [
            URLCase(url: "http://localhost:3000", host: "localhost", port: 3000),
            URLCase(url: "ws://127.0.0.1:80/", host: "127.0.0.1", port: 80),
            URLCase(url: "HTTP://example.org", host: "example.org", port: 80),
            URLCase(
                url: "http://h:1/devices?token=a%20b&x=1#top", host: "h", port: 1, namespace: "/devices",
                query: ["token=a b", "x=1"]),
            URLCase(url: "http://[::1]:8080/a/b", host: "::1", port: 8080, namespace: "/a/b"),
            URLCase(url: "http://[::1]", host: "::1", port: 80),
            URLCase(url: "http://h?x=1", host: "h", port: 80, query: ["x=1"]),
        ])
    func goodURL(_ expected: URLCase) throws {
        let configuration = try ClientConfiguration(url: expected.url)
        #expect(configuration.server == ServerAddress(host: expected.host, port: expected.port))
        #expect(configuration.namespace == expected.namespace)
        #expect(configuration.query.map { "\($0.name)=\($0.value)" } == expected.query)
    }

    @Test(
        "what is no URL of a server is refused",
        arguments: [
            "", "localhost:3000", "ftp://h", "http://", "http://:80", "http://h:0", "http://h:65536", "http://h:x",
            "http://user@h", "http://[::1", "http://[::1]x", "http://a b", "http:/h",
        ])
    func badURL(_ url: String) {
        #expect(throws: ClientError.invalidURL(url)) { try ClientConfiguration(url: url) }
    }

    @Test("TLS is refused by name", arguments: ["https://h", "wss://h:1"])
    func tls(_ url: String) {
        #expect(throws: ClientError.tlsUnsupported) { try ClientConfiguration(url: url) }
    }

    @Test("requests carry version, transport, session and the query, escaped")
    func requestTarget() throws {
        var configuration = try ClientConfiguration(url: "http://[::1]:81?a%26b=1/2")
        configuration.headers = [("X-Test", "yes")]
        let head = ClientRequests(configuration: configuration).head(.GET, transport: "polling", sid: "s+d")
        #expect(head.uri == "/socket.io/?EIO=4&transport=polling&sid=s%2Bd&a%26b=1%2F2")
        #expect(head.headers.first(name: "Host") == "[::1]:81")
        #expect(head.headers.first(name: "X-Test") == "yes")
    }

    // MARK: The open packet

    @Test("the open packet is read, strange figures in it cut to sense")
    func handshake() throws {
        let text = #"{"sid":"abc","upgrades":["websocket"],"pingInterval":300,"pingTimeout":200,"maxPayload":5}"#
        let handshake = try #require(ClientHandshake(ByteBuffer(string: text)))
        #expect(handshake.sid == "abc")
        #expect(handshake.upgrades == ["websocket"])
        #expect(handshake.silence == .milliseconds(500))
        #expect(handshake.maxPayload == 5)
        let bare = try #require(
            ClientHandshake(ByteBuffer(string: #"{"sid":"x","pingInterval":1e300,"maxPayload":-1}"#)))
        #expect(bare.upgrades.isEmpty)
        #expect(bare.silence > .seconds(1))
        #expect(bare.maxPayload == 1)
    }

    @Test("an open packet without a session is none", arguments: ["", "[]", "{}", #"{"sid":""}"#, #"{"sid":7}"#, "{"])
    func noHandshake(_ text: String) {
        #expect(ClientHandshake(ByteBuffer(string: text)) == nil)
    }

    // MARK: Backoff

    @Test("delays double up to the limit, and stop after the attempts")
    func backoff() {
        var generator = SystemRandomNumberGenerator()
        let backoff = Backoff(initial: .milliseconds(100), maximum: .milliseconds(500), jitter: 0, attempts: 5)
        let delays = (0..<6).map { backoff.delay(afterFailures: $0, using: &generator) }
        #expect(delays == [100, 200, 400, 500, 500].map { .milliseconds($0) } + [nil])
        let endless = Backoff(initial: .seconds(1), maximum: .nanoseconds(.max), jitter: 1)
        #expect(endless.delay(afterFailures: .max, using: &generator) != nil)
    }

    @Test("jitter spreads the delays around the exact one")
    func jitter() {
        var generator = SystemRandomNumberGenerator()
        let backoff = Backoff(initial: .seconds(1), jitter: 0.5)
        let delays = (0..<200).compactMap { _ in backoff.delay(afterFailures: 0, using: &generator)?.nanoseconds }
        #expect(delays.allSatisfy { (500_000_000...1_500_000_000).contains($0) })
        #expect(Set(delays).count > 100)
    }
}
