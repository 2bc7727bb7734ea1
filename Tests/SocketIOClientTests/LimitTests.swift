import NIOCore
import NIOPosix
import SocketIO
import TestSupport
import Testing

@testable import SocketIOClient

extension Live {
    @Suite struct Limits {
        @Test("more than the largest message ends the connection by that name", arguments: Live.transports)
        func inbound(_ transport: ClientConfiguration.Transport) async throws {
            try await withEcho { relay in
                try await withEchoClient(relay, transport, configure: { $0.maximumMessageBytes = 10_000 }) {
                    (client, hearing) async throws in
                    await #expect(throws: ClientError.disconnected(.messageTooLarge)) {
                        try await client.emitWithAck("blob", 20_000)
                    }
                    let end = try await hearing.end()
                    #expect(end.ending.reason == .messageTooLarge)
                }
            }
        }

        @Test("more than the queue holds is refused whole, and the connection goes on", arguments: Live.transports)
        func outbound(_ transport: ClientConfiguration.Transport) async throws {
            try await withEcho { relay in
                try await withEchoClient(relay, transport, configure: { $0.maximumQueuedBytes = 10_000 }) {
                    (client, _) async throws in
                    await #expect(throws: ClientError.queueFull) {
                        try await client.emit(
                            "message", .placeholder(0), attachments: [ByteBuffer(repeating: 1, count: 10_001)])
                    }
                    await #expect(throws: ClientError.tooManyAttachments) {
                        try await client.emit("message", attachments: Array(repeating: ByteBuffer(), count: 11))
                    }
                    let answer = try await client.emitWithAck("message-with-ack", 1)
                    #expect(answer.text == "[1]")
                }
            }
        }

        @Test("no more acknowledgements are awaited than configured")
        func acks() async throws {
            try await withEcho { relay in
                try await withEchoClient(relay, .webSocket, configure: { $0.maximumPendingAcks = 1 }) {
                    (client, _) async throws in
                    let first = Task { try await client.emitWithAck("broadcast", "nobody", timeout: .seconds(3)) }
                    try await eventually("the question") { await client.pendingAcks == 1 }
                    await #expect(throws: ClientError.tooManyAcks) {
                        try await client.emitWithAck("message-with-ack", 1)
                    }
                    await #expect(throws: ClientError.ackTimeout) { try await first.value }
                }
            }
        }

        @Test("polling splits what is more than the server takes in one body")
        func batches() async throws {
            try await withEcho { relay in
                try await withEchoClient(relay, .polling, configure: { $0.maximumQueuedBytes = 8_000_000 }) {
                    (client, hearing) async throws in
                    let bytes = ByteBuffer(repeating: 7, count: 250_000)
                    for index in 0..<12 {
                        try await client.emit("message", JSON(index), .placeholder(0), attachments: [bytes])
                    }
                    for index in 0..<12 {
                        let back = try await hearing.event()
                        #expect(back.arguments[1]?.int == index)
                        #expect(back.arguments.attachments == [bytes])
                    }
                }
            }
        }

        @Test("what nobody reads makes room for what is newer, and is counted")
        func unread() async throws {
            try await withEcho { relay in
                let client = SocketClient(try ClientConfiguration(url: relay.url), eventBuffer: 10)
                try await client.connect()
                try await client.emit("burst", 100, 0)
                #expect(try await client.emitWithAck("message-with-ack", 1).text == "[1]")
                #expect(await client.droppedEvents == 92)
                await client.disconnect()
            }
        }
    }
}
