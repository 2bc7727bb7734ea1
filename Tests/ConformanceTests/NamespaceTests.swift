import Testing
import TestSupport

extension Conformance {
    /// Namespaces: by name, by pattern, with a token; and what a client may not do in them.
    @Suite("namespaces")
    struct Namespaces {
        @Test("every namespace of a connection has its own session id, none of them Engine.IO's")
        func sessionIDs() async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire(.socketIO(relay))
                var sids = [wire.handshake.sid]
                for namespace in ["/", "/custom", "/other", "/dyn-1"] {
                    sids.append(try await wire.connect(namespace))
                    _ = try await wire.event("auth", in: namespace)
                }
                #expect(Set(sids).count == 5)
            }
        }

        @Test(
            "an unknown namespace is refused by name",
            arguments: ["/nope", "/customer", "/dyn-", "/dyn-1/2", "/Custom"])
        func unknown(namespace: String) async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire(.socketIO(relay))
                try await wire.send("0\(namespace),")
                let packet = try await wire.packet()
                #expect(packet?.type == "4")
                #expect(packet?.namespace == namespace)
                #expect(packet?.body == #"{"message":"Invalid namespace"}"#)
                #expect(try await wire.connect().isEmpty == false)
            }
        }

        @Test("each match of a pattern is a namespace of its own")
        func pattern() async throws {
            try await withEchoApp { relay in
                let one = try await SocketWire.connected(.socketIO(relay), to: "/dyn-1")
                let same = try await SocketWire.connected(.socketIO(relay), to: "/dyn-1")
                let two = try await SocketWire.connected(.socketIO(relay), to: "/dyn-2")
                #expect(try await one.call("whoami", in: "/dyn-1")[0]["nsp"] == "/dyn-1")
                try await one.emit("broadcast", "news", 1, in: "/dyn-1")
                #expect(try await same.event("news", in: "/dyn-1").json == ["news", 1])
                // The next thing the other namespace hears is its own.
                try await two.emit("message", "only this", in: "/dyn-2")
                #expect(try await two.packet()?.json == ["message-back", "only this"])
            }
        }

        @Test(
            "a namespace with a token refuses whoever does not bring it, and says why",
            arguments: ["", "{}", #"{"token":"wrong"}"#, #"{"token":null}"#, #"{"token":["secret"]}"#])
        func withoutToken(auth: String) async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire(.socketIO(relay))
                try await wire.send("0/private,\(auth)")
                let packet = try await wire.packet()
                #expect(packet?.type == "4")
                #expect(packet?.namespace == "/private")
                #expect(packet?.json == ["message": "not authorized", "data": ["code": "UNAUTHORIZED"]])
                try await wire.connect("/private", auth: #"{"token":"secret"}"#)
            }
        }

        @Test("the token opens the namespace, and the handshake's auth comes back")
        func withToken() async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire(.socketIO(relay))
                try await wire.connect("/private", auth: #"{"token":"secret","name":"n"}"#)
                let auth = try await wire.event("auth", in: "/private")
                #expect(auth.body == #"["auth",{"token":"secret","name":"n"}]"#)
            }
        }

        @Test("an auth payload that is no object ends the connection", arguments: ["[]", "1", #""x""#, "true", "{"])
        func authNotAnObject(auth: String) async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire(.socketIO(relay))
                try await wire.send("0\(auth)")
                try await wire.socket.closeCode()
            }
        }

        @Test(
            "out of turn: a second CONNECT, an event or a farewell where one never was, a server's packet",
            arguments: ["0", #"2/custom,["message",1]"#, "1/custom,", #"4{"message":"x"}"#, #"3/custom,1[]"#])
        func outOfTurn(packet: String) async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                try await wire.send(packet)
                try await wire.socket.closeCode()
            }
        }

        @Test("an event to a namespace the server has just ended does not cost the others")
        func justLeft() async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                try await wire.connect("/custom")
                try await wire.emit("kick", false, in: "/custom")
                // Sent before the farewell can have arrived.
                try await wire.emit("message", "too late", in: "/custom")
                try await wire.send(#"2/custom,7["message-with-ack","too late"]"#)
                _ = try await wire.first("the farewell") { $0.type == "1" && $0.namespace == "/custom" }
                try await wire.emit("message", "later still", in: "/custom")
                #expect(try await wire.call("message-with-ack", "here") == ["here"])
                // And it may come back.
                try await wire.connect("/custom")
                #expect(try await wire.call("message-with-ack", "back", in: "/custom") == ["back"])
            }
        }

        @Test("whoami says who, where and how")
        func whoami() async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire(
                    .socketIO(relay), query: "colour=blue%20sky&n=1", headers: ["X-Test": "hello"])
                let sid = try await wire.connect("/other", auth: #"{"a":1}"#)
                _ = try await wire.call("join", "zoo", in: "/other")
                let answer = try await wire.call("whoami", in: "/other")[0]
                #expect(answer["id"].string == sid)
                #expect(answer["recovered"] == false)
                #expect(answer["nsp"] == "/other")
                #expect(answer["rooms"].array?.compactMap(\.string) == [sid, "zoo"].sorted())
                #expect(answer["transport"] == "websocket")
                #expect(answer["auth"] == ["a": 1])
                #expect(answer["query"]["colour"] == "blue sky")
                #expect(answer["query"]["n"] == "1")
                #expect(answer["query"]["EIO"] == "4")
                #expect(answer["xtest"] == "hello")
                let plain = try await SocketWire.connected(.socketIO(relay))
                #expect(try await plain.call("whoami")[0]["xtest"] == .null)
            }
        }

        @Test("whoami over polling says polling, and websocket after the upgrade")
        func whoamiTransport() async throws {
            try await withEchoApp { relay in
                let session = try await PollingSession(.socketIO(relay))
                #expect(try await session.post("40").status == 200)
                _ = try await session.messages(2)
                #expect(try await session.post(#"421["whoami"]"#).status == 200)
                let answer = try await session.messages(1)[0]
                #expect(JSONValue(parsing: answer.dropFirst(3))?[0]["transport"] == "polling")
                let wire = SocketWire(try await session.upgrade(), handshake: session.handshake)
                #expect(try await wire.call("whoami")[0]["transport"] == "websocket")
            }
        }

        @Test("kick(false) ends the namespace, kick(true) and sever the connection")
        func kickAndSever() async throws {
            try await withEchoApp { relay in
                let kicked = try await SocketWire.connected(.socketIO(relay))
                try await kicked.connect("/custom")
                try await kicked.emit("kick", false)
                _ = try await kicked.first("the farewell") { $0.type == "1" && $0.namespace == "/" }
                #expect(try await kicked.call("message-with-ack", 1, in: "/custom") == [1])
                try await kicked.emit("kick", true, in: "/custom")
                try await kicked.socket.closeCode()
                let severed = try await SocketWire.connected(.socketIO(relay))
                try await severed.emit("sever")
                try await severed.socket.closeCode()
            }
        }
    }
}
