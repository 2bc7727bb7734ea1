import NIOCore
import SocketIO
import TestSupport
import Testing

@testable import SocketIOClient

extension Live {
    @Suite struct Endings {
        @Test("disconnecting is told to the server, and ends what is heard", arguments: Live.transports)
        func disconnect(_ transport: ClientConfiguration.Transport) async throws {
            try await withEcho { relay in
                try await withEchoClient(relay, .webSocket) { (witness, _) async throws in
                    #expect(try await witness.emitWithAck("join", "here").text == #"["ok"]"#)
                    try await withEchoClient(relay, transport) { (client, hearing) async throws in
                        #expect(try await client.emitWithAck("join", "here").text == #"["ok"]"#)
                        await client.disconnect()
                        #expect(try await hearing.end().ending == Ending(.clientDisconnect))
                        #expect(try await hearing.next() == nil)
                        await #expect(throws: ClientError.notConnected) { try await client.emit("message") }
                        await #expect(throws: ClientError.alreadyConnected) { try await client.connect() }
                    }
                    // The witness alone is left to be asked, and it does not answer: one missing reply, none more.
                    try await eventually("the server to know") {
                        let answer = try await witness.emitWithAck("room-ask", "here", 0, 1)
                        return answer[1]?.elements?.isEmpty == true
                    }
                }
            }
        }

        @Test("a namespace that the server disconnects ends, the others go on", arguments: Live.transports)
        func kick(_ transport: ClientConfiguration.Transport) async throws {
            try await withEcho { relay in
                try await withEchoClient(relay, transport) { (client, hearing) async throws in
                    try await client.join("/custom", auth: ["a": 1])
                    let auth = try await hearing.event()
                    #expect(auth.namespace == "/custom")
                    #expect(auth.text == #"["auth",{"a":1}]"#)
                    try await client.emit("kick", false, in: "/custom")
                    guard case .left("/custom", let ending) = try await hearing.next() else {
                        Issue.record("not told that the namespace is left")
                        return
                    }
                    #expect(ending.reason == .serverDisconnect)
                    await #expect(throws: ClientError.notConnected) { try await client.emit("message", in: "/custom") }
                    #expect(try await client.emitWithAck("message-with-ack", 1).text == "[1]")
                    try await client.emit("kick", true)
                    #expect(try await hearing.end().ending.reason == .serverDisconnect)
                }
            }
        }

        @Test("leaving one namespace keeps the others, leaving the last closes", arguments: Live.transports)
        func leave(_ transport: ClientConfiguration.Transport) async throws {
            try await withEcho { relay in
                try await withEchoClient(relay, transport) { (client, hearing) async throws in
                    try await client.join("/custom")
                    await client.leave("/")
                    #expect(try await client.emitWithAck("message-with-ack", 1, in: "/custom").text == "[1]")
                    await client.leave("/custom")
                    #expect(try await hearing.end().ending.reason == .clientDisconnect)
                }
            }
        }

        @Test("a namespace that there is not refuses, in the server's words", arguments: Live.transports)
        func unknownNamespace(_ transport: ClientConfiguration.Transport) async throws {
            try await withEcho { relay in
                let words: JSON = ["message": "Invalid namespace"]
                try await withEchoClient(relay, transport) { (client, _) async throws in
                    await #expect(throws: ClientError.refused(words)) { try await client.join("/nowhere") }
                    #expect(try await client.emitWithAck("message-with-ack", 1).text == "[1]")
                }
                var configuration = try ClientConfiguration(url: relay.url + "/nowhere")
                configuration.transport = transport
                try await withClient(configuration) { (client, hearing) async throws in
                    await #expect(throws: ClientError.refused(words)) { try await client.connect() }
                    #expect(try await hearing.end().ending == Ending(.refused, .refused(words)))
                }
            }
        }

        @Test("a connection that the server cuts is told, with what was awaited", arguments: Live.transports)
        func sever(_ transport: ClientConfiguration.Transport) async throws {
            try await withEcho { relay in
                try await withEchoClient(relay, transport) { (client, hearing) async throws in
                    let answer = Task { try await client.emitWithAck("broadcast", "nobody") }
                    try await eventually("the question") { await client.pendingAcks == 1 }
                    try await client.emit("sever")
                    await #expect(throws: ClientError.disconnected(.transportClose)) { try await answer.value }
                    #expect(try await hearing.end().ending.reason == .transportClose)
                }
            }
        }

        @Test("a server that is killed is noticed", arguments: Live.transports)
        func killed(_ transport: ClientConfiguration.Transport) async throws {
            let relay = try await RelayProcess(.file("configs/echo-app.yaml"))
            do {
                try await withEchoClient(relay, transport) { (client, hearing) async throws in
                    try await relay.kill()
                    let (ending, isLast) = try await hearing.end()
                    #expect([.transportClose, .transportError].contains(ending.reason))
                    #expect(isLast)
                }
            } catch {
                try? await relay.kill()
                throw error
            }
        }

        @Test("after a restart of the server the client is back, in all its namespaces", arguments: Live.transports)
        func reconnect(_ transport: ClientConfiguration.Transport) async throws {
            let first = try await RelayProcess(.file("configs/echo-app.yaml"))
            let backoff = Backoff(initial: .milliseconds(20), maximum: .milliseconds(200))
            try await withEchoClient(first, transport, configure: { $0.reconnect = backoff }) {
                (client, hearing) async throws in
                try await client.join("/custom", auth: ["a": 1])
                try await first.kill()
                #expect(try await !hearing.end().isLast)
                let second = try await RelayProcess(.file("configs/echo-app.yaml"), port: first.port)
                do {
                    var joined: [String] = []
                    while joined.count < 2, let event = try await hearing.next() {
                        if case .joined(let namespace, _) = event { joined.append(namespace) }
                    }
                    #expect(joined.sorted() == ["/", "/custom"])
                    #expect(try await client.emitWithAck("message-with-ack", 1).text == "[1]")
                    let me = try await client.emitWithAck("whoami", in: "/custom")
                    #expect(me[0]?["auth"]?["a"]?.int == 1)
                    await client.disconnect()
                } catch {
                    _ = try? await second.stop()
                    throw error
                }
                try await second.stop()
            }
        }

        @Test("attempts to reconnect come to an end")
        func noReconnect() async throws {
            let relay = try await RelayProcess(.file("configs/echo-app.yaml"))
            let backoff = Backoff(initial: .milliseconds(10), maximum: .milliseconds(10), attempts: 2)
            try await withEchoClient(relay, .webSocket, configure: { $0.reconnect = backoff }) {
                (_, hearing) async throws in
                try await relay.kill()
                #expect(try await !hearing.end().isLast)
                #expect(try await !hearing.end().isLast)
                let (ending, isLast) = try await hearing.end()
                #expect(isLast)
                #expect(ending.reason == .transportError)
            }
        }

        @Test("pings are answered: a session outlives many of them", arguments: Live.transports)
        func heartbeat(_ transport: ClientConfiguration.Transport) async throws {
            try await withEcho(heartbeat: ("100ms", "2s")) { relay in
                try await withEchoClient(relay, transport) { (client, _) async throws in
                    // The time itself is the matter: longer than a silent client is let live.
                    try await Task.sleep(for: .milliseconds(2_600))
                    #expect(try await client.emitWithAck("message-with-ack", 1).text == "[1]")
                }
            }
        }
    }
}
