import NIOCore
import SocketIO
import TestSupport
import Testing

@testable import SocketIOClient

extension Live {
    @Suite struct Upgrade {
        @Test("polling becomes a WebSocket, on both sides")
        func upgrades() async throws {
            try await withEcho { relay in
                try await withEchoClient(relay, .pollingThenWebSocket) { (client, _) async throws in
                    try await eventually("the upgrade") { await client.transport == .webSocket }
                    let me = try await client.emitWithAck("whoami")
                    #expect(me[0]?["transport"]?.string == "websocket")
                }
                try await withEchoClient(relay, .polling) { (client, _) async throws in
                    #expect(await client.transport == .polling)
                    let me = try await client.emitWithAck("whoami")
                    #expect(me[0]?["transport"]?.string == "polling")
                }
            }
        }

        @Test("an upgrade under traffic both ways loses nothing and keeps the order", arguments: 0..<8)
        func underTraffic(round: Int) async throws {
            try await withEcho { relay in
                try await withEchoClient(relay, .pollingThenWebSocket) { (client, hearing) async throws in
                    var sent = 0
                    try await client.emit("burst", 500, 100)
                    // Goes on until the upgrade is over, and a little longer.
                    while await client.transport == .polling || sent < 300 {
                        try await client.emit(
                            "message", JSON(sent), .placeholder(0), attachments: [ByteBuffer(string: "x")])
                        sent += 1
                        if sent % 7 == round % 7 { try await Task.sleep(for: .microseconds(200)) }
                        guard sent < 100_000 else { throw TimedOut(awaiting: "the upgrade", after: .zero) }
                    }
                    var bursts = 0
                    var echoes = 0
                    while bursts < 500 || echoes < sent {
                        let event = try await hearing.event()
                        if event.name == "seq" {
                            #expect(event.arguments[1]?.int == bursts)
                            bursts += 1
                        } else {
                            #expect(event.arguments[1]?.int == echoes)
                            #expect(event.arguments.attachment(at: 2) == ByteBuffer(string: "x"))
                            echoes += 1
                        }
                    }
                    #expect(await client.transport == .webSocket)
                }
            }
        }

        @Test("disconnecting in the middle of an upgrade ends in order", arguments: 0..<8)
        func disconnectWhileUpgrading(round: Int) async throws {
            try await withEcho { relay in
                try await withEchoClient(relay, .pollingThenWebSocket) { (client, hearing) async throws in
                    try await Task.sleep(for: .microseconds(150 * round))
                    await client.disconnect()
                    let (ending, isLast) = try await hearing.end()
                    #expect(ending.reason == .clientDisconnect)
                    #expect(isLast)
                }
            }
        }
    }
}
