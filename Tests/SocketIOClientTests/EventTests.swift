import NIOCore
import SocketIO
import TestSupport
import Testing

@testable import SocketIOClient

extension Live {
    @Suite struct Events {
        @Test("text comes back byte for byte", arguments: Live.transports)
        func text(_ transport: ClientConfiguration.Transport) async throws {
            try await withEcho { relay in
                try await withEchoClient(relay, transport) { (client, hearing) async throws in
                    let values = #"[1.0,12345678901234567890,"é€😀\u0001/",{"b":{"a":[]}},null]"#
                    let parsed = try JSON(validating: ByteBuffer(string: values))
                    try await client.emit("message", parsed, true)
                    #expect(try await hearing.event().text == #"["message-back",\#(values),true]"#)
                }
            }
        }

        @Test("attachments come back", arguments: Live.transports)
        func binary(_ transport: ClientConfiguration.Transport) async throws {
            try await withEcho { relay in
                try await withEchoClient(relay, transport) { (client, hearing) async throws in
                    let attachments = [0, 1, 2, 3, 125, 126, 70_000].map { count in
                        ByteBuffer(bytes: (0..<count).map { UInt8(truncatingIfNeeded: $0) })
                    }
                    let event = Arguments(
                        ["message"] + attachments.indices.map { .placeholder($0) }, attachments: attachments)
                    try await client.emit(event)
                    let back = try await hearing.event()
                    #expect(back.arguments.attachments == attachments)
                    #expect(back.arguments.attachment(at: 3) == attachments[2])
                }
            }
        }

        @Test("the server acknowledges, with text and with attachments", arguments: Live.transports)
        func acks(_ transport: ClientConfiguration.Transport) async throws {
            try await withEcho { relay in
                try await withEchoClient(relay, transport) { (client, _) async throws in
                    #expect(try await client.emitWithAck("message-with-ack", 1, "two", [3]).text == #"[1,"two",[3]]"#)
                    let blob = try await client.emitWithAck("blob", 100_000)
                    #expect(blob.attachment(at: 0) == ByteBuffer(bytes: (0..<100_000).map { UInt8($0 % 251) }))
                    // Answers find their question, however many are under way.
                    try await withThrowingTaskGroup(of: Bool.self) { group in
                        for index in 0..<100 {
                            group.addTask {
                                try await client.emitWithAck("message-with-ack", JSON(index))[0]?.int == index
                            }
                        }
                        for try await isRight in group { #expect(isRight) }
                    }
                }
            }
        }

        @Test("the client acknowledges, with text and with attachments", arguments: Live.transports)
        func answers(_ transport: ClientConfiguration.Transport) async throws {
            try await withEcho { relay in
                try await withEchoClient(relay, transport) { (client, hearing) async throws in
                    try await client.emit("ask", "how", 7)
                    let question = try await hearing.event()
                    #expect(question.text == #"["question","how",7]"#)
                    try await client.acknowledge(
                        question, with: "so", .placeholder(0), attachments: [ByteBuffer(string: "bytes")])
                    let answer = try await hearing.event()
                    #expect(answer.name == "answer")
                    #expect(answer.arguments[1]?.string == "so")
                    #expect(answer.arguments.attachment(at: 2) == ByteBuffer(string: "bytes"))
                }
            }
        }

        @Test("an answer that does not come is a timeout, and the connection goes on", arguments: Live.transports)
        func ackTimeout(_ transport: ClientConfiguration.Transport) async throws {
            try await withEcho { relay in
                try await withEchoClient(relay, transport) { (client, _) async throws in
                    await #expect(throws: ClientError.ackTimeout) {
                        try await client.emitWithAck("broadcast", "nobody", timeout: .milliseconds(50))
                    }
                    #expect(try await client.emitWithAck("message-with-ack", 1).text == "[1]")
                }
            }
        }

        @Test("the handshake carries auth, query and headers", arguments: Live.transports)
        func handshake(_ transport: ClientConfiguration.Transport) async throws {
            try await withEcho { relay in
                var configuration = try ClientConfiguration(url: relay.url + "/custom?a=1%262")
                configuration.transport = transport
                configuration.auth = ["token": "t"]
                configuration.headers = [("X-Test", "yes")]
                try await withClient(configuration) { (client, hearing) async throws in
                    let sid = try await client.connect()
                    #expect(try await hearing.event().text == #"["auth",{"token":"t"}]"#)
                    let me = try #require(try await client.emitWithAck("whoami")[0])
                    #expect(me["id"]?.string == sid)
                    #expect(me["nsp"]?.string == "/custom")
                    #expect(me["auth"]?["token"]?.string == "t")
                    #expect(me["query"]?["a"]?.string == "1&2")
                    #expect(me["xtest"]?.string == "yes")
                }
            }
        }

        @Test("many large messages arrive whole and in order", arguments: Live.transports)
        func flood(_ transport: ClientConfiguration.Transport) async throws {
            try await withEcho { relay in
                try await withEchoClient(relay, transport) { (client, hearing) async throws in
                    try await client.emit("flood", 200, 20_000)
                    for index in 0..<200 {
                        let chunk = try await hearing.event()
                        #expect(chunk.arguments[1]?.int == index)
                        #expect(chunk.arguments[2]?.bytes.readableBytes == 20_002)
                    }
                }
            }
        }
    }
}
