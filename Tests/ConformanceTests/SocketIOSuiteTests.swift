import Testing
import TestSupport

extension Conformance {
    @Suite("Socket.IO v5 suite: connect")
    struct SuiteConnect {
        @Test("should allow connection to the main namespace")
        func main() async throws { try await self.connects(sending: "40", to: "", auth: "{}") }

        @Test("should allow connection to the main namespace with a payload")
        func mainWithPayload() async throws {
            try await self.connects(sending: #"40{"token":"123"}"#, to: "", auth: #"{"token":"123"}"#)
        }

        @Test("should allow connection to a custom namespace")
        func custom() async throws { try await self.connects(sending: "40/custom,", to: "/custom,", auth: "{}") }

        @Test("should allow connection to a custom namespace with a payload")
        func customWithPayload() async throws {
            try await self.connects(
                sending: #"40/custom,{"token":"abc"}"#, to: "/custom,", auth: #"{"token":"abc"}"#)
        }

        private func connects(sending packet: String, to namespace: String, auth: String) async throws {
            try await withEcho { relay in
                let (socket, handshake) = try await EngineEndpoint.socketIO(relay).openWebSocket()
                try await socket.send(packet)
                let reply = try await socket.text()
                #expect(reply.hasPrefix("40" + namespace + "{"))
                let json = JSONValue(parsing: reply.dropFirst(2 + namespace.count))
                #expect(json?.object.map { Array($0.keys) } == ["sid"])
                let sid = try #require(json?["sid"].string)
                #expect(sid != handshake.sid)
                #expect(try await socket.text() == "42" + namespace + #"["auth",\#(auth)]"#)
            }
        }

        @Test("should disallow connection to an unknown namespace")
        func unknown() async throws {
            try await withEcho { relay in
                let (socket, _) = try await EngineEndpoint.socketIO(relay).openWebSocket()
                try await socket.send("40/random")
                #expect(try await socket.text() == #"44/random,{"message":"Invalid namespace"}"#)
                // Refused there, the connection may still go elsewhere.
                try await socket.send("40")
                #expect(try await socket.text().hasPrefix("40{"))
            }
        }

        @Test("should disallow connection with an invalid handshake")
        func invalidHandshake() async throws {
            try await withEcho { relay in
                let (socket, _) = try await EngineEndpoint.socketIO(relay).openWebSocket()
                try await socket.send("4abc")
                try await socket.closeCode()
            }
        }

        @Test("should close the connection if no handshake is received")
        func noHandshake() async throws {
            try await withEcho { relay in
                let (socket, _) = try await EngineEndpoint.socketIO(relay).openWebSocket()
                try await socket.closeCode(within: .seconds(10))
            }
        }
    }

    @Suite("Socket.IO v5 suite: disconnect")
    struct SuiteDisconnect {
        @Test("should disconnect from the main namespace")
        func main() async throws {
            try await withEcho { relay in
                let (socket, handshake) = try await EngineEndpoint.socketIO(relay).openWebSocket(answersPings: false)
                let wire = SocketWire(socket, handshake: handshake)
                try await wire.connect()
                _ = try await wire.event("auth")
                try await socket.send("41")
                #expect(try await socket.text() == "2")
            }
        }

        @Test("should connect then disconnect from a custom namespace")
        func custom() async throws {
            try await withEcho { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                try await wire.connect("/custom")
                _ = try await wire.event("auth", in: "/custom")
                try await wire.send("1/custom")
                try await wire.send(#"2["message","message to main namespace"]"#)
                #expect(try await wire.socket.text() == #"42["message-back","message to main namespace"]"#)
            }
        }
    }

    @Suite("Socket.IO v5 suite: message")
    struct SuiteMessage {
        private static let two = #"{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}"#

        @Test("should send a plain-text packet")
        func text() async throws {
            try await self.exchange(
                #"42["message",1,"2",{"3":[true]}]"#, for: #"42["message-back",1,"2",{"3":[true]}]"#)
        }

        @Test("should send a packet with binary attachments")
        func binary() async throws {
            try await self.exchange(
                #"452-["message",\#(Self.two)]"#, for: #"452-["message-back",\#(Self.two)]"#,
                attachments: [[1, 2, 3], [4, 5, 6]])
        }

        @Test("should send a plain-text packet with an ack")
        func ack() async throws {
            try await self.exchange(
                #"42456["message-with-ack",1,"2",{"3":[false]}]"#, for: #"43456[1,"2",{"3":[false]}]"#)
        }

        @Test("should send a packet with binary attachments and an ack")
        func binaryAck() async throws {
            try await self.exchange(
                #"452-789["message-with-ack",\#(Self.two)]"#, for: #"462-789[\#(Self.two)]"#,
                attachments: [[1, 2, 3], [4, 5, 6]])
        }

        private func exchange(_ packet: String, for reply: String, attachments: [[UInt8]] = []) async throws {
            try await withEcho { relay in
                let socket = try await SocketWire.connected(.socketIO(relay)).socket
                try await socket.send(packet)
                for attachment in attachments { try await socket.send(binary: attachment) }
                #expect(try await socket.text() == reply)
                for attachment in attachments { #expect(try await socket.binary() == attachment) }
            }
        }

        @Test("should close the connection upon invalid format (unknown packet type)")
        func unknownType() async throws { try await self.closes(upon: "4abc") }

        @Test("should close the connection upon invalid format (invalid payload format)")
        func invalidPayload() async throws { try await self.closes(upon: "42{}") }

        @Test("should close the connection upon invalid format (invalid ack id)")
        func invalidAckID() async throws {
            try await self.closes(upon: #"42abc["message-with-ack",1,"2",{"3":[false]}]"#)
        }

        private func closes(upon packet: String) async throws {
            try await withEcho { relay in
                let socket = try await SocketWire.connected(.socketIO(relay)).socket
                try await socket.send(packet)
                try await socket.closeCode()
            }
        }
    }
}
